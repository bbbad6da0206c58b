"""k-means of one class, on all its points or on a weighted coreset of them, ending at real images.

A coreset drawn by importance is not taken itself: weighted k-means is solved on it. Drawn by k-means sensitivities it
has a guarantee (see `ddcore.coresets.subsets`), but for far more points than the 300 of a class that are usual here;
drawn by other scores it has none. Measured on Fashion-MNIST, 10 images a class, mean cost over that of random images:
0.76 by k-means sensitivities, 0.79 by ridge leverage (k-means in other features), 0.74 solved on everything
(`benchmarks/results/initial_sets-fashion-mnist.txt`).
"""

from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from ddcore.coresets.clustering import nearest_distinct, weighted_kmeans
from ddcore.coresets.subsets import sensitivity_coreset

_POINTS_PER_CENTRE = 10  # of a coreset at least: fewer say too little of each cluster


def medoids(points: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Different rows (count,) of `points` (n, D) nearest to the centres of their k-means."""
    return nearest_distinct(points, weighted_kmeans(points, np.ones(len(points)), count, rng), count, rng)


def coreset_medoids(
    points: np.ndarray, scores: Callable[[], np.ndarray], size: int, count: int, rng: np.random.Generator
) -> np.ndarray:
    """The same with k-means solved on a coreset of `size` points (at least 10 a centre) drawn by `scores()` (n,).

    Where there are no more points than that, on all of them.
    """
    size = max(size, _POINTS_PER_CENTRE * count)
    with threadpool_limits(1, "blas"):  # products this small wait for a busy machine's threads, up to 7x longer
        if size >= len(points):
            return medoids(points, count, rng)
        rows, weights = sensitivity_coreset(scores(), size, rng)
        return nearest_distinct(points, weighted_kmeans(points[rows], weights, count, rng), count, rng)
