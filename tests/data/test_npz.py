"""NumPy archives."""

import numpy as np
import pytest

from ddcore.data.loading import load_dataset
from ddcore.errors import BadInput


def test_grey_images_and_own_split(sources, arrays):
    dataset = load_dataset(sources.npz(**arrays))
    assert (dataset.shape, dataset.classes) == ((1, 6, 5), ("0", "1", "2"))
    assert np.bincount(dataset.test.labels).tolist() == [1, 1, 1]
    both = np.concatenate([dataset.train.images, dataset.test.images])[..., 0]
    assert sorted(map(bytes, both)) == sorted(map(bytes, arrays["images"]))


def test_published_test_images(sources, arrays):
    path = sources.npz(**arrays, test_images=arrays["images"][:4], test_labels=arrays["labels"][:4])
    dataset = load_dataset(path)
    np.testing.assert_array_equal(dataset.train.images[..., 0], arrays["images"])
    np.testing.assert_array_equal(dataset.test.images[..., 0], arrays["images"][:4])
    assert dataset.split == "as published"


def test_floats_are_fractions_of_255(sources, arrays):
    whole = load_dataset(sources.npz("whole.npz", **arrays))
    floats = load_dataset(sources.npz("floats.npz", images=arrays["images"] / 255, labels=arrays["labels"]))
    assert floats.hash == whole.hash


def test_any_integers_and_texts_are_classes(sources, arrays):
    images = np.stack([arrays["images"]] * 3, axis=-1)
    numbers = load_dataset(sources.npz("numbers.npz", images=images, labels=np.array([[20], [-3], [7]] * 4)))
    assert (numbers.classes, numbers.shape) == (("-3", "7", "20"), (3, 6, 5))
    texts = load_dataset(sources.npz("texts.npz", images=images, labels=np.array(["owl", "ant", "bee"] * 4)))
    assert texts.classes == ("ant", "bee", "owl")
    named = load_dataset(sources.npz("named.npz", images=images, labels=np.array([0, 1, 2] * 4), classes=list("xyz")))
    assert named.classes == ("x", "y", "z")


def test_size_resizes(sources, arrays):
    dataset = load_dataset(sources.npz(**arrays), size=4)
    assert (dataset.shape, dataset.name) == ((1, 4, 4), "pets-4")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": None}, "images without labels"),
        ({"images": None}, "labels without images"),
        ({"images": np.array([{}] * 12, dtype=object)}, "'images', cannot be read .it holds Python objects"),
        ({"labels": np.array(["a", None] * 6, dtype=object)}, "'labels', cannot be read .it holds Python objects"),
        ({"labels": np.arange(11) % 3}, r"12 images but 'labels' of shape \(11,\)"),
        ({"labels": np.eye(12)}, r"labels have shape \(12, 12\)"),
        ({"labels": np.linspace(0, 1, 12)}, "labels are of type float64"),
        ({"labels": np.zeros(12, int)}, "has 1 class .'0'."),
        ({"labels": np.arange(12)}, "class '0' has 1 image"),
        ({"images": np.zeros((12, 2, 32, 32), np.uint8)}, r"shape \(12, 2, 32, 32\): allowed are"),
        ({"images": np.zeros((12, 5), np.uint8)}, r"shape \(12, 5\)"),
        ({"images": np.zeros((12, 0, 4), np.uint8)}, r"shape \(12, 0, 4\)"),
        ({"images": np.zeros((0, 4, 4), np.uint8), "labels": np.zeros(0, int)}, "no training images"),
        ({"images": np.zeros((12, 300, 4), np.uint8)}, "4x300 pixels, at most 256x256"),
        ({"images": np.full((12, 4, 4), np.nan)}, "allowed are finite numbers"),
        ({"images": np.full((12, 4, 4), 1 + 2j)}, "of type complex128"),
        ({"test_images": np.zeros((2, 6, 5), np.uint8)}, "images without labels: 'test_images' stands alone"),
        ({"test_images": np.zeros((2, 6, 6), np.uint8), "test_labels": np.zeros(2, int)}, "but also"),
        ({"classes": np.array(["x", "y"])}, r"labels 0..2 do not fit 2 class names"),
        ({"classes": np.arange(3)}, "'classes' of type int64"),
    ],
)
def test_what_is_refused(sources, arrays, change, message):
    chosen = {key: value for key, value in (arrays | change).items() if value is not None}
    with pytest.raises(BadInput, match=message):
        load_dataset(sources.npz(**chosen))


def test_files_that_are_no_npz(sources, arrays):
    path = sources.npz(**arrays)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(BadInput, match="not a readable .npz"):
        load_dataset(path)
    np.save(path.with_suffix(".npy"), np.zeros(3))
    path.with_suffix(".npy").replace(path)
    with pytest.raises(BadInput, match="not a readable .npz"):
        load_dataset(path)


def test_unpacked_size_is_bounded(sources, arrays, monkeypatch):
    monkeypatch.setattr("ddcore.data.sources.trees.MOST_BYTES", 100)
    with pytest.raises(BadInput, match="at most 100 are allowed"):
        load_dataset(sources.npz(**arrays))
