"""k-means machinery: D^2-sampling, nearest centres, weighted Lloyd iterations.

D^2-sampling is Arthur & Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007: the first centre is
drawn uniformly, every further one with probability proportional to its squared distance to the centres so far. Ours:
several independent draws advance in lockstep, so that one product with the data serves the next centre of all of them.

Letters: n points, D numbers a point, k centres, T draws, m points of a coreset.
"""

from collections.abc import Iterator

import numpy as np

from ddcore.progress import Progress, silent

_CHUNK = 2**22  # numbers in one product: small enough for caches and memory, large enough for threads to pay
_NEAR = (
    1e-3  # below this share of the norms |x|^2 - 2 x.c + |c|^2 loses digits in float32; the difference is taken instead
)
_STARTS = 4  # Lloyd runs, the best kept
_ITERATIONS = 100


def d2_sampling(
    points: np.ndarray,
    k: int,
    rng: np.random.Generator,
    draws: int = 1,
    weights: np.ndarray | None = None,
    progress: Progress = silent,
) -> tuple[np.ndarray, np.ndarray]:
    """Indices (T, k') of centres among `points` (n, D), one row a draw, and the k-means cost (T,) of each draw.

    `weights` (n,) > 0 count a point that often. k' < k when there are only k' distinct points (the cost is then 0).
    """
    weights = np.ones(len(points)) if weights is None else weights
    norms = _squared_norms(points)
    closest = np.full((draws, len(points)), np.inf)
    chosen = []
    mass = np.tile(weights, (draws, 1))
    for step in range(min(k, len(points))):
        progress(step, k, "choosing centres")
        picks = [_pick(row, rng.random()) for row in mass]
        _lower(closest, points, norms, picks)
        chosen.append(picks)
        mass = closest * weights
        if not mass.any(axis=1).all():
            break
    return np.array(chosen).T, mass.sum(axis=1)


def nearest_centers(points: np.ndarray, centers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each of `points` (n, D) the number (n,) of its nearest of `centers` (k, D), and the squared distance (n,).

    In float64; of equally near centres the first; a point that equals its centre is at distance 0 exactly.
    """
    centers = np.asarray(centers, np.float64)
    norms = _squared_norms(centers)
    nearest = np.empty(len(points), np.int64)
    distances = np.empty(len(points))
    for rows in _chunks(points):
        chunk = points[rows].astype(np.float64)
        best = np.argmin(norms - 2 * (chunk @ centers.T), axis=1)
        chunk -= centers[best]
        nearest[rows] = best
        distances[rows] = _squared_norms(chunk)
    return nearest, distances


def weighted_kmeans(points: np.ndarray, weights: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """Centres (k', D) float64 that solve weighted k-means on `points` (m, D): the best of a few D^2-seeded Lloyd runs.

    k' < k when there are only k' distinct points.
    """
    points = points.astype(np.float64)
    seeds, _ = d2_sampling(points, k, rng, draws=_STARTS, weights=weights)
    runs = _lloyd(points, weights, points[seeds])
    costs = [weights @ nearest_centers(points, centers)[1] for centers in runs]
    return runs[int(np.argmin(costs))]


def nearest_distinct(points: np.ndarray, centers: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` different rows (count,) of `points` (n, D): one for each of `centers` (k <= count, D), nearest in total.

    Where fewer centres exist than rows are wanted (duplicates), the rest are drawn from the rows left.
    """
    from scipy.optimize import linear_sum_assignment  # not for the server, which imports this module

    points = points.astype(np.float64)
    distances = (points**2).sum(axis=1) - 2 * centers @ points.T + (centers**2).sum(axis=1)[:, None]
    _, rows = linear_sum_assignment(distances)
    left = np.setdiff1d(np.arange(len(points)), rows)
    return np.concatenate([rows, rng.choice(left, count - len(rows), replace=False)])


def _lloyd(points: np.ndarray, weights: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Centres (T, k, D) to which Lloyd's iterations lead from `starts` (T, k, D), in lockstep until each one rests."""
    from scipy.sparse import csr_array

    draws, k, width = starts.shape
    centers, places = starts.copy(), np.arange(len(points))
    nearest, moving = np.full((draws, len(points)), -1), np.arange(draws)
    for _ in range(_ITERATIONS):
        found = _assigned(points, centers[moving])
        changed = (found != nearest[moving]).any(axis=1)
        nearest[moving], moving, found = found, moving[changed], found[changed]
        if not len(moving):
            break
        columns = (np.arange(len(moving))[:, None] * k + found).ravel()
        shares = csr_array(
            (np.tile(weights, len(moving)), (columns, np.tile(places, len(moving)))), (len(moving) * k, len(points))
        )
        sizes = shares.sum(axis=1).reshape(-1, k, 1)
        means = (shares @ points).reshape(-1, k, width) / np.where(sizes > 0, sizes, 1)
        centers[moving] = np.where(sizes > 0, means, centers[moving])  # a centre that lost all its points stays
    return centers


def _assigned(points: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """(T, n): for each draw the number of the nearest of its `centers` (T, k, D); one product for all draws."""
    draws, k, width = centers.shape
    flat = centers.reshape(-1, width)
    norms, found = _squared_norms(flat), np.empty((draws, len(points)), np.int64)
    for rows in _chunks(points):
        closeness = (points[rows] @ flat.T - norms / 2).reshape(-1, draws, k)
        found[:, rows] = closeness.argmax(axis=2).T
    return found


def _pick(mass: np.ndarray, uniform: float) -> int:
    """The index that a `uniform` number in [0, 1) draws in proportion to `mass` (n,); never one of mass 0."""
    sums = np.cumsum(mass)
    last = np.searchsorted(sums, sums[-1])  # rounding may carry uniform * total up to the total itself
    return int(min(np.searchsorted(sums, uniform * sums[-1], side="right"), last))


def _lower(closest: np.ndarray, points: np.ndarray, norms: np.ndarray, picks: list[int]) -> None:
    """Lower `closest` (T, n) to the squared distances from the new centre of each draw, `picks` (T,)."""
    centers = points[picks]
    for rows in _chunks(points):
        scale = norms[picks][:, None] + norms[rows]
        distances = scale - 2 * (points[rows] @ centers.T).T.astype(np.float64)
        near = distances < _NEAR * scale
        for draw in np.flatnonzero(near.any(axis=1)):
            exact = points[rows][near[draw]].astype(np.float64) - centers[draw]
            distances[draw, near[draw]] = _squared_norms(exact)
        np.minimum(closest[:, rows], distances, out=closest[:, rows])


def _chunks(points: np.ndarray) -> Iterator[slice]:
    rows = max(1, _CHUNK // points.shape[1])
    for start in range(0, len(points), rows):
        yield slice(start, start + rows)


def _squared_norms(points: np.ndarray) -> np.ndarray:
    """(n,) float64 squared lengths of the rows."""
    return np.einsum("ij,ij->i", points, points).astype(np.float64)
