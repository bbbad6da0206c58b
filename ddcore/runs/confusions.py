"""Which class test images of each class were taken for, in a run folder: a file for each test. NumPy only.

confusions/students_000100.npz   by students trained on the set of step 100
           kernel_000100.npz     by that set itself, of a method whose sets are predictors
           random.npz            by students trained on random real images
           kernel-random.npz     by random real images themselves
           full.npz              by a network trained on all training images

Arrays, without pickles: `counts` (K,K) in the smallest unsigned type, row = true class, column = predicted class, over
all repeats; `repeats`, how many students or predictors; in those of students `probabilities` (M,K) float16, what they
make of each synthetic image (mean softmax). Runs of earlier versions have no such files.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from ddcore.files import write_npz
from ddcore.runs.damage import Damaged
from ddcore.runs.naming import CONFUSION, confusion_name
from ddcore.runs.reading import RunFolder
from ddcore.runs.snapshots import array_headers, read_arrays
from ddcore.training.confusion import compact, rates
from ddcore.training.protocols import Accuracy

FOLDER = "confusions"
_KINDS = {"counts": "u", "repeats": "u", "probabilities": "f"}  # of the dtypes
_WIDEST = 4  # bytes of a number: more tests than these count take years


class Confusion(NamedTuple):
    """Test images by their class (row) and the class they were taken for (column), over all `repeats`."""

    counts: np.ndarray  # (K,K) int64
    repeats: int

    @property
    def rates(self) -> np.ndarray:
        """(K,) share of each class that is taken for itself; NaN for a class without test images."""
        return rates(self.counts)

    @property
    def shares(self) -> np.ndarray:
        """(K,K) counts as shares of their row; 0 in the row of a class without test images."""
        return self.counts / np.maximum(self.counts.sum(1, keepdims=True), 1)

    @property
    def mean(self) -> float:
        """The accuracy: of all images, not the mean of the classes."""
        return int(self.counts.trace()) / int(self.counts.sum())


def keep_confusion(run: RunFolder, who: str, step: int | None, accuracy: Accuracy) -> None:
    """Write that of `accuracy`, before its event is: an accuracy told has its confusion, whenever the run is killed.

    Nothing is written for a baseline that an earlier version kept without one.
    """
    if accuracy.confusion is None:
        return
    arrays = {"counts": compact(accuracy.confusion), "repeats": compact(np.array(len(accuracy.values)))}
    if accuracy.probabilities is not None:
        arrays["probabilities"] = accuracy.probabilities.astype(np.float16)
    write_npz(_path(run, who, step), **arrays)


def steps(run: RunFolder, who: str) -> list[int]:
    """Steps whose set was tested by `who` (students | kernel) with a confusion, ascending."""
    folder = run.path / FOLDER
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    found = [match for match in map(CONFUSION.fullmatch, names) if match]
    return sorted(int(match["step"]) for match in found if match["who"] == who)


def confusion(run: RunFolder, who: str, step: int | None = None) -> Confusion | None:
    """That of `who` at `step` (None for the baselines random, full and kernel-random); None if the run has none.

    Damaged if the file cannot be read.
    """
    arrays = _read(run, who, step)
    return None if arrays is None else Confusion(arrays["counts"].astype(np.int64), int(arrays["repeats"]))


def probabilities(run: RunFolder, step: int) -> np.ndarray | None:
    """(M,K) float32: mean softmax of the students trained on the set of `step`, of each of its images, in their order.

    Of an image of tiles the mean over these. None if the run has none; Damaged if the file cannot be read.
    """
    arrays = _read(run, "students", step)
    return arrays["probabilities"].astype(np.float32) if arrays and "probabilities" in arrays else None


def check_confusion(path: Path, classes: int, count: int, images: int | None) -> dict[str, np.ndarray]:
    """The arrays of a file; ValueError unless it is one of `classes` classes and a set of `count` images, or OSError.

    `images`: test images of the dataset, None where not known. Nothing larger than that is read.
    """
    headers = array_headers(path)
    shapes = {"counts": (classes, classes), "repeats": (), "probabilities": (count, classes)}
    for name, header in headers.items():
        fits = header.dtype.kind == _KINDS.get(name) and header.dtype.itemsize <= _WIDEST
        if not fits or header.shape != shapes[name]:
            raise ValueError(f"it has no place for {name!r} of {header.dtype} with shape {header.shape}")
    if missing := {"counts", "repeats"} - headers.keys():
        raise ValueError(f"it lacks {', '.join(sorted(missing))}")
    arrays = dict(zip(headers, read_arrays(path, *headers), strict=True))
    rows, repeats = arrays["counts"].astype(np.int64).sum(1), int(arrays["repeats"])
    if not repeats or not rows.any() or (rows % repeats).any():
        raise ValueError(f"its counts are not those of {repeats} tests of the same images")
    if images is not None and rows.sum() > repeats * images:
        raise ValueError(f"it counts {rows.sum() // repeats:,} test images of {images:,}")
    if "probabilities" in arrays and not ((given := arrays["probabilities"]) >= 0).all() & (given <= 1).all():
        raise ValueError("it has probabilities outside 0 to 1")
    return arrays


def _path(run: RunFolder, who: str, step: int | None) -> Path:
    return run.path / FOLDER / confusion_name(who, step)


def _read(run: RunFolder, who: str, step: int | None) -> dict[str, np.ndarray] | None:
    path, config = _path(run, who, step), run.config()
    if not path.is_file() or config["dataset"] is None:
        return None
    dataset = config["dataset"]
    classes = len(dataset["classes"])
    try:
        return check_confusion(path, classes, classes * config["settings"]["ipc"], dataset.get("test"))
    except FileNotFoundError:  # the run was deleted meanwhile
        return None
    except (OSError, ValueError) as error:
        raise Damaged(f"The {FOLDER}/{path.name} of run {run.id!r} cannot be read: {error}.") from None
