"""Accuracies of baselines, kept: their values, and beside them which classes were taken for which."""

from math import isclose
from pathlib import Path
from typing import Any

import numpy as np

from ddcore.kept import CONFUSIONS, Shelf
from ddcore.training.confusion import compact
from ddcore.training.protocols import Accuracy


def kept_accuracy(shelf: Shelf, path: Path) -> Accuracy | None:
    """The accuracy kept at `path`; None if there is no usable one, which is then taken again.

    It has no confusion if none was kept with it, or none that fits its values: earlier versions kept values only.
    """

    def understood(values: Any) -> Accuracy | None:
        shares = isinstance(values, list) and all(isinstance(value, float) and 0 <= value <= 1 for value in values)
        return Accuracy(tuple(values)) if shares and values else None

    found = shelf.read(path, understood)
    return found and Accuracy(found.values, confusion=_kept_confusion(path, found))


def keep_accuracy(shelf: Shelf, path: Path, accuracy: Accuracy) -> None:
    """Keep it at `path`, where `kept_accuracy` finds it."""
    if accuracy.confusion is not None:
        CONFUSIONS.write(
            _beside(path), {"counts": compact(accuracy.confusion)}
        )  # first: values without it stay without
    shelf.write(path, accuracy.values)


def _beside(path: Path) -> Path:
    return CONFUSIONS.root / f"{path.stem}.npz"


def _kept_confusion(path: Path, accuracy: Accuracy) -> np.ndarray | None:
    def understood(arrays: Any) -> np.ndarray | None:
        counts = arrays["counts"]
        square = counts.dtype.kind == "u" and counts.ndim == 2 and counts.shape[0] == counts.shape[1]
        if not square or not (total := int(counts.sum())):
            return None
        return counts.astype(np.int64) if isclose(int(counts.trace()) / total, accuracy.mean) else None

    return CONFUSIONS.read(_beside(path), understood)
