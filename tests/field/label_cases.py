"""Classes and labels: their order, numbers, odd names, names without a picture; and which classes may be mirrored."""

import json

import numpy as np

from .case import Case, Opens, Refused
from .writing import arrays, classes, labels_follow_pixels, npz, parquet, picture, rows, tree

X, Y = arrays(5, 3)
NAMES3 = ("ant", "bee", "cow")


def folders(*names: str, each: int = 5) -> dict[str, bytes]:
    return classes(names=names, each=each)


def table(names: list[str]) -> dict[str, bytes]:
    """A flat folder of five pictures for each label, and a table of them."""
    values = [(20 * k + i, name) for k, name in enumerate(names) for i in range(5)]
    lines = [f'{v}.png,"{name}"' for v, name in values]
    return {f"{v}.png": picture(v) for v, _ in values} | {"labels.csv": "\n".join(["file,label", *lines]).encode()}


def in_order(*names: str) -> Opens:
    return Opens(names, 4 * len(names), len(names), pixels=labels_follow_pixels(names))


FEATURES = json.dumps(
    {"info": {"features": {"label": {"names": [f"n{i}" for i in range(9)], "_type": "ClassLabel"}}}}
).encode()
LABELS = [
    Case("folders class1, class2, class10", tree(folders("class1", "class2", "class10")), in_order("class1", "class2",
         "class10")),
    Case("text labels class1, class2, class10", parquet(rows(names=("class1", "class2", "class10"))),
         in_order("class1", "class2", "class10")),
    Case("a table with class1, class2, class10", tree(table(["class1", "class2", "class10"])), in_order("class1",
         "class2", "class10")),
    Case("folders 0 to 11", tree(folders("0", "2", "10", "11")), in_order("0", "2", "10", "11")),
    Case("folders 00, 01, 02", tree(folders("00", "01", "02")), in_order("00", "01", "02")),
    Case("folders -1, 0 and 1", tree(folders("-1", "0", "1")), in_order("-1", "0", "1")),
    Case("folders -10, -9 and 3", tree(folders("-10", "-9", "3")), in_order("-10", "-9", "3")),
    Case("labels -1 and 1 in an npz", npz(images=X, labels=np.array([-1, 0, 1])[Y]), in_order("-1", "0", "1")),
    Case("labels -1, 0 and 1 in a Parquet file", parquet(rows(names=(-1, 0, 1))), in_order("-1", "0", "1")),
    Case("labels 3, 7 and 100 in an npz", npz(images=X, labels=np.array([3, 7, 100])[Y]), in_order("3", "7", "100")),
    Case("text labels 9 and 10 in a Parquet file", parquet(rows(names=("9", "10"))), in_order("9", "10")),
    Case("versions v1.9 and v1.10", tree(folders("v1.9", "v1.10")), in_order("v1.9", "v1.10")),
    Case("an npz with a name that no image has", npz(images=X, labels=np.array([0, 2, 3])[Y], classes=np.array(["ant",
         "emu", "bee", "cow"])),
         Opens(NAMES3, 12, 3, says=("emu|1",), pixels=labels_follow_pixels(NAMES3))),
    Case("an npz of 3 of 100 classes", npz(images=X, labels=np.array([5, 50, 95])[Y],
         classes=np.array([f"n{i}" for i in range(100)])),
         Opens(("n5", "n50", "n95"), 12, 3, says=("97|n0",), pixels=labels_follow_pixels(("n5", "n50", "n95")))),
    Case("Hugging Face with 3 of 9 classes", parquet(rows(names=(2, 4, 8)), FEATURES),
         Opens(("n2", "n4", "n8"), 12, 3, says=("6|n0",), pixels=labels_follow_pixels(("n2", "n4", "n8")))),
    Case("text labels of 5,000 digits", parquet(rows(names=("7" * 5000, "8" * 5000))), (Opens(), Refused())),
    Case("a table with a label of 5,000 digits", tree(table(["7" * 5000, "8"])), (Opens(), Refused())),
    Case("text labels --5 and 5", parquet(rows(names=("--5", "5"))), (Opens(), Refused())),
    Case("folders --5 and 5", tree(folders("--5", "5")), (Opens(None, 8, 2), Refused())),
    Case("text labels ٣ and ٤, digits of another script", parquet(rows(names=("٣", "٤"))), (Opens(None, 8, 2),
         Refused())),
    Case("text labels ² and ³, digits that int() refuses", parquet(rows(names=("²", "³"))), (Opens(None, 8, 2),
         Refused())),
    Case("text labels 1_000 and 1000", parquet(rows(names=("1_000", "1000"))), (Opens(None, 8, 2), Refused())),
    Case("text labels 1 and 01", parquet(rows(names=("1", "01"))), (Opens(None, 8, 2), Refused())),
    Case("text labels that are empty", parquet(rows(names=("", "dog"))), (Opens(None, 8, 2), Refused())),
    Case("text labels that are spaces", parquet(rows(names=(" ", "dog"))), (Opens(None, 8, 2), Refused())),
    Case("text labels with colour codes", parquet(rows(names=("\x1b[31mcat", "dog"))), (Opens(None, 8, 2), Refused())),
    Case("text labels with line breaks", parquet(rows(names=("cat\r\nbird", "dog"))), (Opens(None, 8, 2), Refused())),
    Case("text labels written from right to left", parquet(rows(names=("\u202ecat", "dog"))), (Opens(None, 8, 2),
         Refused())),
    Case("a table with a null byte in a label", tree(table(["ca\0t", "dog"])), (Opens(None, 8, 2), Refused())),
    Case("labels of half numbers", npz(images=X, labels=Y + 0.5), Refused("label")),
    Case("labels with NaN", npz(images=X, labels=np.where(Y == 1, np.nan, Y)), Refused("label")),
    Case("Parquet without a label in one row", parquet(rows() | {"label": [None, *rows()["label"][1:]]}), Refused()),
    Case("labels beyond the names", npz(images=X, labels=Y, classes=np.array(["ant", "bee"])), Refused("2")),
    Case("two names alike", npz(images=X, labels=Y, classes=np.array(["ant", "bee", "ant"])), Refused("ant")),
    Case("labels above 2^63", npz(images=X, labels=Y.astype(np.uint64) + 2**63), (Opens(None, 12, 3), Refused())),
    Case("booleans for labels", npz(images=X, labels=Y > 0), (Opens(None, None, None), Refused("label"))),
]  # fmt: skip

FLIPS: list[tuple[str, tuple[str, ...], bool]] = [
    ("digits", ("1", "2", "7"), False), ("letters", ("a", "b", "z"), False), ("capitals", ("A", "B"), False),
    ("letters and digits", ("3", "b"), False), ("number words", ("one", "two", "zero"), False),
    ("digit_3 and digit_7", ("digit_3", "digit_7"), False), ("letter_a and letter_b", ("letter_a", "letter_b"), False),
    ("animals", ("cat", "dog"), True), ("a letter and a word", ("a", "cat"), True), ("numbers of two digits", ("10",
    "11"), True),
]  # fmt: skip
MIRRORED = [
    *(Case(f"classes named by {name} and mirroring", tree(folders(*names)), Opens(None, None, None, says=("flip: ",),
         flip=flip))
      for name, names, flip in FLIPS),
    Case("digits, mirrored all the same", tree(folders("1", "2")), Opens(None, None, None, flip=True), {"flip": "on"}),
    Case("animals, not mirrored", tree(folders("cat", "dog")), Opens(None, None, None, flip=False), {"flip": "off"}),
    Case("digits of an npz by their names", npz(images=X, labels=Y, classes=np.array(["0", "1", "2"])), Opens(None,
         None, None, flip=False)),
    Case("animals of an npz by their names", npz(images=X, labels=Y, classes=np.array(NAMES3)), Opens(None, None, None,
         flip=True)),
]  # fmt: skip

CASES = LABELS + MIRRORED
