"""The NTK of one hidden layer as features: its Nystroem approximation, exact where every image is a landmark."""

import numpy as np
import torch

from ddcore.features.ntk import ntk_features
from ddcore.ridge.kernels import ntk

POINTS = np.random.default_rng(0).normal(size=(40, 9)).astype(np.float32)


def kernel(x, z):
    return ntk(torch.tensor(x).double(), torch.tensor(z).double()).numpy()


def gram(features):
    return features.astype(np.float64) @ features.T


def test_with_every_image_a_landmark_inner_products_are_the_kernel():
    np.testing.assert_allclose(
        gram(ntk_features(POINTS, 40, np.random.default_rng(0))), kernel(POINTS, POINTS), atol=1e-5
    )


def test_with_few_landmarks_they_are_the_nystroem_approximation():
    chosen = POINTS[np.random.default_rng(0).choice(40, 12, replace=False)]
    across = kernel(POINTS, chosen)
    expected = across @ np.linalg.pinv(kernel(chosen, chosen)) @ across.T
    features = ntk_features(POINTS, 12, np.random.default_rng(0))
    assert features.shape == (40, 12)
    np.testing.assert_allclose(gram(features), expected, atol=1e-5)
