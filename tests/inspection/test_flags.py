"""Each failure is made, found, and nowhere else; sound sets have none."""

import numpy as np
import pytest

from ddcore.inspection.flags import COLLAPSED, EXPLODING, NEAR_COPY, SATURATED, flags
from ddcore.inspection.neighbours import neighbours
from ddcore.inspection.pixels import BOUND, set_images
from ddcore.inspection.usual import usual

IDS = np.array([0, 1, 2, 24, 25, 26, 48, 49, 50])


@pytest.fixture
def flags_of(dataset):
    def found(arrays):
        images = set_images(arrays, dataset)
        return flags(images, neighbours(images.rows, dataset), usual(dataset))

    return found


@pytest.fixture
def sound(dataset, snapshot_of):
    """Means of two real images of a class each: smooth, apart from one another, no copies."""
    arrays = snapshot_of(dataset, IDS)
    other = snapshot_of(dataset, IDS + 9)
    view = ((arrays["view"].astype(int) + other["view"]) // 2).astype(np.uint8)
    return arrays | {"view": view, "images": (arrays["images"] + other["images"]) / 2}


@pytest.fixture
def drawn(dataset):
    """`drawn(arrays)`: the snapshot with the picture of its images."""

    def redrawn(arrays):
        pixels = arrays["images"].transpose(0, 2, 3, 1) * dataset.std + dataset.mean
        return arrays | {"view": np.rint(255 * np.clip(pixels, 0, 1)).astype(np.uint8)}

    return redrawn


def test_a_sound_set_has_none(flags_of, sound):
    assert flags_of(sound) == []


@pytest.mark.parametrize(("kind", "value"), [("black", 0), ("white", 255)])
def test_saturated_images_are_found(dataset, flags_of, sound, kind, value):
    sound["view"][4, :3] = value
    sound["view"][1, :4] = value
    (flag,) = flags_of(sound)
    real = dataset.train.images[dataset.train.labels == 0]
    usual_share = np.percentile([(image == value).mean() for image in real], 99)
    assert flag.kind == kind and flag.images == (1, 4)
    assert flag.number == (sound["view"][1] == value).mean() and flag.usual == pytest.approx(usual_share)
    assert flag.number > flag.usual + SATURATED


def test_a_collapsed_class_is_found(dataset, flags_of, sound, drawn):
    rng = np.random.default_rng(0)
    sound["images"][3:6] = sound["images"][3] + 0.1 * rng.normal(size=(3, 1, 8, 8))
    shown = drawn(sound)
    (flag,) = flags_of(shown)
    rows = ((shown["view"][3:6] / 255 - dataset.mean) / dataset.std).reshape(3, -1)
    apart = np.mean([np.linalg.norm(rows[i] - rows[j]) for i in range(3) for j in range(i)])
    assert flag.kind == "collapsed" and sorted(flag.images) == [3, 4, 5]
    assert flag.number == pytest.approx(apart) and flag.number < COLLAPSED * flag.usual


def test_one_image_a_class_cannot_collapse(flags_of, sound):
    few = {name: values[::3] for name, values in sound.items()}
    assert flags_of(few) == []


def test_exploding_frequencies_are_found(flags_of, sound, drawn):
    rows, columns = np.mgrid[:8, :8]
    sound["images"][6] = 0.5 * (-1.0) ** (rows + columns)
    (flag,) = flags_of(drawn(sound))
    assert flag.kind == "exploding" and flag.images == (6,) and flag.number > EXPLODING * flag.usual


def test_exploded_images_are_found(flags_of, sound):
    sound["images"][[2, 7]] *= np.float32([1e10, 1e30])[:, None, None, None]
    found = {flag.kind: flag for flag in flags_of(sound)}
    assert found["exploded"].images == (7, 2) and found["exploded"].usual == BOUND
    assert found["exploded"].number == np.abs(sound["images"][7]).max()


def test_near_copies_are_found(dataset, flags_of, sound, snapshot_of):
    copies = snapshot_of(dataset, IDS, noise=0.05)
    sound["view"][[2, 8]] = copies["view"][[2, 8]]
    (flag,) = flags_of(sound)
    assert flag.kind == "copies" and sorted(flag.images) == [2, 8] and flag.number < NEAR_COPY * flag.usual


def test_a_start_of_real_images_is_one_flag_of_all(dataset, flags_of, snapshot_of):
    (flag,) = flags_of(snapshot_of(dataset, IDS))
    assert flag.kind == "copies" and sorted(flag.images) == list(range(9))


def test_tiles_are_told_by_the_image_that_holds_them(flags_of, sound, drawn):
    sound["images"][5] = 0
    sound["images"][5, :, 4:, 4:] = 9 * (-1.0) ** np.add.outer(np.arange(4), np.arange(4))
    found = flags_of(drawn(sound) | {"factor": np.array(2)})
    assert [flag.images for flag in found if flag.kind == "exploding"] == [(5,)]
