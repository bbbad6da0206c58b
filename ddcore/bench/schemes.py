"""The schemes of the bench: a sampling law each, or a set of representatives."""

from collections.abc import Iterator

import numpy as np

from ddcore.coresets.clustering import d2_sampling
from ddcore.data.train_set import TrainSet
from ddcore.importance import SCORES
from ddcore.progress import Progress, silent
from ddcore.sampling.law import SamplingLaw

_ROUNDS = 3  # Lloyd rounds after the seeding
_CHUNK = 2**22  # numbers in one table of distances


def scores_of(train: TrainSet, own: np.ndarray, leverage: np.ndarray, share: float, seed: int) -> dict[str, np.ndarray]:
    """Scores (N,) of every scheme that draws, given the cost's `own` sensitivities and its plain `leverage`, (N,) each.

    `mixture` is uniform to the `share`, else `own`; `lightweight` uses the distance to the mean image.
    """
    return {
        "uniform": SCORES.make("uniform").compute(train, seed).scores,
        "sensitivity": own,
        "mixture": SamplingLaw(uniform=share).of(own),
        "lightweight": SCORES.make("lightweight").compute(train, seed).scores,
        "leverage": leverage,
    }


def representatives(
    points: np.ndarray, sizes: np.ndarray, rng: np.random.Generator, progress: Progress = silent
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For each m of `sizes`: indices (m',) of the points nearest to m k-means centres of `points` (N, D), one a
    cluster, and the sizes of their clusters as weights (m',), which sum to N.

    One D^2-sampling seeds all sizes (the first m centres of one are a D^2-sampling of m), three Lloyd rounds follow.
    m' < m where there are fewer distinct points or clusters run empty.
    """
    seeds = d2_sampling(points, int(np.max(sizes)), rng, progress=progress)[0][0]
    for place, m in enumerate(sizes):
        note = f"clustering into {m:,} (size {place + 1} of {len(sizes)})"
        centers = points[seeds[:m]].astype(np.float64)
        for _ in range(_ROUNDS):
            nearest, _ = _assigned(points, centers, progress, note)
            centers = _means(points, nearest, len(centers))
        nearest, distances = _assigned(points, centers, progress, note)
        order = np.lexsort((distances, nearest))
        members, first, counts = np.unique(nearest[order], return_index=True, return_counts=True)
        assert len(members) <= m
        yield order[first], counts.astype(np.float64)


def _means(points: np.ndarray, nearest: np.ndarray, count: int) -> np.ndarray:
    """Centres (k', D) of the clusters that have points."""
    order = np.argsort(nearest, kind="stable")
    sizes = np.bincount(nearest, minlength=count)
    sizes = sizes[sizes > 0]
    sums = np.add.reduceat(points[order].astype(np.float64), np.cumsum(sizes) - sizes, axis=0)
    return sums / sizes[:, None]


def _assigned(points: np.ndarray, centers: np.ndarray, progress: Progress, note: str) -> tuple[np.ndarray, np.ndarray]:
    """Nearest centre (N,) and squared distance (N,), in pieces small enough for memory and for reporting progress."""
    norms = np.einsum("kd,kd->k", centers, centers)
    nearest, distances = np.empty(len(points), np.int64), np.empty(len(points))
    rows = max(1, _CHUNK // len(centers))
    for start in range(0, len(points), rows):
        progress(start, len(points), note)
        chunk = points[start : start + rows].astype(np.float64)
        table = norms - 2 * (chunk @ centers.T)
        found = np.argmin(table, axis=1)
        nearest[start : start + rows] = found
        distances[start : start + rows] = np.square(chunk - centers[found]).sum(axis=1)
    return nearest, distances
