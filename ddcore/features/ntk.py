"""Nystroem features of the neural tangent kernel: what KIP's kernel sees of an image.

The kernel is that of `ddcore.ridge.kernels` with one hidden layer; landmarks are drawn uniformly (see
`ddcore.features.nystroem`).
"""

import numpy as np
import torch

from ddcore.features.nystroem import features_at, uniform_landmarks
from ddcore.progress import Progress, silent
from ddcore.ridge.kernels import ntk


def ntk_features(
    points: np.ndarray, num_features: int, rng: np.random.Generator, progress: Progress = silent
) -> np.ndarray:
    """(N, D) float32 of `points` (N, d), D <= min(num_features, N)."""
    return features_at(points, uniform_landmarks(points, num_features, rng), _ntk, progress)


def _ntk(x: np.ndarray, z: np.ndarray) -> np.ndarray:
    left, right = (torch.as_tensor(rows.astype(np.float64)) for rows in (x, z))
    return ntk(left, right).numpy()
