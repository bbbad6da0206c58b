"""How people name what is for training and what is for testing."""

import numpy as np

from .case import Case, Opens, Refused
from .writing import (
    FOLLOW,
    Members,
    arrays,
    classes,
    npy_bytes,
    npz,
    npz_bytes,
    parquet,
    parquet_bytes,
    picture,
    rows,
    splits,
    tar_bytes,
    tree,
    zipped,
)

PETS = ("cat", "dog")
PUBLISHED = Opens(PETS, 8, 4, pixels=FOLLOW)
OWN = Opens(PETS, 8, 2, says=("split: 20",), pixels=FOLLOW)
VAL_TESTS = Opens(PETS, 8, 4, says=("split: val|dev",), pixels=FOLLOW)
VAL = classes("val/", 3, first=200)
VAL_LEFT_OUT = Opens(PETS, 8, 4, says=("val", "6"), pixels=FOLLOW)


def below(train: str, test: str, names: tuple[str, ...] = PETS) -> Members:
    """Splits inside the class folders."""
    parts = [(name, split, first) for name in names for split, first in ((train, 0), (test, 100))]
    return {
        f"{name}/{split}/{i}.png": picture(first + 20 * names.index(name) + i)
        for name, split, first in parts
        for i in range(4 if first == 0 else 2)
    }


def table(each: int, first: int) -> bytes:
    return parquet_bytes(rows(each, first))


def pairs(train: str, test: str) -> dict[str, np.ndarray]:
    """Arrays under names that hold {} for images or labels."""
    (images, labels), (test_images, test_labels) = arrays(4), arrays(2, first=100)
    return {
        train.format("x"): images, train.format("y"): labels,
        test.format("x"): test_images, test.format("y"): test_labels,
    }  # fmt: skip


def split_column(values: dict[str, int], name: str = "split") -> dict[str, list]:
    """Columns of a table with so many rows of each class under each value of `split`."""
    columns: dict[str, list] = {"image": [], "label": [], name: []}
    for number, (value, each) in enumerate(values.items()):
        part = rows(each, 100 * number)
        columns = {"image": columns["image"] + part["image"], "label": columns["label"] + part["label"],
                   name: columns[name] + [value] * (2 * each)}  # fmt: skip
    return columns


def csv_with(split: list[str], name: str = "labels.csv") -> Members:
    """A flat folder of ten pictures, and a table with a split for each."""
    images = {f"{v}.png": picture(v) for v in (0, 1, 2, 3, 20, 21, 22, 23, 100, 120)}
    labels = ["cat"] * 4 + ["dog"] * 4 + ["cat", "dog"]
    lines = [f"{path},{label},{part}" for path, label, part in zip(images, labels, split, strict=True)]
    return images | {name: "\n".join(["image,label,split", *lines]).encode()}


NAMES = [
    ("folders train and test", "train/", "test/"),
    ("one folder around train and test", "pets-v2/train/", "pets-v2/test/"),
    ("two folders around train and test", "download/pets/train/", "download/pets/test/"),
    ("a Windows user's TRAIN and TEST", "TRAIN/", "TEST/"),
    ("folders Training and Testing", "Training/", "Testing/"),
    ("folders trn and tst", "trn/", "tst/"),
    ("kaggle dogs: train/ and test1/", "train/", "test1/"),
    ("folders by year: train2017 and test2017", "train2017/", "test2017/"),
    ("kaggle landscapes: seg_train/seg_train and seg_test/seg_test", "seg_train/seg_train/", "seg_test/seg_test/"),
    ("folders with spaces: Training Data and Test Data", "Training Data/", "Test Data/"),
    ("camel case: petsTrain and petsTest", "petsTrain/", "petsTest/"),
    ("names before: pets-train and pets-test", "pets-train/", "pets-test/"),
    ("numbers before: 01_train and 02_test", "01_train/", "02_test/"),
    ("dots: pets.train and pets.test", "pets.train/", "pets.test/"),
    ("folders Train Set and Test Set", "Train Set/", "Test Set/"),
    ("folders x_train and x_test", "x_train/", "x_test/"),
    ("train and test in unlike spelling", "TRAINING_set/", "test/"),
]
VALIDATION = ["val", "valid", "Validation", "dev", "eval", "val2017", "VAL"]
NO_SPLIT = [
    ("classes contest and latest are no test", ("contest", "latest")),
    ("classes trainer and testament are no splits", ("testament", "trainer")),
    ("classes evaluation and developer are no splits", ("developer", "evaluator")),
    ("a class of trains among buses", ("bus", "train")),
    ("a class of trains among buses and cars", ("bus", "car", "train")),
    ("a laboratory's test tubes among flasks", ("flask", "test tube")),
]

FOLDERS = [
    *(Case(name, tree(splits(train, test)), PUBLISHED) for name, train, test in NAMES),
    *(Case(f"train and {name} without a test", tree(classes("train/", 4), classes(f"{name}/", 2, first=100)), VAL_TESTS)
      for name in VALIDATION),
    *(Case(name, tree(classes(names=names)),
           Opens(names, 4 * len(names), len(names), says=("split: 20",))) for name, names in NO_SPLIT),
    Case("class folders and no split", tree(classes()), OWN),
    Case("one folder around classes", tree(classes("pets/")), OWN),
    Case("chest x-rays: train, val and test", tree(splits("train/", "test/"), VAL), VAL_LEFT_OUT),
    Case("splits inside the classes", tree(below("train", "test")), PUBLISHED),
    Case("splits inside the classes, Training and Testing", tree(below("Training", "Testing")), PUBLISHED),
    Case("splits inside the classes, val instead of test", tree(below("train", "val")), VAL_TESTS),
    Case("a folder around classes with splits inside", tree({f"pets/{p}": c for p, c in below("train",
         "test").items()}),
         PUBLISHED),
    Case("only a test folder", tree(classes("test/")), Refused("test|train")),
    Case("val and test but no train", tree(classes("val/"), classes("test/", first=100)), Refused("train")),
    Case("only a train folder", tree(classes("train/")), OWN),
    Case("train, test and a third folder that is neither", tree(splits("train/", "test/"), classes("extra/",
         first=200)),
         Refused("train|extra|bird")),
    Case("train and test beside a class of its own", tree(splits("train/", "test/"), classes(names=("bird",),
         first=200)),
         Refused("train|extra|bird")),
    Case("splits inside one of two classes", tree(below("train", "test", ("cat",)), classes(names=("dog",))),
         Refused()),
    Case("a class that only the test folder has", tree(splits("train/", "test/"), classes("test/", 2, ("fish",))),
         Refused("fish")),
    Case("a zip with train and test", zipped(splits("train/", "test/")), PUBLISHED),
    Case("a zip with one folder around train and test", zipped(splits("pets/train/", "pets/test/")), PUBLISHED),
    Case("a tar with train and test", lambda f: _write(f / "pets.tar", tar_bytes(splits("train/", "test/"))),
         PUBLISHED),
]  # fmt: skip


def _write(path, content):
    path.write_bytes(content)
    return path


FIVE = [f"train-{i:05}-of-00005.parquet" for i in range(5)]
TABLES = [
    Case("cifar10-train.parquet and cifar10-test.parquet",
         tree({"cifar10-train.parquet": table(4, 0), "cifar10-test.parquet": table(2, 100)}), PUBLISHED),
    Case("train/0000.parquet and test/0000.parquet",
         tree({"train/0000.parquet": table(4, 0), "test/0000.parquet": table(2, 100)}), PUBLISHED),
    Case("hugging face: data/ with shards of train and test",
         tree({"data/train-00000-of-00002.parquet": table(2, 0), "data/train-00001-of-00002.parquet": table(2, 2),
               "data/test-00000-of-00001.parquet": table(2, 100)}), PUBLISHED),
    Case("hugging face: train, validation and test",
         tree({"train-00000-of-00001.parquet": table(4, 0), "validation-00000-of-00001.parquet": table(3, 200),
               "test-00000-of-00001.parquet": table(2, 100)}), VAL_LEFT_OUT),
    Case("hugging face: train and validation",
         tree({"train-00000-of-00001.parquet": table(4, 0), "validation-00000-of-00001.parquet": table(2, 100)}),
         VAL_TESTS),
    Case("a shard that was not downloaded",
         tree({name: table(2, 0) for name in FIVE if "00003-of" not in name}), Refused("00003| 3 | 3.| 3,")),
    Case("the last shard was not downloaded", tree({name: table(2, 0) for name in FIVE[:4]}),
         Refused("00004| 4 | 4.| 4,")),
    Case("only the Parquet file of the test set", tree({"test-00000-of-00001.parquet": table(5, 0)}),
         Refused("test|train")),
    Case("train.npz and test.npz",
         tree({"train.npz": npz_bytes(**dict(zip(("images", "labels"), arrays(4), strict=True))),
               "test.npz": npz_bytes(**dict(zip(("images", "labels"), arrays(2, first=100), strict=True)))}),
         Opens(None, 8, 4)),
    Case("npy pairs named x_train and x_test",
         tree({f"{name}.npy": npy_bytes(a) for name, a in pairs("{}_train", "{}_test").items()}), Opens(None, 8, 4)),
    Case("npz keys xtrain and xtest", npz(**pairs("{}train", "{}test")), Opens(None, 8, 4)),
    Case("npz keys X_TRAIN and X_TEST",
         npz(**{k.upper(): a for k, a in pairs("{}_train", "{}_test").items()}), Opens(None, 8, 4)),
    Case("npz keys with train, val and test",
         npz(**pairs("{}_train", "{}_test"), x_val=arrays(3)[0], y_val=arrays(3)[1]), Opens(None, 8, 4, says=("val",
         "6"))),
    Case("npz keys with train and val", npz(**pairs("{}_train", "{}_val")), Opens(None, 8, 4, says=("split: val",))),
    Case("npz keys with a test alone", npz(x_test=arrays()[0], y_test=arrays()[1]), Refused("test|train")),
    Case("npz of one set, own split", npz(images=arrays()[0], labels=arrays()[1]), Opens(None, 8, 2,
         says=("split: 20",))),
    Case("a Parquet column split", parquet(split_column({"train": 4, "test": 2})), PUBLISHED),
    Case("a Parquet column split with TRAIN and Testing", parquet(split_column({"TRAIN": 4, "Testing": 2})), PUBLISHED),
    Case("a Parquet column split with train and valid", parquet(split_column({"train": 4, "valid": 2})), VAL_TESTS),
    Case("a Parquet column split with test alone", parquet(split_column({"test": 4})), Refused("test|train")),
    Case("a table with a column split", tree(csv_with(["train"] * 8 + ["test"] * 2)),
         Opens(PETS, 8, 2, pixels=FOLLOW)),
    Case("a table with train and val in its column split", tree(csv_with(["train"] * 8 + ["val"] * 2)),
         Opens(PETS, 8, 2, says=("split: val",), pixels=FOLLOW)),
    Case("a table with a split for some rows only", tree(csv_with(["train"] * 6 + [""] * 2 + ["test"] * 2)), Refused()),
    Case("train.csv and test.csv beside the pictures",
         tree({f"images/{v}.png": picture(v) for v in (0, 1, 2, 3, 20, 21, 22, 23, 100, 120)},
              {"train.csv": b"image,label\n" + b"".join(b"%d.png,cat\n%d.png,dog\n" % (v, v + 20) for v in range(4)),
               "test.csv": b"image,label\n100.png,cat\n120.png,dog\n"}), Opens(PETS, 8, 2, pixels=FOLLOW)),
]  # fmt: skip

CASES = FOLDERS + TABLES
