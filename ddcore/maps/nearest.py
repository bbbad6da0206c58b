"""Nearest neighbours by comparing every pair, with NumPy alone (safe in the server process).

Letters: m queries, N points, d numbers each, k neighbours.
"""

import numpy as np

from ddcore.progress import Progress, silent

CHUNK_ENTRIES = 16_000_000  # scores held at once: 64 MB
RIVALS = 8  # candidates beyond the k, since float32 products may confuse points that are almost equally far
GROUPS_OF = 16  # scores; 8 to 64 take about as long


def nearest(
    queries: np.ndarray, points: np.ndarray, k: int, progress: Progress = silent
) -> tuple[np.ndarray, np.ndarray]:
    """(ids (m,k), distances (m,k) float32) of the `k` points (N,d) nearest to each query (m,d), nearest first.

    Candidates come from float32 products, a block of queries at a time. Their distances are then computed from their
    differences, as UMAP would, so that a point in the set has distance 0; of equal ones the lower index comes first.
    `k` is cut to N. Beyond about 1e18, where float32 squares end, distances are infinite and ids those of any points.
    """
    k = min(k, len(points))
    ids, distances = np.empty((len(queries), k), np.int64), np.empty((len(queries), k), np.float32)
    centre = points.mean(axis=0)  # far from it, products would lose their digits
    table, step = _table(points - centre), max(1, CHUNK_ENTRIES // len(points))
    for start in range(0, len(queries), step):
        progress(start, len(queries), "finding neighbours")
        block = slice(start, start + step)
        scores = np.pad(queries[block] - centre, ((0, 0), (0, 1)), constant_values=1) @ table
        candidates = _lowest(scores, min(k + RIVALS, len(points)))
        beyond = (candidates >= len(points)).any(axis=1)  # products that overflow are no lower than a filled-up column
        candidates[beyond] = np.arange(candidates.shape[1])
        ids[block], distances[block] = _closest(queries[block], points, candidates, k)
    progress(len(queries), len(queries), "finding neighbours")
    return ids, distances


def _table(points: np.ndarray) -> np.ndarray:
    """(d+1, N or a few more) float32: a query with a 1 appended times a column is |point|^2 - 2 query.point.

    The columns are filled up to whole groups with points at infinity.
    """
    count, size = points.shape
    table = np.zeros((size + 1, GROUPS_OF * -(-count // GROUPS_OF)), np.float32)
    table[size] = np.inf
    table[:size, :count] = -2 * points.T
    table[size, :count] = np.square(points).sum(axis=1)
    return table


def _lowest(scores: np.ndarray, count: int) -> np.ndarray:
    """(m,count): columns of the `count` lowest of each row of `scores`, in no order.

    They lie in the `count` groups with the lowest minima, so that only those are searched. This takes a sixth of the
    time that NumPy's partition of whole rows takes.
    """
    groups = scores.shape[1] // GROUPS_OF
    if count >= groups:
        return np.argpartition(scores, count - 1, axis=1)[:, :count]
    minima = scores.reshape(len(scores), GROUPS_OF, groups).min(axis=1)
    best = np.argpartition(minima, count - 1, axis=1)[:, :count]
    columns = (best[:, :, None] + groups * np.arange(GROUPS_OF)).reshape(len(scores), -1)
    found = np.take_along_axis(scores, columns, axis=1)
    return np.take_along_axis(columns, np.argpartition(found, count - 1, axis=1)[:, :count], axis=1)


def _closest(queries: np.ndarray, points: np.ndarray, candidates: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """(ids (m,k), distances (m,k) float32) of the nearest `k` of the `candidates` (m, at least k) of each query."""
    distances = np.empty(candidates.shape, np.float32)
    for j in range(candidates.shape[1]):
        squares = np.square(queries - points[candidates[:, j]])
        distances[:, j] = np.sqrt(squares.sum(axis=1, dtype=np.float64))
    order = np.lexsort((candidates, distances), axis=1)[:, :k]
    return np.take_along_axis(candidates, order, axis=1), np.take_along_axis(distances, order, axis=1)
