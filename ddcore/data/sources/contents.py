"""What every reader returns, and how labels of any form become classes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ddcore.data.dataset import Split
from ddcore.errors import BadInput
from ddcore.randomness import numpy_generator

TEST_SHARE = 0.2
LEFT_OUT = ("val", "valid", "validation")  # parts of a published split that nothing here uses


@dataclass(frozen=True, eq=False)
class Contents:
    """A source, read. `resized`: whether the size option changed any image. `split`: how train and test came about."""

    train: Split
    test: Split
    classes: tuple[str, ...]
    resized: bool = False
    split: str = "as published"


def divide(
    images: np.ndarray,
    labels: np.ndarray,
    parts: np.ndarray,
    classes: tuple[str, ...],
    where: str,
    resized: bool = False,
) -> Contents:
    """Contents from all images (N,H,W,C), labels (N,) and `parts` (N,) of "train", "test" or a name in `LEFT_OUT`.

    Without a test part, a stratified 20 % of the training images becomes one: stated, and the same for the same labels.
    """
    train = np.flatnonzero(parts == "train")
    test = np.flatnonzero(parts == "test")
    unused = len(parts) - len(train) - len(test)
    if len(train) == 0:
        raise BadInput(f"{where} has no training images.")
    note = "as published"
    if len(test) == 0:
        train, test = own_split(labels, train, classes, where)
        note = f"own stratified {TEST_SHARE:.0%} test split, seed 0 (the source has none)"
    if unused:
        note += f"; {unused:,} validation images not used"
    return Contents(
        Split(images[train], labels[train]), Split(images[test], labels[test]), classes, resized=resized, split=note
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
                f"{where}: class {name!r} has {len(mine)} image(s), at least 2 are needed to make a test split."
            )
        shuffled = numpy_generator(0, "test split", label).permutation(mine)
        count = max(1, round(TEST_SHARE * len(mine)))
        test.append(shuffled[:count])
        train.append(shuffled[count:])
    return np.sort(np.concatenate(train)), np.sort(np.concatenate(test))


def encode(
    labels: Sequence | np.ndarray, names: Sequence[str] | None, where: str
) -> tuple[np.ndarray, tuple[str, ...]]:
    """(labels (N,) int64 in 0..K-1, class names) from integers or strings.

    Integers index `names` where the source has them; otherwise each distinct value is a class, named after itself and
    ordered (numerically where all are numbers).
    """
    array = np.asarray(labels)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise BadInput(f"{where}: labels have shape {array.shape}, allowed is one label per image, (N,).")
    if array.dtype.kind not in "iuU":
        raise BadInput(f"{where}: labels are of type {array.dtype}, allowed are integers and text, none missing.")
    if names is not None and array.dtype.kind in "iu":
        if len(array) and (array.min() < 0 or array.max() >= len(names)):
            raise BadInput(f"{where}: labels {array.min()}..{array.max()} do not fit {len(names)} class names.")
        return array.astype(np.int64), tuple(names)
    values = class_order([str(value) for value in np.unique(array)])
    code = {value: i for i, value in enumerate(values)}
    distinct, inverse = np.unique(array, return_inverse=True)
    return np.array([code[str(value)] for value in distinct], dtype=np.int64)[inverse], values


def class_order(names: Sequence[str]) -> tuple[str, ...]:
    """Distinct names in order: as numbers if all are integers, else alphabetically."""
    distinct = set(names)
    if all(name.lstrip("-").isdecimal() for name in distinct):
        return tuple(sorted(distinct, key=lambda name: (int(name), name)))
    return tuple(sorted(distinct))
