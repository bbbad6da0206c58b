"""The images of lowest or highest score of each class."""

from dataclasses import dataclass

import numpy as np

from ddcore.data.train_set import TrainSet
from ddcore.initialisers.base import SyntheticArrays, chosen_images, class_members, given_scores
from ddcore.progress import Progress, silent
from ddcore.randomness import numpy_generator


@dataclass(frozen=True)
class Easiest:
    """Real images of lowest score in each class; equal scores in random order."""

    def start(self, train, ipc, seed, scores=None, progress=silent) -> SyntheticArrays:
        """`scores` (N,), of which the size does not matter, only the order."""
        class_members(train, ipc)
        return _first_in_order(train, ipc, seed, given_scores("easiest", train, scores), progress)


@dataclass(frozen=True)
class Hardest:
    """Real images of highest score in each class; equal scores in random order."""

    def start(self, train, ipc, seed, scores=None, progress=silent) -> SyntheticArrays:
        """`scores` (N,), of which the size does not matter, only the order."""
        class_members(train, ipc)
        return _first_in_order(train, ipc, seed, -given_scores("hardest", train, scores), progress)


def _first_in_order(train: TrainSet, ipc: int, seed: int, keys: np.ndarray, progress: Progress) -> SyntheticArrays:
    """The `ipc` images of each class whose `keys` (N,) are smallest."""

    def choose(label, members):
        ties = numpy_generator(seed, "init-ties", label).random(len(members))
        return np.lexsort((ties, keys[members]))[:ipc]

    return chosen_images(train, ipc, seed, progress, choose)
