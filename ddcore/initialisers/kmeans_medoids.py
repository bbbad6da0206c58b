"""k-means on all images of each class."""

from dataclasses import dataclass

from ddcore.initialisers.base import SyntheticArrays, chosen_images, pixels_of
from ddcore.initialisers.solving import medoids
from ddcore.progress import silent
from ddcore.randomness import numpy_generator


@dataclass(frozen=True)
class KMeansMedoids:
    """Real images nearest to the k-means centres (in pixels) of all images of their class, ipc different ones.

    As DC-BENCH's k-means selection (Cui et al. 2022), which does so in a network's features.
    """

    def start(self, train, ipc, seed, scores=None, progress=silent) -> SyntheticArrays:
        def choose(label, members):
            return medoids(pixels_of(train, members), ipc, numpy_generator(seed, "init-medoids", label))

        return chosen_images(train, ipc, seed, progress, choose)
