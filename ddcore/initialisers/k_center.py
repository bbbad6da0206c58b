"""k-center: images that leave none of their class far away."""

import time
from dataclasses import dataclass

import numpy as np

from ddcore.coresets.clustering import nearest_centers
from ddcore.initialisers.base import SyntheticArrays, chosen_images, class_members
from ddcore.initialisers.seeing import SeenIn
from ddcore.progress import silent
from ddcore.randomness import numpy_generator


@dataclass(frozen=True)
class KCenter(SeenIn):
    """Real images of each class: a random one, then always the one farthest from those chosen.

    The farthest-first traversal of Gonzalez 1985, within a factor 2 of the smallest possible largest distance.
    """

    def start(self, train, ipc, seed, scores=None, progress=silent) -> SyntheticArrays:
        began = time.perf_counter()
        class_members(train, ipc)
        features = self.seen(train, seed, progress)

        def choose(label, members):
            return farthest_first(features[members], ipc, numpy_generator(seed, "init-k-center", label))

        return chosen_images(train, ipc, seed, progress, choose, began)


def farthest_first(features: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Different rows (count,) of `features` (n, D), the first drawn uniformly; of equally far ones the first."""
    chosen = [int(rng.integers(len(features)))]
    distances = np.full(len(features), np.inf)
    for _ in range(count - 1):
        _, to_last = nearest_centers(features, features[chosen[-1:]])
        distances = np.minimum(distances, to_last)
        distances[chosen] = -1
        chosen.append(int(np.argmax(distances)))
    return np.array(chosen)
