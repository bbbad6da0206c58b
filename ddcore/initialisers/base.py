"""What an initialiser is and returns, and the pieces all of them share.

Letters: M = ipc * K synthetic images of K classes, N training images, n images of one class, D numbers an image.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from ddcore.data.train_set import TrainSet
from ddcore.errors import BadInput
from ddcore.initialisers.report import achieved
from ddcore.progress import Progress, silent


@dataclass(frozen=True, eq=False)
class SyntheticArrays:
    """A starting set: classes in ascending order, `ipc` images each."""

    images: np.ndarray  # (M, C, H, W) float32 in training space
    classes: np.ndarray  # (M,) int64
    indices: np.ndarray | None = None  # (M,) int64 training images they are, where they are real
    weights: np.ndarray | None = None  # (M,) float64 > 0 of mean 1 in each class, where images count differently
    report: dict[str, Any] = field(default_factory=dict)  # what it cost and achieved; JSON can write it


class Initialiser(Protocol):
    """A frozen dataclass whose fields are the initialiser's parameters; `BadInput` where `ipc` does not fit."""

    def start(
        self, train: TrainSet, ipc: int, seed: int, scores: np.ndarray | None = None, progress: Progress = silent
    ) -> SyntheticArrays: ...


def chosen_images(
    train: TrainSet,
    ipc: int,
    seed: int,
    progress: Progress,
    choose: Callable[[int, np.ndarray], np.ndarray],
    began: float | None = None,
) -> SyntheticArrays:
    """The real images that `choose(label, members (n,)) -> places (ipc,) in members` picks in each class, reported on.

    `began` (of `time.perf_counter`): when the work started, where some of it was done before.
    """
    began = time.perf_counter() if began is None else began
    chosen = []
    for label, members in enumerate(class_members(train, ipc)):
        progress(label, train.num_classes, "choosing initial images")
        chosen.append(members[choose(label, members)])
    seconds = time.perf_counter() - began
    return real_images(train, np.concatenate(chosen), seed, seconds)


def real_images(
    train: TrainSet, indices: np.ndarray, seed: int, seconds: float, weights: np.ndarray | None = None
) -> SyntheticArrays:
    """Training images `indices` (M,) of ascending class as a starting set that took `seconds` to choose."""
    images, classes = train.normalised(indices), train.labels[indices].astype(np.int64)
    report = achieved(train, images, classes, seed, seconds, indices, weights)
    return SyntheticArrays(images, classes, indices, weights, report)


def class_members(train: TrainSet, ipc: int) -> list[np.ndarray]:
    """Indices of each class's n >= ipc images, classes ascending; `BadInput` where there are fewer, or ipc < 1."""
    sizes = np.bincount(train.labels, minlength=train.num_classes)
    smallest = int(sizes.min())
    if smallest == 0:
        raise BadInput(f"Class {int(sizes.argmin())} has 0 training images; every class needs at least one.")
    if ipc < 1:
        raise BadInput(f"ipc={ipc} is not allowed; choose 1 <= ipc <= {smallest}.")
    if ipc > smallest:
        raise BadInput(f"ipc={ipc} exceeds the smallest class ({smallest} images); choose ipc <= {smallest}.")
    return [np.flatnonzero(train.labels == label) for label in range(train.num_classes)]


def given_scores(name: str, train: TrainSet, scores: np.ndarray | None) -> np.ndarray:
    """`scores` (N,) float64 for the initialiser called `name`, which goes by them; `BadInput` where they do not fit."""
    if scores is None:
        raise BadInput(f"Initialiser {name!r} needs scores; give one per image.")
    scores = np.asarray(scores, np.float64)
    if scores.shape != train.labels.shape:
        raise BadInput(f"Scores of shape {scores.shape} do not fit {len(train.labels)} images; give one for each.")
    if not np.isfinite(scores).all():
        raise BadInput(
            f"{int((~np.isfinite(scores)).sum())} scores are not finite; give a finite number for each image."
        )
    return scores


def pixels_of(train: TrainSet, members: np.ndarray) -> np.ndarray:
    """(n, D) float32 normalised pixels."""
    return train.normalised(members).reshape(len(members), -1)
