"""Leading principal components: coordinates of centred points along the eigenvectors of their covariance, unscaled.

Pearson, "On lines and planes of closest fit to systems of points in space", 1901; Hotelling 1933.
"""

import numpy as np

from ddcore.embedding import fit_pca
from ddcore.progress import Progress, silent
from ddcore.projection import principal_coordinates


def pca_features(points: np.ndarray, num_features: int, progress: Progress = silent) -> np.ndarray:
    """(N, D) float32 of `points` (N, d) float32, largest variance first.

    D is `num_features` or the rank of the centred points, whichever is smaller, and at least 1 (zeros where all points
    are equal).
    """
    mean, components, _ = fit_pca(points, num_features, progress)
    return np.ascontiguousarray(principal_coordinates(points, mean, components), np.float32)
