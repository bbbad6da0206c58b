"""k-means on all images of each class."""

from dataclasses import dataclass

import numpy as np

from ddcore.clustering import nearest_distinct, weighted_kmeans
from ddcore.initialisers.base import SyntheticArrays, chosen_images, pixels_of
from ddcore.progress import silent
from ddcore.randomness import numpy_generator


@dataclass(frozen=True)
class KMeansMedoids:
    """Real images nearest to the k-means centres (in pixels) of all images of their class, ipc different ones.

    As DC-BENCH's k-means selection (Cui et al. 2022), which does so in a network's features.
    """

    def start(self, train, ipc, seed, scores=None, progress=silent) -> SyntheticArrays:
        def choose(label, members):
            points, rng = pixels_of(train, members), numpy_generator(seed, "init-medoids", label)
            return nearest_distinct(points, weighted_kmeans(points, np.ones(len(points)), ipc, rng), ipc, rng)

        return chosen_images(train, ipc, seed, progress, choose)
