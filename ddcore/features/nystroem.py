"""Nystroem features: the RBF kernel seen through its values at m landmarks.

Williams & Seeger, "Using the Nystroem method to speed up kernel machines", NIPS 2000 (proceedings of 2001):

    phi(x) = k_x A,    A = V L^{-1/2},    K_mm = V L V^T,       so that  <phi(x), phi(y)> = k_x K_mm^+ k_y^T,

k_x the kernel values of x at the landmarks. Exact between landmarks; |phi(x)|^2 never exceeds 1. Up to a rotation this
is k_x K_mm^{-1/2}; columns by falling eigenvalue are ours, and so is the cut of small eigenvalues.
"""

import numpy as np

from ddcore.features.rbf_kernel import rbf, row_chunks
from ddcore.progress import Progress, silent

_CUT = 1e-10
"""Eigenvalues below this share of the largest are dropped. A dropped one takes at most itself from any entry of the
matrix decomposed (theorem), and noise in the kernel's values, 1e-13, stays below 1e-7 in the features kept."""


def nystroem_features(
    points: np.ndarray, num_features: int, bandwidth: float, rng: np.random.Generator, progress: Progress = silent
) -> np.ndarray:
    """(N, D) float32 of `points` (N, d), by min(num_features, N) landmarks drawn uniformly without replacement."""
    landmarks = rng.choice(len(points), min(num_features, len(points)), replace=False)
    return landmark_features(points, points[landmarks], bandwidth, progress)


def landmark_features(
    points: np.ndarray, landmarks: np.ndarray, bandwidth: float, progress: Progress = silent
) -> np.ndarray:
    """(N, D) float32 of `points` (N, d) for given `landmarks` (m, d); D is the rank of their kernel matrix.

    Float64 inside.
    """
    values, vectors = np.linalg.eigh(rbf(landmarks, landmarks, bandwidth))
    kept = np.flatnonzero(values > _CUT * values[-1])[::-1]
    root = vectors[:, kept] / np.sqrt(values[kept])
    out = np.empty((len(points), len(kept)), np.float32)
    for rows in row_chunks(len(points), max(landmarks.shape)):
        out[rows] = rbf(points[rows], landmarks, bandwidth) @ root
        progress(rows.stop, len(points), "Nystroem features")
    return out
