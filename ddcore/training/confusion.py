"""Which class test images of each class are taken for. NumPy only. Letters: N test images, K classes."""

import numpy as np


def confusion(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """(K, K) int64 counts: row = true class `labels` (N,), column = class `predicted` (N,)."""
    cells = np.asarray(labels, np.int64) * classes + predicted
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


def rates(counts: np.ndarray) -> np.ndarray:
    """(K,) share of the test images of each class that are taken for it; NaN for a class without test images."""
    images = counts.sum(1)
    return np.where(images > 0, counts.diagonal() / np.maximum(images, 1), np.nan)


def compact(counts: np.ndarray) -> np.ndarray:
    """The same counts in the smallest unsigned type that holds them, as files have them."""
    return counts.astype(np.min_scalar_type(int(counts.max())))
