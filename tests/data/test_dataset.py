"""The prepared form: written whole, named by its content, opened without copying."""

import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest

from ddcore.data.dataset import Split, dataset_folder, materialise, materialised, open_dataset
from ddcore.data.storing import channel_statistics
from ddcore.errors import BadInput
from ddcore.places import cache_root

CLASSES = ("a", "b")


def split(count: int, seed: int = 0, shape=(4, 5, 3)) -> Split:
    rng = np.random.default_rng(seed)
    return Split(rng.integers(0, 256, (count, *shape), dtype=np.uint8), np.arange(count) % 2)


def prepare(train=None, test=None, classes=CLASSES, flip=True):
    train = split(10) if train is None else train
    test = split(4, 1) if test is None else test
    return materialise("toy", train, test, classes, "nowhere", flip)


def test_what_is_prepared_is_what_was_given():
    train, test = split(10), split(4, 1)
    dataset = prepare(train, test)
    assert isinstance(dataset.train.images, np.memmap)
    assert dataset.train.labels.dtype == np.int64
    np.testing.assert_array_equal(dataset.train.images, train.images)
    np.testing.assert_array_equal(dataset.test.images, test.images)
    np.testing.assert_array_equal(dataset.test.labels, test.labels)
    assert (dataset.shape, dataset.num_classes, dataset.smallest_class) == ((3, 4, 5), 2, 5)
    assert (dataset.name, dataset.origin, dataset.flip) == ("toy", "nowhere", True)


def test_layout_on_disk():
    folder = dataset_folder(prepare().hash)
    meta = json.loads((folder / "meta.json").read_text())
    assert sorted(path.name for path in folder.iterdir()) == ["images.npy", "labels.npy", "meta.json"]
    assert np.load(folder / "images.npy").shape == (14, 4, 5, 3)
    assert meta["splits"] == {"train": [0, 10], "test": [10, 14]}
    assert meta["shape"] == [3, 4, 5]


def test_statistics_are_those_of_the_training_pixels():
    train = split(10)
    dataset = prepare(train)
    pixels = train.images.astype(np.float64) / 255
    np.testing.assert_allclose(dataset.mean, pixels.mean(axis=(0, 1, 2)), rtol=1e-12)
    np.testing.assert_allclose(dataset.std, pixels.std(axis=(0, 1, 2)), rtol=1e-12)


def test_a_constant_channel_can_be_normalised():
    assert channel_statistics(np.full((3, 2, 2, 1), 51, np.uint8)) == ([pytest.approx(0.2)], [1.0])


@pytest.mark.parametrize(
    "change",
    [
        {"train": split(10, 7)},
        {"test": split(4, 7)},
        {"classes": ("a", "c")},
        {"flip": False},
        {"train": Split(split(10).images, 1 - split(10).labels)},
    ],
    ids=["train pixels", "test pixels", "classes", "flip", "labels"],
)
def test_the_hash_names_the_content(change):
    assert prepare().hash == prepare().hash
    assert prepare(**change).hash != prepare().hash


def test_moving_an_image_between_train_and_test_changes_the_hash():
    whole = split(14)
    first = prepare(Split(whole.images[:10], whole.labels[:10]), Split(whole.images[10:], whole.labels[10:]))
    second = prepare(Split(whole.images[:8], whole.labels[:8]), Split(whole.images[8:], whole.labels[8:]))
    assert first.hash != second.hash


def _prepare_large(_):
    return prepare(split(2000, shape=(16, 16, 3)), split(4, shape=(16, 16, 3))).hash


def test_two_processes_may_prepare_the_same_content_at_once():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        hashes = set(pool.map(_prepare_large, range(4)))
    assert len(hashes) == 1
    assert [path.name for path in (cache_root() / "datasets").iterdir()] == [*hashes]
    assert len(open_dataset(hashes.pop()).train) == 2000


def test_a_failure_while_writing_leaves_nothing(monkeypatch):
    def full_disk(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ddcore.data.storing.write_json", full_disk)
    with pytest.raises(BadInput, match="has no room for the prepared images: .* are needed"):
        prepare()
    assert list((cache_root() / "datasets").iterdir()) == []
    assert materialised() == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"classes": ("a",)}, "has 1 class .'a'.: at least 2"),
        ({"classes": ("a", "a")}, "names a class twice"),
        ({"classes": ("a", "b", "c")}, "no training image of class 'c'"),
        ({"train": Split(split(10).images, np.arange(10) % 3)}, "training labels 0..2, allowed is 0..1"),
        ({"train": Split(split(10).images, np.arange(9) % 2)}, "10 training images but 9 labels"),
        ({"test": split(0)}, "has no test images"),
        ({"test": split(4, shape=(4, 4, 3))}, "different shapes"),
    ],
)
def test_what_is_no_dataset_is_refused(change, message):
    with pytest.raises(BadInput, match=message):
        prepare(**change)


@pytest.mark.parametrize("hash", ["../../etc", "0" * 15, "g" * 16, ""])
def test_only_hashes_open_datasets(hash):
    with pytest.raises(BadInput, match="16 hexadecimal digits"):
        open_dataset(hash)


def test_missing_and_damaged_copies_are_told():
    with pytest.raises(BadInput, match="is not prepared"):
        open_dataset("0" * 16)


@pytest.mark.parametrize("file", ["images.npy", "labels.npy", "meta.json"])
@pytest.mark.parametrize("content", [b"", b"short", b"[1]", b"null", b"{}"])
def test_a_damaged_copy_is_told(file, content):
    hash = prepare().hash
    (dataset_folder(hash) / file).write_bytes(content)
    with pytest.raises(BadInput, match="is damaged .*delete that folder"):
        open_dataset(hash)
    assert file != "meta.json" or content == b"{}" or materialised() == []
