"""Search for sets of k centres whose k-means cost a weighted subset misjudges; ours.

The error of a subset at centres Q is |cost_C(Q) / cost(Q) - 1|. Starting sets: uniform points, D^2-samples of the data
and of the subset, k-means solutions of both, and centres far away (there the error is that of the total weight). Each
climbs by swaps: one centre is exchanged for the best of some tens of candidates. The best set is then moved along the
gradient of the ratio and climbs on. All costs in the search are those of all points, in float32; the candidates that
come out are for the caller to evaluate exactly.

Letters: N points, D numbers a point, P candidates of the pool, k centres.
"""

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from ddcore.coresets.clustering import d2_sampling, weighted_kmeans
from ddcore.progress import Progress, silent

_SAMPLE = 1000  # points on which k-means problems are solved and D^2-samples are drawn
_TRIED = 64  # candidates tried at a swap
_SWAPS = 12  # swaps tried in a climb
_ROUNDS = 3  # times the best set is moved along the gradient
_FAR = 1e3  # distance of the far centre, in root mean squared distances from the mean
_NEAR = 1e-6  # share of the norms below which a float32 distance is rounding
_STEPS = (-1.0, -0.3, -0.1, 0.1, 0.3, 1.0)  # along the gradient, in root mean squared distances of the cluster


class CenterSearch:
    def __init__(self, points: np.ndarray, k: int):
        """`points` (N, D); a centred float32 copy is kept."""
        self.k = k
        self._mean = points.mean(axis=0, dtype=np.float64)
        self._points = (points - self._mean).astype(np.float32)
        self._norms = np.einsum("ij,ij->i", self._points, self._points)

    def candidates(self, mass: np.ndarray, rng: np.random.Generator, progress: Progress = silent) -> list[np.ndarray]:
        """The most misjudging sets (k, D) float64 that were found, one for each sign of the error.

        `mass` (N,) is the weight of each point in the subset, 0 outside.
        """
        sums = np.stack([np.ones_like(mass), mass], axis=1).astype(np.float32)
        starts = [self._filled(start, rng) for start in self._starts(mass, rng)]
        pool = np.concatenate(starts)
        costs = self._distances(pool)
        found, climbs = [], 2 * len(starts)
        for half, sign in enumerate((1, -1)):
            tops = []
            for start in range(len(starts)):
                progress(half * len(starts) + start, climbs, "searching for the worst centres")
                chosen = np.arange(start * self.k, (start + 1) * self.k)
                tops.append(_climb(costs, chosen, sums, sign, rng))
            value, chosen = max(tops, key=lambda top: top[0])
            found.append(self._refined(pool[chosen], value, sums, sign, rng) + self._mean)
        return found

    def _starts(self, mass: np.ndarray, rng: np.random.Generator) -> Iterator[np.ndarray]:
        points = self._points
        sample = points[rng.choice(len(points), min(_SAMPLE, len(points)), replace=False)]
        yield sample[rng.integers(len(sample), size=self.k)]
        yield sample[d2_sampling(sample, self.k, rng)[0][0]]
        yield self._solution
        if mass.any():
            rows = np.flatnonzero(mass)
            rows = rng.choice(rows, min(_SAMPLE, len(rows)), replace=False)
            yield points[rows][d2_sampling(points[rows], self.k, rng, weights=mass[rows])[0][0]]
            yield self._solved(points[rows], mass[rows], rng)
        direction = rng.normal(size=points.shape[1])
        size = _FAR * np.sqrt(self._norms.mean()) / np.linalg.norm(direction)
        yield (size * direction).astype(np.float32)[None]

    @cached_property
    def _solution(self) -> np.ndarray:
        """k-means centres of the data themselves."""
        rng = np.random.default_rng(0)
        rows = rng.choice(len(self._points), min(_SAMPLE, len(self._points)), replace=False)
        return self._solved(self._points[rows], np.ones(len(rows)), rng)

    def _solved(self, points: np.ndarray, weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return weighted_kmeans(points, weights, self.k, rng).astype(np.float32)

    def _filled(self, centers: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Exactly k of them: sets of fewer centres are made up to k by repeating some."""
        missing = rng.integers(len(centers), size=self.k - len(centers))
        return np.concatenate([centers, centers[missing]])

    def _distances(self, centers: np.ndarray) -> np.ndarray:
        """(P, N) float32 squared distances to `centers` (P, D)."""
        norms = np.einsum("ij,ij->i", centers, centers)
        scale = norms[:, None] + self._norms
        distances = scale - 2 * (centers @ self._points.T)
        distances[distances < _NEAR * scale] = 0
        return distances

    def _refined(self, centers: np.ndarray, value: float, sums: np.ndarray, sign: int, rng) -> np.ndarray:
        """`centers` (k, D) moved along the gradient of the ratio as long as that makes the error larger."""
        for _ in range(_ROUNDS):
            pool = np.concatenate([centers, self._moved(centers, sums, rng)])
            better, chosen = _climb(self._distances(pool), np.arange(self.k), sums, sign, rng)
            if better <= value:
                break
            centers, value = pool[chosen], better
        return centers.astype(np.float64)

    def _moved(self, centers: np.ndarray, sums: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Some tens of new centres, from steps of several lengths along the gradients of some of `centers`."""
        distances = self._distances(centers)
        nearest, closest = distances.argmin(axis=0), distances.min(axis=0)
        ratio = _errors(closest @ sums) + 1
        moved = []
        for place in rng.permutation(self.k)[: _TRIED // len(_STEPS)]:
            own = nearest == place
            if not own.any():
                continue
            pull = sums[own, 1] - ratio
            gradient = pull.sum() * centers[place] - pull @ self._points[own]
            length = np.linalg.norm(gradient)
            if length > 0:
                reach = np.sqrt(closest[own].mean()) / length
                moved += [centers[place] + np.float32(step * reach) * gradient for step in _STEPS]
        return np.array(moved, np.float32).reshape(-1, centers.shape[1])


def _climb(
    costs: np.ndarray, chosen: np.ndarray, sums: np.ndarray, sign: int, rng: np.random.Generator
) -> tuple[float, np.ndarray]:
    """(sign * error, places (k,)) of the set that swaps reach from `chosen` (k,), given distances `costs` (P, N)."""
    value = float(sign * _errors(costs[chosen].min(axis=0) @ sums))
    chosen = chosen.copy()
    for place in rng.permutation(np.resize(np.arange(len(chosen)), max(_SWAPS, len(chosen))))[:_SWAPS]:
        tried = rng.permutation(len(costs))[:_TRIED]
        new = costs[tried]
        if len(chosen) > 1:
            np.minimum(new, costs[np.delete(chosen, place)].min(axis=0), out=new)
        values = sign * _errors(new @ sums)
        best = int(values.argmax())
        if values[best] > value:
            value, chosen[place] = float(values[best]), tried[best]
    return value, chosen


def _errors(totals: np.ndarray) -> np.ndarray:
    """cost_C / cost - 1 from pairs (..., 2) of cost and cost_C; 0 if the cost is 0."""
    full = totals[..., 0]
    return np.where(full > 0, totals[..., 1] / np.where(full > 0, full, 1), 1) - 1
