"""What every reader returns, and how labels of any form become classes."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ddcore.data.dataset import Split
from ddcore.data.report import Report
from ddcore.errors import BadInput, listed, shown
from ddcore.randomness import numpy_generator

TEST_SHARE = 0.2
LONGEST_LABEL = 1000  # characters
_DIGITS = re.compile(r"(\d+)")
_WHOLE = re.compile(r"-?[0-9]{1,18}")


@dataclass(frozen=True, eq=False)
class Contents:
    """A source, read. `resized`: whether the size option changed any image. `report`: what was decided."""

    train: Split
    test: Split
    classes: tuple[str, ...]
    report: Report
    resized: bool = False


def divide(
    images: np.ndarray,
    labels: np.ndarray,
    parts: np.ndarray,
    classes: tuple[str, ...],
    where: str,
    report: Report,
    resized: bool = False,
) -> Contents:
    """Contents from all images (N,H,W,C), labels (N,) and `parts` (N,) of "train", "test" and "val".

    Without a test part the validation images are the test set; without these either, a stratified 20 % of the training
    images becomes one: stated, and the same for the same labels.
    """
    train, test, val = (np.flatnonzero(parts == part) for part in ("train", "test", "val"))
    if len(train) == 0:
        found = ", ".join(
            f"{count:,} {part}" for part, count in zip(*np.unique(parts, return_counts=True), strict=True)
        )
        raise BadInput(f"{where} has no training images: found are {found or 'none at all'}.")
    if len(test):
        report.decide("split", "as published")
        if len(val):
            report.decide("split", f"{len(val):,} validation images not used")
    elif len(val):
        test = val
        report.decide("split", f"the source has no test images: its {len(val):,} validation images are the test set")
    else:
        train, test = own_split(labels, train, classes, where)
        report.decide("split", f"own stratified {TEST_SHARE:.0%} test split, seed 0 (the source has none)")
    return Contents(
        Split(images[train], labels[train]), Split(images[test], labels[test]), classes, report, resized=resized
    )


def own_split(
    labels: np.ndarray, members: np.ndarray, classes: tuple[str, ...], where: str
) -> tuple[np.ndarray, np.ndarray]:
    """(train, test) indices, sorted: of each class a random 20 % of `members`, at least one, is test.

    `BadInput` if a class has fewer than two images.
    """
    train, test = [], []
    for label, name in enumerate(classes):
        mine = members[labels[members] == label]
        if len(mine) < 2:
            raise BadInput(
                f"{where}: class {shown(name)!r} has {len(mine)} image(s), at least 2 are needed to make a test split."
            )
        shuffled = numpy_generator(0, "test split", label).permutation(mine)
        count = max(1, round(TEST_SHARE * len(mine)))
        test.append(shuffled[:count])
        train.append(shuffled[count:])
    return np.sort(np.concatenate(train)), np.sort(np.concatenate(test))


def encode(
    labels: Sequence | np.ndarray, names: Sequence[str] | None, where: str, report: Report
) -> tuple[np.ndarray, tuple[str, ...]]:
    """(labels (N,) int64 in 0..K-1, class names) from integers or strings.

    Integers index `names` where the source has them; otherwise each distinct value is a class, named after itself and
    ordered (see `class_order`). Names without an image are dropped, and that is said.
    """
    if len(labels) and all(isinstance(label, str) for label in labels):
        return _named(list(labels))
    array = np.asarray(labels)
    if array.ndim != 1:
        raise BadInput(f"{where}: labels have shape {array.shape}, allowed is one label per image, (N,).")
    if array.dtype.kind == "f" and bool(((array == np.floor(array)) & (abs(array) < 2**53)).all()):
        array = array.astype(np.int64)  # whole numbers that were written as floats
    if array.dtype.kind not in "iu":
        raise BadInput(f"{where}: labels are of type {array.dtype}, allowed are integers and text, none missing.")
    if names is not None and array.dtype.kind in "iu":
        return _indexed(array, names, where, report)
    return _named(list(map(str, array.tolist())))


def _named(labels: list[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels that are the names of their classes."""
    classes = class_order(labels)
    code = {name: i for i, name in enumerate(classes)}
    return np.array([code[label] for label in labels], dtype=np.int64), classes


def _indexed(array: np.ndarray, names: Sequence[str], where: str, report: Report) -> tuple[np.ndarray, tuple[str, ...]]:
    """Labels that index class names; those of the names that no label uses are dropped."""
    if len(array) and (array.min() < 0 or array.max() >= len(names)):
        raise BadInput(f"{where}: labels {array.min()}..{array.max()} do not fit {len(names)} class names.")
    doubled = [name for name, count in Counter(names).items() if count > 1]
    if doubled:
        raise BadInput(f"{where} gives several classes the same name: {listed(doubled)}.")
    kept = np.unique(array)
    unused = [name for i, name in enumerate(names) if i not in set(kept.tolist())]
    if unused:
        report.decide("labels", f"class names without an image are dropped: {listed(unused)}")
    return np.searchsorted(kept, array).astype(np.int64), tuple(names[i] for i in kept)


def class_order(names: Sequence[str]) -> tuple[str, ...]:
    """Distinct names in order: by value if all are integers, else as people count, "class2" before "class10"."""
    distinct = set(names)
    if all(_WHOLE.fullmatch(name) for name in distinct):
        return tuple(sorted(distinct, key=lambda name: (int(name), name)))
    return tuple(sorted(distinct, key=lambda name: (_natural(name), name)))


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Runs of digits compare by value: by how many digits there are, then digit by digit."""
    pieces = _DIGITS.split(name)
    return [
        (1, len(piece.lstrip("0")), piece.lstrip("0")) if i % 2 else (0, 0, piece) for i, piece in enumerate(pieces)
    ]
