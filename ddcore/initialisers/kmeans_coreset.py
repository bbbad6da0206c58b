"""k-means solved on a small weighted sensitivity coreset of each class."""

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from ddcore.clustering import nearest_distinct, weighted_kmeans
from ddcore.coreset import sensitivity_coreset
from ddcore.importance.kmeans import kmeans_sensitivity
from ddcore.initialisers.base import SyntheticArrays, chosen_images, pixels_of
from ddcore.parameters import check, parameter
from ddcore.progress import silent
from ddcore.randomness import numpy_generator

POINTS_PER_CENTRE = 10  # of a coreset at least: fewer say too little of each cluster


@dataclass(frozen=True)
class KMeansCoreset:
    """Real images nearest to the k-means centres of each class, solved for on a weighted sensitivity coreset.

    Sensitivities (with ipc centres) and coreset: Bachem, Lucic & Krause 2017; initialising by sensitivity sampling:
    Tukan et al. 2023 (arXiv:2307.08086). Ours: solving weighted k-means on a coreset far larger than ipc instead of
    taking the sample itself, and choosing real images, ipc different ones even where centres share their nearest.
    """

    coreset_size: int = parameter(300, "Points of each class's coreset (at least 10 per image).", min=1, max=100_000)

    def __post_init__(self):
        check(self)

    def start(self, train, ipc, seed, scores=None, progress=silent) -> SyntheticArrays:
        def choose(label, members):
            with threadpool_limits(1, "blas"):  # products this small wait for a busy machine's threads, up to 7x longer
                return self._places(pixels_of(train, members), ipc, numpy_generator(seed, "init-coreset", label))

        return chosen_images(train, ipc, seed, progress, choose)

    def _places(self, points: np.ndarray, ipc: int, rng: np.random.Generator) -> np.ndarray:
        """`ipc` different rows of one class's `points` (n, D)."""
        m = max(self.coreset_size, POINTS_PER_CENTRE * ipc)
        if m >= len(points):
            coreset, weights = points, np.ones(len(points))
        else:
            terms, _ = kmeans_sensitivity(points, ipc, rng)
            rows, weights = sensitivity_coreset(sum(terms.values()), m, rng)
            coreset = points[rows]
        return nearest_distinct(points, weighted_kmeans(coreset, weights, ipc, rng), ipc, rng)
