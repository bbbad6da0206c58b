"""From a name or path to a dataset: built-in data, what a name stands for, and reading nothing twice."""

import json
import os

import numpy as np
import pytest
import scipy.io
from sklearn.datasets import load_digits

from ddcore.data.builtin import BUILT_IN
from ddcore.data.dataset import materialised
from ddcore.data.loading import load_dataset
from ddcore.data.specs import find_hash
from ddcore.errors import BadInput
from ddcore.places import cache_root, data_root


def test_digits_are_scikit_learns(digits):
    assert (digits.name, digits.shape, digits.classes, digits.flip) == ("digits", (1, 8, 8), tuple("0123456789"), False)
    assert (len(digits.train), len(digits.test)) == (BUILT_IN["digits"].train, BUILT_IN["digits"].test) == (1438, 359)
    both = np.concatenate([digits.train.images, digits.test.images])[..., 0]
    expected = np.rint(load_digits().images / 16 * 255).astype(np.uint8)
    assert sorted(map(bytes, both)) == sorted(map(bytes, expected))
    shares = np.bincount(digits.test.labels) / np.bincount(load_digits().target)
    np.testing.assert_allclose(shares, 0.2, atol=0.005)


def test_digits_at_another_size():
    larger = load_dataset("digits", size=16)
    assert (larger.shape, larger.name) == ((1, 16, 16), "digits-16")
    assert load_dataset("digits", size=8).hash == load_dataset("digits").hash


@pytest.mark.parametrize(
    ("name", "mean", "std", "flip", "third"),
    # mean and deviation as every distillation paper uses them (methods.md 0.1)
    [("mnist", 0.1307, 0.3081, False, "2"), ("fashion-mnist", 0.2861, 0.3530, True, "Pullover")],
)
def test_published_files_are_used_where_they_lie(real_data, monkeypatch, name, mean, std, flip, third):
    monkeypatch.setenv("DDCORE_DATA", str(real_data))
    dataset = load_dataset(name, download=False)
    assert (len(dataset.train), len(dataset.test), dataset.shape) == (60_000, 10_000, (1, 28, 28))
    assert dataset.mean == (pytest.approx(mean, abs=1e-4),)
    assert dataset.std == (pytest.approx(std, abs=1e-4),)
    assert (dataset.flip, dataset.classes[2], dataset.num_classes) == (flip, third, 10)


def write_svhn(folder, count=20):
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    images = {part: rng.integers(0, 256, (32, 32, 3, count), dtype=np.uint8) for part in ("train", "test")}
    labels = np.arange(count)[:, None] % 10 + 1  # the digit 0 is published as class 10
    for part, pixels in images.items():
        scipy.io.savemat(folder / f"{part}_32x32.mat", {"X": pixels, "y": labels})
    return images, labels


@pytest.mark.parametrize("root", ["SVHN", "."])
def test_svhn_layout(root, tmp_path, monkeypatch):
    monkeypatch.setattr("torchvision.datasets.SVHN._check_integrity", lambda self: True)
    monkeypatch.setenv("DDCORE_DATA", str(tmp_path / "published"))
    images, labels = write_svhn(data_root() / root)
    dataset = load_dataset("svhn", download=False)
    np.testing.assert_array_equal(dataset.train.images, images["train"].transpose(3, 0, 1, 2))
    np.testing.assert_array_equal(dataset.test.labels, labels[:, 0] % 10)
    assert dataset.flip is False


def test_damaged_published_files_are_told():
    write_svhn(data_root() / "SVHN")
    with pytest.raises(BadInput, match="files of svhn in .* are damaged .*delete them"):
        load_dataset("svhn")
    raw = data_root() / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for file in BUILT_IN["mnist"].files:
        (data_root() / file).write_bytes(b"\0\0\x08\x03\0\0")
    with pytest.raises(BadInput, match="files of mnist in .* are damaged"):
        load_dataset("mnist")


def test_class_names_agree_with_torchvision():
    from torchvision import datasets as published

    assert BUILT_IN["fashion-mnist"].classes == tuple(published.FashionMNIST.classes)
    assert [name.split()[0] for name in published.MNIST.classes] == [*BUILT_IN["mnist"].classes]
    assert len(set(BUILT_IN["cifar100"].classes)) == 100
    assert list(BUILT_IN["cifar100"].classes) == sorted(BUILT_IN["cifar100"].classes)
    for name in ("cifar10", "cifar100"):
        reader = getattr(published, name.upper())
        members = [member for member, _ in reader.train_list + reader.test_list] + [reader.meta["filename"]]
        assert BUILT_IN[name].files == tuple(f"{reader.base_folder}/{member}" for member in members)


@pytest.mark.parametrize("spec", ["nonsense", "", "  ", "no/such/folder", "~no-such-user/x", "a\0b"])
def test_unknown_names_list_the_known(spec, sources):
    sources.folder(sources.members()).rename(data_root().parent / "data-made-later")
    with pytest.raises(BadInput, match="No dataset .*digits, mnist, fashion-mnist, svhn, cifar10, cifar100"):
        load_dataset(spec)
    assert find_hash(spec) is None


def test_odd_paths_are_told(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(BadInput, match=r"notes.txt is not a dataset: allowed are folders and files ending in .zip"):
        load_dataset(tmp_path / "notes.txt")
    with pytest.raises(BadInput, match="cannot be opened"):
        load_dataset("x" * 5000)


@pytest.mark.parametrize("size", [0, -1, 3, 257])
def test_sizes_out_of_range(size):
    with pytest.raises(BadInput, match=f"size={size} is not allowed; .* 4 to 256"):
        load_dataset("digits", size=size)


def test_not_downloading_says_how_to_get_it():
    with pytest.raises(BadInput, match="CIFAR-10 is not on this computer: it is downloaded once .* about 170 MB"):
        load_dataset("cifar10", download=False)


def test_names_in_the_data_root_and_names_of_prepared_data(sources, monkeypatch):
    data_root().mkdir()
    path = sources.zip(sources.members()).rename(data_root() / "pets.zip")
    dataset = load_dataset("pets.zip")
    assert load_dataset("pets").hash == load_dataset(path).hash == load_dataset(dataset.hash).hash == dataset.hash
    path.unlink()
    assert load_dataset("pets").hash == dataset.hash
    assert find_hash("pets") == dataset.hash
    with pytest.raises(BadInput, match="to prepare it with size=4, give its folder or file"):
        load_dataset("pets", size=4)


def test_a_name_two_prepared_datasets_share_is_refused(sources):
    for folder, each in (("one", 3), ("two", 4)):
        load_dataset(sources.folder(sources.members(each=each), f"{folder}/pets"))
    with pytest.raises(
        BadInput, match="2 prepared datasets are called 'pets': use the path or hash, one of .*two/pets.*one/pets"
    ):
        load_dataset("pets")


def test_nothing_is_read_twice(sources, monkeypatch):
    path = sources.folder(sources.members())
    assert find_hash(path) is None
    hash = load_dataset(path).hash
    assert find_hash(path) == find_hash(str(path)) == hash
    assert find_hash(path, size=8) is None
    assert load_dataset(path, size=8).hash == hash  # they have that size already: the same content
    monkeypatch.setattr("ddcore.data.loading._read_own", None)
    assert load_dataset(path).hash == hash


@pytest.mark.parametrize("change", ["new image", "other pixels", "image gone"])
def test_a_changed_source_is_read_again(sources, change):
    path = sources.folder(sources.members())
    before = load_dataset(path).hash
    if change == "new image":
        (path / "cat" / "new.png").write_bytes(sources.picture(99))
    elif change == "image gone":
        (path / "cat" / "0.png").unlink()
    else:
        (path / "cat" / "0.png").write_bytes(sources.picture(99))
        os.utime(path / "cat" / "0.png", ns=(1, 1))
    assert find_hash(path) is None
    assert load_dataset(path).hash != before


def test_progress_ends_with_storing(sources):
    notes = []
    load_dataset(sources.folder(sources.members()), progress=lambda done, total, note: notes.append(note))
    assert list(dict.fromkeys(notes)) == [
        "looking at the files", "reading images", "looking at the images", "storing the prepared images",
    ]  # fmt: skip
    assert [meta["kind"] for meta in materialised()] == ["own"]


@pytest.mark.parametrize("content", ["", "{", "[1]", "null", "{}", '{"hash": 3}', '{"hash": "none"}'])
def test_a_damaged_note_of_what_is_prepared_is_as_good_as_none(content):
    hash = load_dataset("digits").hash
    (note,) = (cache_root() / "sources").iterdir()
    note.write_text(content)
    assert load_dataset("digits").hash == hash
    assert json.loads(note.read_text())["hash"] == hash
