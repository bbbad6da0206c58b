"""Sources that were once read wrongly, or not refused in a sentence: each as a person had it."""

import io
import tarfile

import numpy as np
import pytest

from ddcore.data.loading import load_dataset
from ddcore.errors import BadInput


def table(*rows):
    return "\n".join(rows).encode()


def tar(sources, names):
    path = sources.root / "pets.tar"
    with tarfile.open(path, "w") as archive:
        for i, name in enumerate(names):
            data = sources.picture(i + 1)
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def test_a_tar_of_windows_names(sources):
    path = tar(sources, [f"{name}\\{i}.png" for name in ("cat", "dog") for i in range(5)])
    assert sources.labels_of(load_dataset(path)) == {i + 1: ("cat", "dog")[i // 5] for i in range(10)}


def test_an_archive_that_changes_while_it_is_read(sources, monkeypatch):
    from ddcore.data.sources.archives import TarTree

    path = tar(sources, [f"{name}/{i}.png" for name in ("cat", "dog") for i in range(5)])
    read = TarTree.contents

    def swapped(self, paths):
        tar(sources, ["cat/0.png"])
        return read(self, paths)

    monkeypatch.setattr(TarTree, "contents", swapped)
    with pytest.raises(BadInput, match="has changed while it was read"):
        load_dataset(path)


def test_a_sample_submission_is_no_table_of_labels(sources):
    members = {f"train/a{i}.png": sources.picture(i) for i in range(6)}
    members |= {f"test/b{i}.png": sources.picture(100 + i) for i in range(4)}
    members["train.csv"] = table("id,label", *(f"a{i},{'cat' if i % 2 else 'dog'}" for i in range(6)))
    members["sample_submission.csv"] = table("id,label", *(f"b{i},cat" for i in range(4)))
    dataset = load_dataset(sources.folder(members))
    assert len(dataset.train) + len(dataset.test) == 6 and max(sources.labels_of(dataset)) < 100
    assert any("4 images without a label" in decision.text for decision in dataset.report.decisions)


@pytest.mark.parametrize("folders", [("images", "masks"), ("HAM_images_part_1", "HAM_images_part_2")])
def test_folders_that_are_no_classes_where_a_table_says_so(sources, folders):
    members = {
        f"{folder}/{k}{i}.png": sources.picture(10 * k + i) for k, folder in enumerate(folders) for i in range(6)
    }
    members["labels.csv"] = table(
        "image,dx,age", *(f"{k}{i},{'nv' if i % 2 else 'mel'},{i}" for k in range(2) for i in range(6))
    )
    path = sources.folder(members)
    if folders[0] == "images":
        members["labels.csv"] = members["labels.csv"].replace(b"dx", b"label")
        path = sources.folder(members)
    with pytest.raises(BadInput, match="--label-column"):
        load_dataset(path)
    dataset = load_dataset(path, label_column="label" if folders[0] == "images" else "dx")
    assert sources.labels_of(dataset) == {10 * k + i: ("mel", "nv")[i % 2] for k in range(2) for i in range(6)}


def test_labels_never_go_to_an_image_of_another_folder(sources):
    only_test = {f"test/{i}.png": sources.picture(i) for i in range(8)}
    only_test["train.csv"] = table("file,label", *(f"{i}.png,{'cat' if i % 2 else 'dog'}" for i in range(8)))
    with pytest.raises(BadInput, match="lies in a test folder, but its table says train"):
        load_dataset(sources.folder(only_test, "unpacked"))
    other = {f"{batch}/{i}.png": sources.picture(i) for batch in ("batch2", "batch3") for i in range(4)}
    other["labels.csv"] = table(
        "file,label", *(f"batch{1 + i % 3}/{i}.png,{'cat' if i % 2 else 'dog'}" for i in range(4))
    )
    with pytest.raises(BadInput, match=r"lacks 2 images that its tables name: batch1/0.png, batch1/3.png"):
        load_dataset(sources.folder(other, "batches"))


def test_a_name_that_lies_in_several_folders(sources):
    members = {f"{part}/{i}.png": sources.picture(i) for part in ("train", "test") for i in range(4)}
    members["labels.csv"] = table("file,label", *(f"{i}.png,{'cat' if i % 2 else 'dog'}" for i in range(4)))
    with pytest.raises(BadInput, match=r"names 0.png, which lies in several folders \(test/0.png, train/0.png\)"):
        load_dataset(sources.folder(members))


def test_each_part_has_its_own_table(sources):
    members = {
        f"{part}/{i}.png": sources.picture(10 * k + i) for k, part in enumerate(("train", "test")) for i in range(4)
    }
    for part in ("train", "test"):
        members[f"{part}/metadata.csv"] = table(
            "file_name,label", *(f"{i}.png,{'cat' if i % 2 else 'dog'}" for i in range(4))
        )
    dataset = load_dataset(sources.folder(members))
    assert dataset.train.images[:, 0, 0, 0].tolist() == [0, 1, 2, 3]
    assert dataset.test.images[:, 0, 0, 0].tolist() == [10, 11, 12, 13]


def test_a_table_without_a_header(sources):
    members = {f"i{i}.png": sources.picture(i) for i in range(6)}
    members["labels.csv"] = table(*(f"i{i}.png,{'cat' if i % 2 else 'dog'}" for i in range(6)))
    with pytest.raises(BadInput, match="has no header"):
        load_dataset(sources.folder(members))


@pytest.mark.parametrize("name", ["split", "Split", "set"])
def test_a_split_under_another_name(sources, name):
    members = {f"i{i}.png": sources.picture(i) for i in range(6)}
    members["labels.csv"] = table(
        f"file,label,{name}",
        *(f"i{i}.png,{'cat' if i % 2 else 'dog'},{'Test' if i > 3 else 'Train'}" for i in range(6)),
    )
    assert load_dataset(sources.folder(members)).test.images[:, 0, 0, 0].tolist() == [4, 5]


def test_columns_that_are_not_used_are_told(sources):
    members = {f"i{i}.png": sources.picture(i) for i in range(6)}
    members["labels.csv"] = table(
        "file,label,is_test", *(f"i{i}.png,{'cat' if i % 2 else 'dog'},{i > 3}" for i in range(6))
    )
    report = load_dataset(sources.folder(members)).report
    assert "columns of labels.csv not used: is_test" in [decision.text for decision in report.decisions]


def test_splits_of_parquet_and_arrays(sources, arrays):
    file = sources.parquet("pets.parquet", 6, Split=["train"] * 4 + ["test"] * 2)
    assert len(load_dataset(file).test) == 2
    with pytest.raises(BadInput, match="a split that is not read, in train_idx, test_idx"):
        load_dataset(sources.npz("idx.npz", **arrays, train_idx=np.arange(9), test_idx=np.arange(9, 12)))
    with pytest.raises(BadInput, match="no training images"):
        load_dataset(sources.npz("mnist_test.npz", **arrays))
    for part in ("train", "test"):
        folder = sources.root / "pair" / part
        folder.mkdir(parents=True)
        np.save(folder / "X.npy", arrays["images"])
        np.save(folder / "y.npy", arrays["labels"])
    assert len(load_dataset(sources.root / "pair").test) == 12


def test_arrays_of_a_named_part_keep_their_other_parts(sources, arrays):
    both = {f"{part}_{name}": values for part in ("train", "test") for name, values in arrays.items()}
    coarse = {f"{part}_coarse": arrays["labels"] % 2 for part in ("train", "test")}
    dataset = load_dataset(sources.npz(**both, **coarse), label_column="train_coarse")
    assert (len(dataset.train), len(dataset.test), dataset.classes) == (12, 12, ("0", "1"))
    assert "arrays not used: train_labels, test_labels" in [decision.text for decision in dataset.report.decisions]
    with pytest.raises(BadInput, match="stands alone"):
        load_dataset(sources.npz("half.npz", **both, coarse=arrays["labels"] % 2), label_column="coarse")


def test_several_sets_in_one_folder_are_not_mixed(sources):
    for path in ("hub/full/train.parquet", "hub/full/test.parquet", "hub/mini/train.parquet", "hub/mini/test.parquet"):
        sources.parquet(path)
    with pytest.raises(BadInput, match="in several folders, full, mini"):
        load_dataset(sources.root / "hub")
    assert len(load_dataset(sources.root / "hub" / "full").test) == 4
    for name in ("train-00000-of-00001.parquet", "train-00000-of-00001-4746abc.parquet"):
        sources.parquet(f"twice/{name}")
    with pytest.raises(BadInput, match="number 00000 of a set twice"):
        load_dataset(sources.root / "twice")
    masks = {
        f"{top}/{name}/{i}.png": sources.picture(i)
        for top in ("train", "train_masks")
        for name in ("cat", "dog")
        for i in range(3)
    }
    with pytest.raises(BadInput, match="several folders for train, train, train_masks"):
        load_dataset(sources.folder(masks))
