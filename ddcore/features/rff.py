"""Random Fourier features of the RBF kernel.

Rahimi & Recht, "Random features for large-scale kernel machines", NIPS 2007, Algorithm 1: for w_j ~ N(0, I/bandwidth^2)
and b_j ~ U[0, 2 pi],

    phi_j(x) = sqrt(2/D) cos(<w_j, x> + b_j),        E <phi(x), phi(y)> = exp(-|x - y|^2 / (2 bandwidth^2)),

and an inner product, looked at by itself, is within eps of its expectation with probability at least
1 - 2 exp(-D eps^2 / 8) (Hoeffding: D terms, each within 2/D of 0).
"""

import numpy as np

from ddcore.progress import Progress, silent

_ROWS = 1024  # rows of one product: enough for threads to pay, few enough to report often


def rff_features(
    points: np.ndarray, num_features: int, bandwidth: float, rng: np.random.Generator, progress: Progress = silent
) -> np.ndarray:
    """(N, num_features) float32 of `points` (N, d) float32."""
    count, size = points.shape
    frequencies = rng.standard_normal((size, num_features), np.float32)
    frequencies *= 1 / bandwidth
    phases = rng.uniform(0, 2 * np.pi, num_features).astype(np.float32)
    scale = np.float32((2 / num_features) ** 0.5)
    out = np.empty((count, num_features), np.float32)
    for start in range(0, count, _ROWS):
        rows = out[start : start + _ROWS]
        np.matmul(points[start : start + _ROWS], frequencies, out=rows)
        rows += phases
        np.cos(rows, out=rows)
        rows *= scale
        progress(min(start + _ROWS, count), count, "random Fourier features")
    return out
