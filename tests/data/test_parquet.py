"""Hugging Face-style Parquet."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ddcore.data.loading import load_dataset
from ddcore.errors import BadInput

NAMES = json.dumps({"info": {"features": {"label": {"_type": "ClassLabel", "names": ["ant", "bee"]}}}})


@pytest.fixture
def table(sources):
    """Writes a table of `count` images whose grey value is their row, labels 0, 1, 0, 1 ..."""

    def write(name, count=10, image="img", metadata=NAMES, **columns):
        pictures = [{"bytes": sources.picture(row), "path": f"{row}.png"} for row in range(count)]
        data = {image: pictures, "label": [row % 2 for row in range(count)]} | columns
        table = pa.table({key: value for key, value in data.items() if value is not None})
        if metadata:
            table = table.replace_schema_metadata({"huggingface": metadata})
        path = sources.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, path)
        return path

    return write


@pytest.mark.parametrize("folder", ["bugs", "bugs/data"])
def test_train_and_test_files(table, folder):
    table(f"{folder}/train-00000-of-00002.parquet", 4)
    table(f"{folder}/train-00001-of-00002.parquet", 6)
    path = table(f"{folder}/test-00000-of-00001.parquet", 2)
    dataset = load_dataset(path.parents[len(folder.split("/")) - 1])
    assert dataset.classes == ("ant", "bee")
    assert dataset.train.images[:, 0, 0, 0].tolist() == [0, 1, 2, 3, 0, 1, 2, 3, 4, 5]
    assert dataset.test.labels.tolist() == [0, 1]
    assert (dataset.name, dataset.split) == ("bugs", "as published")


def test_one_file_is_split(table):
    dataset = load_dataset(table("bugs.parquet", image="image"))
    assert (len(dataset.train), len(dataset.test)) == (8, 2)
    assert "20% test split" in dataset.split


def test_split_column(table):
    split = ["train"] * 6 + ["validation"] + ["test"] * 3
    dataset = load_dataset(table("bugs.parquet", split=split))
    assert dataset.test.images[:, 0, 0, 0].tolist() == [7, 8, 9]
    assert dataset.split == "as published; 1 validation images not used"


def test_text_labels_and_plain_bytes(table, sources):
    pictures = [sources.picture(row) for row in range(10)]
    dataset = load_dataset(table("bugs.parquet", metadata=None, img=pictures, label=["wasp", "fly"] * 5))
    assert dataset.classes == ("fly", "wasp")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"img": None}, "no column that clearly holds the images .found: label.: .*--image-column"),
        ({"label": None}, "no column that clearly holds the labels .found: img.: .*--label-column"),
        ({"label": [0, 1, None, 1, 0, 1, 0, 1, 0, 1]}, "row 2 of .* has label None"),
        ({"label": [0.5] * 10}, "row 0 of .* has label 0.5"),
        ({"label": [[0, 1]] * 10}, r"row 0 of .* has label \[0, 1\]"),
        ({"label": [0, 2] * 5}, "labels 0..2 do not fit 2 class names"),
        ({"label": [0] * 10}, "has 1 class .'ant'."),
        ({"img": [{"bytes": None, "path": "0.png"}] * 10}, "row 0 of .* has no image bytes"),
        ({"img": [b"no image"] * 10}, "10 images in .* are not readable: row 0 of bugs.parquet, row 1 "),
        ({"split": ["train", "holdout"] * 5}, "row 1 of .* has split 'holdout'"),
        ({"metadata": "{"}, "'huggingface' metadata that does not describe"),
        ({"metadata": "[]"}, "'huggingface' metadata that does not describe"),
    ],
)
def test_what_is_refused(table, columns, message):
    with pytest.raises(BadInput, match=message):
        load_dataset(table("bugs.parquet", **columns))


def test_broken_empty_and_mixed_files(table, sources):
    path = table("bugs/train.parquet")
    table("bugs/more.parquet")
    with pytest.raises(BadInput, match="others that belong to no split .more.parquet."):
        load_dataset(path.parent)
    (path.parent / "more.parquet").unlink()
    table("bugs/test.parquet", metadata=NAMES.replace("bee", "fly"))
    with pytest.raises(BadInput, match="different class names"):
        load_dataset(path.parent)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BadInput, match="not readable Parquet"):
        load_dataset(path)
    pq.write_table(pa.table({"img": pa.array([], pa.binary()), "label": pa.array([], pa.int64())}), path)
    with pytest.raises(BadInput, match="has no rows"):
        load_dataset(path)


@pytest.mark.slow
def test_real_cifar10(real_data, monkeypatch):
    if not (real_data / "cifar10-jpeg").is_dir():
        pytest.skip(f"no cifar10-jpeg in {real_data}")
    monkeypatch.setenv("DDCORE_DATA", str(real_data))
    dataset = load_dataset("cifar10-jpeg")
    assert (len(dataset.train), len(dataset.test), dataset.shape) == (50_000, 10_000, (3, 32, 32))
    assert dataset.classes[:2] == ("airplane", "automobile")
    assert np.bincount(dataset.test.labels).tolist() == [1000] * 10
    # CIFAR-10's published mean (methods.md 0.1); JPEG coding moves it a little
    np.testing.assert_allclose(dataset.mean, (0.4914, 0.4822, 0.4465), atol=5e-4)
