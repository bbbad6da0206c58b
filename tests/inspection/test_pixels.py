import numpy as np
import pytest

from ddcore.errors import BadInput
from ddcore.inspection import pixels as module
from ddcore.inspection.coverage import coverage
from ddcore.inspection.flags import flags
from ddcore.inspection.mixture import mixture
from ddcore.inspection.neighbours import alike, neighbours
from ddcore.inspection.pixels import set_images, shown_pixels
from ddcore.inspection.usual import usual
from ddcore.maps.embedding import feature_matrix
from ddcore.maps.tiles import enlarged_tiles

IDS = [0, 30, 60]


def test_pixels_are_normalised_by_channel(dataset, plain_pixels):
    # The difference x - m loses some digits where both are alike; of 255 m, half a unit in the last place of float32.
    np.testing.assert_allclose(
        feature_matrix("pixels", dataset.train.images, dataset.mean, dataset.std),
        plain_pixels(dataset),
        atol=255 * 2.0**-24 / 9,
    )


def test_colours_keep_their_own_mean():
    class Two:
        mean, std = (0.1, 0.2, 0.3), (0.5, 0.25, 0.125)

    image = np.arange(12, dtype=np.uint8).reshape(1, 2, 2, 3)
    expected = (image / 255 - np.array(Two.mean)) / np.array(Two.std)
    np.testing.assert_allclose(feature_matrix("pixels", image, Two.mean, Two.std), expected.reshape(1, -1), atol=1e-6)


def test_every_snapshot_is_compared_as_it_is_shown(dataset, plain_pixels, snapshot_of):
    start, arrays = snapshot_of(dataset, IDS), snapshot_of(dataset, IDS, noise=3.0)
    np.testing.assert_allclose(set_images(start, dataset).rows, plain_pixels(dataset)[IDS], atol=1e-5)
    shown = (arrays["view"] / 255 - dataset.mean) / dataset.std
    less = {name: arrays[name] for name in ("view", "classes")}
    for found in (set_images(arrays, dataset), set_images(less, dataset)):
        np.testing.assert_allclose(found.rows, shown.reshape(3, -1), atol=1e-5)
        np.testing.assert_array_equal(shown_pixels(found.rows, dataset), arrays["view"])


def test_the_last_step_of_a_run_is_held_against_real_images_as_those_before(dataset, snapshot_of):
    """Its true images go far beyond black and white, which the steps between do not keep."""
    full = snapshot_of(dataset, [*IDS, 1, 31, 61], noise=9.0)
    between = {name: full[name] for name in ("view", "classes")}
    found, expected = (everything(arrays, dataset) for arrays in (full, between))
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)


def everything(arrays, dataset):
    """What pages tell of a set beside real images, by name."""
    images, real = set_images(arrays, dataset), usual(dataset)
    beside, row = neighbours(images.rows, dataset), images.rows[0]
    covered = coverage(beside, images.classes, images.tiles, real.far, dataset)
    found = {"flags": flags(images, beside, real)}
    for part in (beside, covered, alike(row, dataset, 5), mixture(row, dataset)):
        found |= {f"{type(part).__name__}.{name}": values for name, values in vars(part).items()}
    return found


def test_the_largest_value_is_that_of_the_images_as_learned(dataset, snapshot_of):
    arrays = snapshot_of(dataset, IDS)
    plain = np.abs(arrays["images"].reshape(3, -1))
    arrays["images"][1, 0, 0, :2] = 1e30, -2e30
    found = set_images(arrays, dataset)
    assert found.largest.tolist() == [plain[0].max(), np.float32(2e30), plain[2].max()]
    less = set_images({name: arrays[name] for name in ("view", "classes")}, dataset)
    np.testing.assert_allclose(less.largest, plain.max(axis=1), atol=1e-5)


def test_tiles_are_compared_as_students_see_them(dataset, snapshot_of):
    arrays = snapshot_of(dataset, IDS) | {"factor": np.array(2)}
    found = set_images(arrays, dataset)
    assert found.tiles == 4 and found.classes.tolist() == np.repeat(arrays["classes"], 4).tolist()
    expected = enlarged_tiles(((arrays["view"] / 255 - dataset.mean) / dataset.std).astype(np.float32), 2)
    np.testing.assert_allclose(found.rows, expected.reshape(12, -1), atol=1e-5)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda a: {"view": a["view"][:, :4]}, "4x8x1"),
        (lambda a: {"classes": a["classes"] + 7}, "classes 7 to 9"),
        (lambda a: {"classes": a["classes"] - 1}, "classes -1 to 1"),
        (lambda a: {"factor": np.array(9)}, "factor=9"),
        (lambda a: {"images": a["images"] * np.float32("nan")}, "not numbers"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(dataset, snapshot_of, change, said):
    arrays = snapshot_of(dataset, IDS)
    with pytest.raises(BadInput, match=said):
        set_images(arrays | change(arrays), dataset)


def test_sets_beyond_the_bound_are_refused(dataset, snapshot_of, monkeypatch):
    monkeypatch.setattr(module, "MOST_NUMBERS", 3 * 64)
    set_images(snapshot_of(dataset, IDS), dataset)
    with pytest.raises(BadInput, match="256 pixel values"):
        set_images(snapshot_of(dataset, [*IDS, 1]), dataset)
