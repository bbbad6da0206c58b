"""Features whose inner products are the RBF kernel itself, as nearly as the number of images allows.

Up to 4,096 images the exact factor V L^{1/2} of K = V L V^T: phi phi^T = K. Above, K does not fit and never exists:
Nystroem features with landmarks drawn by recursive ridge-leverage sampling (Musco & Musco 2017, `leverage_sampling`).
"""

import numpy as np

from ddcore.features.leverage_sampling import recursive_leverage_sample
from ddcore.features.nystroem import landmark_features, leading_eigenpairs
from ddcore.features.rbf_kernel import rbf
from ddcore.progress import Progress, silent

LARGEST_EXACT = 4096


def kernel_features(
    points: np.ndarray, num_features: int, bandwidth: float, rng: np.random.Generator, progress: Progress = silent
) -> np.ndarray:
    """(N, D) float32 of `points` (N, d).

    N <= 4,096: D is the rank of the kernel matrix, whatever `num_features`; inner products equal the kernel to 1e-5.
    Larger N: D <= num_features, the number of landmarks.
    """
    if len(points) > LARGEST_EXACT:
        landmarks = recursive_leverage_sample(points, num_features, bandwidth, rng, progress)
        return landmark_features(points, points[landmarks], bandwidth, progress)
    progress(0, 0, "decomposing the kernel matrix")
    values, vectors = leading_eigenpairs(rbf(points, points, bandwidth))
    return np.ascontiguousarray(vectors * np.sqrt(values), np.float32)
