from pathlib import Path

import numpy as np
import pytest

from ddcore.data.zca import fit_zca
from ddcore.errors import BadInput
from ddcore.inspection import pixels as module
from ddcore.inspection.pixels import BOUND, set_images, shown_pixels
from ddcore.maps.embedding import feature_matrix
from ddcore.maps.tiles import enlarged_tiles

NOWHERE = Path("nowhere.npz")

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


def test_full_snapshots_are_read_unclipped_and_those_between_as_shown(dataset, snapshot_of):
    arrays = snapshot_of(dataset, IDS, noise=3.0)
    full = set_images(NOWHERE, arrays, dataset)
    assert not full.clipped and full.tiles == 1
    np.testing.assert_array_equal(full.rows, arrays["images"].transpose(0, 2, 3, 1).reshape(3, -1))
    for less in ({}, {"zca": np.array("of no use here")}):
        shown = set_images(NOWHERE, {"view": arrays["view"], "classes": arrays["classes"]} | less, dataset)
        assert shown.clipped
        np.testing.assert_array_equal(shown.rows, feature_matrix("pixels", arrays["view"], dataset.mean, dataset.std))
    np.testing.assert_array_equal(shown_pixels(full.rows, dataset), arrays["view"])


def test_whitened_images_are_compared_as_they_were_before_whitening(dataset, snapshot_of, tmp_path):
    arrays, zca = snapshot_of(dataset, IDS, noise=3.0), fit_zca(dataset)
    whitened = arrays | {"images": zca.whiten(arrays["images"]), "zca": np.array(zca.identity)}
    found = set_images(tmp_path / "0.npz", whitened, dataset)
    assert not found.clipped
    np.testing.assert_allclose(found.rows, set_images(NOWHERE, arrays, dataset).rows, atol=1e-3)
    with pytest.raises(BadInput, match="whitened"):
        set_images(NOWHERE, whitened | {"zca": np.array("another")}, dataset)


def test_exploded_images_end_at_the_bound(dataset, snapshot_of):
    arrays = snapshot_of(dataset, IDS)
    arrays["images"][1, 0, 0, :2] = 1e30, -2e30
    found = set_images(NOWHERE, arrays, dataset)
    assert found.rows[1, :2].tolist() == [BOUND, -BOUND] and found.largest[1] == np.float32(2e30)
    plain = arrays["images"].reshape(3, -1)
    np.testing.assert_array_equal(found.rows[[0, 2]], plain[[0, 2]])
    assert found.largest[0] == np.abs(plain[0]).max()


def test_tiles_are_compared_as_students_see_them(dataset, snapshot_of):
    arrays = snapshot_of(dataset, IDS) | {"factor": np.array(2)}
    found = set_images(NOWHERE, arrays, dataset)
    assert found.tiles == 4 and found.classes.tolist() == np.repeat(arrays["classes"], 4).tolist()
    expected = enlarged_tiles(arrays["images"].transpose(0, 2, 3, 1), 2)
    np.testing.assert_array_equal(found.rows, expected.reshape(12, -1))


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
        set_images(NOWHERE, arrays | change(arrays), dataset)


def test_sets_beyond_the_bound_are_refused(dataset, snapshot_of, monkeypatch):
    monkeypatch.setattr(module, "MOST_NUMBERS", 3 * 64)
    set_images(NOWHERE, snapshot_of(dataset, IDS), dataset)
    with pytest.raises(BadInput, match="256 pixel values"):
        set_images(NOWHERE, snapshot_of(dataset, [*IDS, 1]), dataset)
