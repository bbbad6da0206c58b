"""Leave them out: how accurate is what learns without some training images, and does it matter which they are?

Each of several seeds trains and tests the same arms. The random ones of a seed are as many of each class as the chosen
ones, drawn anew for every seed from all images of that class, so an arm and its random counterpart differ in *which*
images are left out and in nothing else. All arms of a seed have the same features, or the same initial network; an arm
and its counterpart see the images they share at the same steps. Ours. NumPy only: this is what pages read.

Letters: N training images, n chosen ones, K classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ddcore.data.dataset import Dataset
from ddcore.data.slices import checked_ids
from ddcore.errors import BadInput, listed
from ddcore.files import digest
from ddcore.kept import LEFT_OUT
from ddcore.parameters import check, parameter
from ddcore.randomness import numpy_generator

BY = {"features": "A linear classifier on frozen features", "network": "A small network"}
ALL, WITHOUT, WITHOUT_RANDOM, ONLY, ONLY_RANDOM = "all", "without", "without-random", "only", "only-random"
ARMS = (ALL, WITHOUT, WITHOUT_RANDOM, ONLY, ONLY_RANDOM)
FEWEST_ALONE = 10
"""Images that must be chosen to learn from them alone."""

Right = dict[str, dict[int, np.ndarray]]
"""Arm -> seed -> (K,) test images of each class that were classified correctly."""


@dataclass(frozen=True)
class LeavingOutSettings:
    """What learns, and how often."""

    by: str = parameter("features", "What learns from the images.", choices=BY, title="Trained")
    seeds: int = parameter(5, "Pairs: seeds of what learns and of the random images.", 2, 50, title="Seeds")

    def __post_init__(self):
        check(self)


@dataclass(frozen=True, eq=False)
class LeavingOut:
    """One study: `ids` (n,) int64, ascending rows of the training set, are left out. BadInput if they cannot be."""

    dataset: Dataset
    ids: np.ndarray
    settings: LeavingOutSettings

    @classmethod
    def of(cls, dataset: Dataset, ids: Sequence[int], **settings: Any) -> "LeavingOut":
        """The study of any `ids`, in any order."""
        return cls(dataset, checked_ids(ids, len(dataset.train)), LeavingOutSettings(**settings))

    def __post_init__(self):
        emptied = np.flatnonzero((self._chosen == self._there) & (self._there > 0))
        if len(emptied):
            names = listed([self.dataset.classes[k] for k in emptied], most=3)
            raise BadInput(
                f"Every training image of {names} is chosen, so as many random ones would be the same images; leave at "
                "least one image of each class unchosen."
            )

    @property
    def seeds(self) -> range:
        return range(self.settings.seeds)

    @property
    def not_alone(self) -> str:
        """Why nothing learns from the chosen images alone; empty if something does."""
        classes = int((self._chosen > 0).sum())
        if len(self.ids) >= FEWEST_ALONE and classes >= 2:
            return ""
        return (
            f"Too few to learn from alone: images chosen: {len(self.ids)}, of classes: {classes}; at least "
            f"{FEWEST_ALONE} images of 2 classes are needed."
        )

    @property
    def arms(self) -> tuple[str, ...]:
        return ARMS[:3] if self.not_alone else ARMS

    @property
    def missing_classes(self) -> int:
        """Classes of which no image is chosen: what learns from the chosen ones alone never sees them."""
        return int(((self._chosen == 0) & (self._there > 0)).sum())

    def random_ids(self, seed: int) -> np.ndarray:
        """(n,) ascending ids: as many of each class as are chosen, from all images of the class."""
        rng, labels = numpy_generator(seed, "leave-out-random"), self.dataset.train.labels
        drawn = [
            rng.choice(np.flatnonzero(labels == k), count, replace=False)
            for k, count in enumerate(self._chosen) if count
        ]  # fmt: skip
        return np.sort(np.concatenate(drawn))

    def rows(self, arm: str, seed: int) -> np.ndarray:
        """The training images of an arm, in the order in which they are numbered for shuffling.

        Those of an arm with random ones are those of its counterpart: where the two differ, an image of the same class
        stands in the place of the other.
        """
        every = np.arange(len(self.dataset.train))
        if arm == ALL:
            return every
        rows = self.ids if arm in (ONLY, ONLY_RANDOM) else np.delete(every, self.ids)
        if arm in (WITHOUT, ONLY):
            return rows
        random = self.random_ids(seed)
        out = self._by_class(np.setdiff1d(self.ids, random)), self._by_class(np.setdiff1d(random, self.ids))
        gone, come = out if arm == ONLY_RANDOM else out[::-1]
        rows = rows.copy()
        rows[np.searchsorted(rows, gone)] = come  # at once, since `rows` ascends only before
        return rows

    def right(self, arm: str, seed: int) -> np.ndarray | None:
        """(K,) int64 correct test images of each class, kept from an earlier training; None if there are none."""

        def understood(counts: Any) -> np.ndarray | None:
            found = np.asarray(counts)
            sound = found.shape == self.tested.shape and found.dtype.kind == "i"
            return found if sound and (found >= 0).all() and (found <= self.tested).all() else None

        return LEFT_OUT.read(self._path(arm, seed), understood)

    def keep(self, arm: str, seed: int, right: np.ndarray) -> None:
        LEFT_OUT.write(self._path(arm, seed), right.tolist())

    def results(self) -> Right:
        """What is kept of all arms: a seed may be there in some and not in others."""
        found = {arm: {seed: self.right(arm, seed) for seed in self.seeds} for arm in self.arms}
        return {arm: {s: right for s, right in by.items() if right is not None} for arm, by in found.items()}

    def missing(self) -> list[tuple[int, str]]:
        """(seed, arm) of all that is still to be trained, seed by seed."""
        found = self.results()
        return [(seed, arm) for seed in self.seeds for arm in self.arms if seed not in found[arm]]

    @cached_property
    def tested(self) -> np.ndarray:
        """(K,) test images of each class."""
        return np.bincount(self.dataset.test.labels, minlength=self.dataset.num_classes)

    def accuracies(self, found: Right) -> dict[str, dict[int, float]]:
        """Arm -> seed -> share of all test images classified correctly."""
        total = int(self.tested.sum())
        return {arm: {seed: int(right.sum()) / total for seed, right in by.items()} for arm, by in found.items()}

    def seconds_left(self) -> float | None:
        """What training the rest takes here, by the arm trained last on these data; None if none has been."""
        pace = LEFT_OUT.read(self._pace, lambda seconds: float(seconds) if seconds > 0 else None)
        return None if pace is None else pace * len(self.missing())

    def keep_pace(self, seconds: float) -> None:
        """Keep how long one arm took on this machine."""
        LEFT_OUT.keep(self._pace, seconds)

    @cached_property
    def _chosen(self) -> np.ndarray:
        return np.bincount(self.dataset.train.labels[self.ids], minlength=self.dataset.num_classes)

    @cached_property
    def _there(self) -> np.ndarray:
        return np.bincount(self.dataset.train.labels, minlength=self.dataset.num_classes)

    @cached_property
    def _mark(self) -> str:
        return digest(self.ids.tolist())

    def _by_class(self, ids: np.ndarray) -> np.ndarray:
        return ids[np.argsort(self.dataset.train.labels[ids], kind="stable")]

    def _path(self, arm: str, seed: int) -> Path:
        """All images are the same whatever is chosen."""
        return LEFT_OUT.path(self.dataset.hash, self.settings.by, seed, arm, None if arm == ALL else self._mark)

    @property
    def _pace(self) -> Path:
        return LEFT_OUT.path(self.dataset.hash, self.settings.by, "seconds")
