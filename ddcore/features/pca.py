"""Leading principal components: coordinates of centred points along the eigenvectors of their covariance, unscaled.

Pearson, "On lines and planes of closest fit to systems of points in space", 1901; Hotelling 1933.
"""

import numpy as np

from ddcore.progress import Progress, silent

ROWS = 4096  # points multiplied at a time


def pca_features(points: np.ndarray, num_features: int, progress: Progress = silent) -> np.ndarray:
    """(N, D) float32 of `points` (N, d) float32, largest variance first.

    D is `num_features` or the rank of the centred points, whichever is smaller, and at least 1 (zeros where all points
    are equal).
    """
    mean, components, _ = fit_pca(points, num_features, progress)
    return np.ascontiguousarray(principal_coordinates(points, mean, components), np.float32)


def fit_pca(features: np.ndarray, components: int, progress: Progress = silent) -> tuple[np.ndarray, np.ndarray, float]:
    """(mean (D,), components (d,D) float32, fraction of variance kept) of `features` (N,D) float32.

    Eigenvectors of the covariance, or of the N x N Gram matrix when there are fewer images than features. d is
    `components` or the rank of the centred features, whichever is smaller, and at least 1. The largest entry of each
    component is positive. Chunks are multiplied in float32 and summed in float64.
    """
    count, size = features.shape
    mean = features.mean(axis=0, dtype=np.float64).astype(np.float32)
    if count < size:
        centred = features - mean
        values, vectors = _leading(centred.astype(np.float64) @ centred.T, components)
        vectors = centred.T @ vectors
        vectors /= np.maximum(np.linalg.norm(vectors, axis=0), np.finfo(np.float64).tiny)
        total = np.square(centred, dtype=np.float64).sum()
    else:
        scatter = np.zeros((size, size))
        for start in range(0, count, ROWS):
            progress(start, count, "principal components")
            centred = features[start : start + ROWS] - mean
            scatter += centred.T @ centred
        values, vectors = _leading(scatter, components)
        total = np.trace(scatter)
    kept = max(1, int((values > 1e-9 * values[0]).sum())) if values[0] > 0 else 1
    values, vectors = values[:kept], vectors[:, :kept]
    largest = vectors[np.abs(vectors).argmax(axis=0), np.arange(kept)]
    vectors = vectors * np.where(largest < 0, -1.0, 1.0)
    explained = float(min(1.0, values.clip(0).sum() / total)) if total > 0 else 1.0
    return mean, np.ascontiguousarray(vectors.T, np.float32), explained


def _leading(symmetric: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The `count` largest eigenvalues, descending, and their eigenvectors in columns."""
    import scipy.linalg  # only where components are found: pages project on known ones

    size = len(symmetric)
    values, vectors = scipy.linalg.eigh(symmetric, subset_by_index=[max(0, size - count), size - 1])
    return values[::-1], vectors[:, ::-1]


def principal_coordinates(features: np.ndarray, mean: np.ndarray, components: np.ndarray) -> np.ndarray:
    """(m,d) float32 of `features` (m,D) with `mean` (D,) and `components` (d,D); never centres all of them at once."""
    coordinates = np.empty((len(features), len(components)), np.float32)
    for start in range(0, len(features), ROWS):
        coordinates[start : start + ROWS] = (features[start : start + ROWS] - mean) @ components.T
    return coordinates
