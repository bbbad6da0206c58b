"""Nystroem features: a kernel seen through its values at m landmarks.

Williams & Seeger, "Using the Nystroem method to speed up kernel machines", NIPS 2000 (proceedings of 2001):

    phi(x) = k_x A,    A = V L^{-1/2},    K_mm = V L V^T,       so that  <phi(x), phi(y)> = k_x K_mm^+ k_y^T,

k_x the kernel values of x at the landmarks. Exact between landmarks; |phi(x)|^2 never exceeds k(x, x), which is 1 for
the RBF kernel. Up to a rotation this is k_x K_mm^{-1/2}; columns by falling eigenvalue are ours, and so is the cut of
small eigenvalues.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from ddcore.features.rbf_kernel import rbf, row_chunks
from ddcore.progress import Progress, silent

_CUT = 1e-10
"""Eigenvalues below this share of the largest are dropped. A dropped one takes at most itself from any entry of the
matrix decomposed (theorem), and noise in the kernel's values, 1e-13, stays below 1e-7 in the features kept."""


Kernel = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(n, d), (m, d) -> (n, m) float64."""


def nystroem_features(
    points: np.ndarray, num_features: int, bandwidth: float, rng: np.random.Generator, progress: Progress = silent
) -> np.ndarray:
    """(N, D) float32 of `points` (N, d): the RBF kernel at min(num_features, N) landmarks.

    They are drawn uniformly without replacement.
    """
    return landmark_features(points, uniform_landmarks(points, num_features, rng), bandwidth, progress)


def landmark_features(
    points: np.ndarray, landmarks: np.ndarray, bandwidth: float, progress: Progress = silent
) -> np.ndarray:
    """(N, D) float32 of `points` (N, d): the RBF kernel at given `landmarks` (m, d)."""
    return features_at(points, landmarks, partial(rbf, bandwidth=bandwidth), progress)


def uniform_landmarks(points: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """(min(count, N), d) different rows of `points` (N, d)."""
    return points[rng.choice(len(points), min(count, len(points)), replace=False)]


def features_at(points: np.ndarray, landmarks: np.ndarray, kernel: Kernel, progress: Progress = silent) -> np.ndarray:
    """(N, D) float32 of `points` (N, d) for `landmarks` (m, d); D is the rank of their kernel matrix.

    Float64 inside.
    """
    values, vectors = np.linalg.eigh(kernel(landmarks, landmarks))
    kept = np.flatnonzero(values > _CUT * values[-1])[::-1]
    root = vectors[:, kept] / np.sqrt(values[kept])
    out = np.empty((len(points), len(kept)), np.float32)
    for rows in row_chunks(len(points), max(landmarks.shape)):
        out[rows] = kernel(points[rows], landmarks) @ root
        progress(rows.stop, len(points), "Nystroem features")
    return out
