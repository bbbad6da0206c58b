"""The RBF kernel exp(-|x - y|^2 / (2 bandwidth^2)), and the bandwidth to start from.

NumPy alone, so that initialisers and lessons may use it on the server. Letters: n, m points, D numbers a point.
"""

from collections.abc import Iterator

import numpy as np

_SUBSAMPLE = 2000  # points whose distances the median is taken of: two million pairs
_ROUNDING = 1e-12  # share of |x|^2 + |y|^2 below which a squared distance is rounding error
_CHUNK = 2**22  # numbers in one block of a kernel matrix, 32 MB in float64


def rbf(x: np.ndarray, y: np.ndarray, bandwidth: float) -> np.ndarray:
    """(n, m) float64 kernel matrix of `x` (n, D) and `y` (m, D); exactly 1 where two points are equal.

    Copies `x` to float64: for many points take `row_chunks` of them.
    """
    exponents = squared_distances(x, y)
    exponents *= -0.5 / bandwidth**2
    return np.exp(exponents, out=exponents)


def squared_distances(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(n, m) float64 squared distances of `x` (n, D) and `y` (m, D), 0 exactly where two points are equal."""
    # |x|^2 + |y|^2 - 2 x.y loses digits far from the origin, so the origin is moved to one of the points.
    x, y = x.astype(np.float64) - y[0], y.astype(np.float64) - y[0]
    scale = np.einsum("ij,ij->i", x, x)[:, None] + np.einsum("ij,ij->i", y, y)
    squared = x @ y.T
    squared *= -2
    squared += scale
    squared[squared <= _ROUNDING * scale] = 0
    return squared


def median_distance(points: np.ndarray, rng: np.random.Generator) -> float:
    """The median heuristic: median distance of two of `points` (n, D), by at most 2,000 of them drawn with `rng`.

    Where more than half of the pairs are equal points, the median over the others; 1 if all points are equal.
    """
    if len(points) > _SUBSAMPLE:
        points = points[np.sort(rng.choice(len(points), _SUBSAMPLE, replace=False))]
    distances = np.sqrt(squared_distances(points, points)[np.triu_indices(len(points), 1)])
    if not distances.any():
        return 1.0
    return float(np.median(distances) or np.median(distances[distances > 0]))


def row_chunks(count: int, width: int) -> Iterator[slice]:
    """Slices of `count` rows such that a block of them with `width` columns stays small."""
    rows = max(1, _CHUNK // width)
    for start in range(0, count, rows):
        yield slice(start, min(start + rows, count))
