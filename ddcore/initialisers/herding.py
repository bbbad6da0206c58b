"""Herding: images whose running mean stays close to the mean of their class."""

import time
from dataclasses import dataclass

import numpy as np

from ddcore.initialisers.base import SyntheticArrays, chosen_images, class_members
from ddcore.initialisers.seeing import SeenIn
from ddcore.progress import silent


@dataclass(frozen=True)
class Herding(SeenIn):
    """Real images of each class, one after another: the one that brings the mean of all chosen nearest to the class's.

    Welling, "Herding dynamical weights to learn", ICML 2009, in the form of iCaRL (Rebuffi et al. 2017); no randomness
    but that of the features.
    """

    def start(self, train, ipc, seed, scores=None, progress=silent) -> SyntheticArrays:
        began = time.perf_counter()
        class_members(train, ipc)
        features = self.seen(train, seed, progress)

        def choose(label, members):
            return herded(features[members], ipc)

        return chosen_images(train, ipc, seed, progress, choose, began)


def herded(features: np.ndarray, count: int) -> np.ndarray:
    """Different rows (count,) of `features` (n, D), each argmin_j |(t+1) mu - sum of the t chosen - f_j| of those left.

    The arg *min*: a public collection of selection methods takes the arg max, which is no herding.
    """
    features = features.astype(np.float64)
    mean = features.mean(axis=0)
    lengths = np.einsum("ij,ij->i", features, features)
    missing = np.zeros_like(mean)
    chosen: list[int] = []
    for _ in range(count):
        missing += mean
        distances = lengths - 2 * features @ missing
        distances[chosen] = np.inf
        chosen.append(int(np.argmin(distances)))
        missing -= features[chosen[-1]]
    return np.array(chosen)
