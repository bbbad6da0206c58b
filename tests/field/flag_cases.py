"""Flags with values that fit, that do not, and that nobody meant; through the library and through every command."""

from .case import Case, Opens, Refused
from .size_cases import shaped
from .writing import arrays, classes, npz, parquet, rows, tree

PETS = ("cat", "dog")
FOLDER = tree(classes())
TWO_LABELS = parquet(rows() | {"breed": rows()["label"]})
COMMANDS = ("distill", "importance", "certificate", "evaluate")

BAD = [
    ("size 0", {"size": 0}, "0"), ("a negative size", {"size": -8}, "-8"), ("a size of a million", {"size": 1_000_000},
    "1000000|1,000,000"),
    ("a colour that does not exist", {"background": "blurple"}, "blurple"), ("a colour of five digits",
    {"background": "#12345"}, "#12345"),
    ("a colour that is no number", {"background": "#gggggg"}, "#gggggg"), ("no colour", {"background": ""}, ""),
    ("a colour with a function", {"background": "rgb(1,2"}, "rgb(1,2"), ("a colour with colour codes",
    {"background": "\x1b[31m"}, ""),
    ("flip sideways", {"flip": "sideways"}, "sideways"), ("no flip", {"flip": ""}, ""),
]  # fmt: skip
AT_COMMANDS = [
    ("size eight", {"size": "eight"}, "eight"), ("size 7.5", {"size": "7.5"}, "7.5"), ("size 0", {"size": "0"}, "0"),
    ("no size", {"size": ""}, "size"), ("a colour that does not exist", {"background": "blurple"}, "blurple"),
    ("flip sideways", {"flip": "sideways"}, "sideways"), ("a label column that is not there",
    {"label_column": "colour"}, "colour"),
    ("an image column that is not there", {"image_column": "photo"}, "photo"),
]  # fmt: skip

GOOD = [
    Case("size 4", FOLDER, Opens(PETS, 8, 2, pixels=shaped(4, 4)), {"size": 4}),
    Case("size 16, larger than the pictures", FOLDER, Opens(PETS, 8, 2, pixels=shaped(16, 16)), {"size": 16}),
    Case("size as in the pictures", FOLDER, Opens(PETS, 8, 2, pixels=shaped(8, 8)), {"size": 8}),
    Case("a background where nothing is transparent", FOLDER, Opens(PETS, 8, 2), {"background": "black"}),
    Case("a background in capitals", FOLDER, Opens(PETS, 8, 2), {"background": "WHITE"}),
    Case("a background #FFFFFF", FOLDER, Opens(PETS, 8, 2), {"background": "#FFFFFF"}),
    Case("flip auto", FOLDER, Opens(PETS, 8, 2, flip=True), {"flip": "auto"}),
    Case("a label column of a Parquet file with two", TWO_LABELS, Opens(PETS, 8, 2), {"label_column": "breed"}),
    Case("the size of an npz", npz(images=arrays(shape=(12, 12))[0], labels=arrays()[1]), Opens(None, 8, 2,
         pixels=shaped(6, 6)), {"size": 6}),
]  # fmt: skip
BY_COMMAND = [
    ("--size", FOLDER, Opens(PETS, 8, 2, pixels=shaped(4, 4)), {"size": 4}),
    ("--flip off", FOLDER, Opens(PETS, 8, 2, flip=False), {"flip": "off"}),
    ("--background black", FOLDER, Opens(PETS, 8, 2), {"background": "black"}),
    ("--label-column", TWO_LABELS, Opens(PETS, 8, 2), {"label_column": "breed"}),
    ("--image-column", parquet(rows(image="photo") | {"thumb": rows()["image"]}), Opens(PETS, 8, 2),
    {"image_column": "photo"}),
]  # fmt: skip

CASES = [
    *(Case(name, FOLDER, Refused(fragment), options) for name, options, fragment in BAD),
    *(Case(f"{command} with {name}", parquet(rows()), Refused(fragment), options, command)
      for command in COMMANDS for name, options, fragment in AT_COMMANDS),
    *GOOD,
    *(Case(f"importance with {name}", make, expected, options, "importance") for name, make, expected,
         options in BY_COMMAND),
    Case("importance of nothing", lambda folder: folder / "nothing", Refused("nothing"), {}, "importance"),
    Case("evaluate on a folder of documents", tree({"a.txt": b"x"}), Refused(), {}, "evaluate"),
]  # fmt: skip
