import numpy as np
import pytest

from ddcore.features import kernel, rbf_kernel
from ddcore.features.kernel import kernel_features
from ddcore.features.nystroem import landmark_features, nystroem_features
from ddcore.features.rbf_kernel import rbf

POINTS = np.random.default_rng(0).normal(size=(60, 9)).astype(np.float32)
ROTATION = np.linalg.qr(np.random.default_rng(1).normal(size=(9, 9)))[0].astype(np.float32)


def gram(features):
    return features.astype(np.float64) @ features.T


def test_inner_products_are_the_nystroem_approximation():
    landmarks = POINTS[:20]
    across = rbf(POINTS, landmarks, 2.0)
    expected = across @ np.linalg.pinv(rbf(landmarks, landmarks, 2.0)) @ across.T
    np.testing.assert_allclose(gram(landmark_features(POINTS, landmarks, 2.0)), expected, atol=1e-5)


def test_exact_between_landmarks_and_never_longer_than_the_kernel_allows():
    phi = landmark_features(POINTS, POINTS[:20], 2.0)
    np.testing.assert_allclose(gram(phi[:20]), rbf(POINTS[:20], POINTS[:20], 2.0), atol=1e-5)
    lengths = np.diag(gram(phi))
    assert lengths.max() < 1 + 1e-5
    assert lengths[20:].min() < 0.9


def test_repeated_landmarks_add_no_features():
    once = landmark_features(POINTS, POINTS[:20], 2.0)
    twice = landmark_features(POINTS, np.tile(POINTS[:20], (2, 1)), 2.0)
    assert once.shape == twice.shape == (60, 20)
    np.testing.assert_allclose(gram(twice), gram(once), atol=1e-5)


def test_landmarks_are_drawn_without_replacement():
    phi = nystroem_features(POINTS, 60, 2.0, np.random.default_rng(0))
    np.testing.assert_allclose(gram(phi), rbf(POINTS, POINTS, 2.0), atol=1e-5)


def test_a_row_does_not_depend_on_the_chunk_it_is_in(monkeypatch):
    whole = landmark_features(POINTS, POINTS[:20], 2.0)
    monkeypatch.setattr(rbf_kernel, "_CHUNK", 100)
    np.testing.assert_allclose(landmark_features(POINTS, POINTS[:20], 2.0), whole, atol=1e-6)


@pytest.mark.parametrize("bandwidth", [0.3, 2.0, 50.0])
def test_small_sets_get_the_exact_kernel(bandwidth):
    phi = kernel_features(POINTS, 5, bandwidth, np.random.default_rng(0))
    np.testing.assert_allclose(gram(phi), rbf(POINTS, POINTS, bandwidth), atol=1e-5)
    assert phi.shape[1] <= 60


def test_digits_get_the_exact_kernel(digits):
    points = np.asarray(digits.train.images, np.float32).reshape(len(digits.train.labels), -1) / 16
    phi = kernel_features(points, 5, 3.0, np.random.default_rng(0))
    np.testing.assert_allclose(gram(phi), rbf(points, points, 3.0), atol=1e-5)


def test_an_exact_factor_is_no_larger_than_its_rank():
    phi = kernel_features(np.repeat(POINTS[:7], 4, axis=0), 5, 2.0, np.random.default_rng(0))
    assert phi.shape == (28, 7)


def test_rotating_the_points_changes_no_inner_product():
    for features in (kernel_features, nystroem_features):
        upright, turned = (features(x, 15, 2.0, np.random.default_rng(3)) for x in (POINTS, POINTS @ ROTATION))
        np.testing.assert_allclose(gram(turned), gram(upright), atol=1e-5)


def test_large_sets_get_landmarks_chosen_by_leverage(monkeypatch):
    monkeypatch.setattr(kernel, "LARGEST_EXACT", 59)
    phi = kernel_features(POINTS, 25, 2.0, np.random.default_rng(0))
    landmarks = kernel.recursive_leverage_sample(POINTS, 25, 2.0, np.random.default_rng(0))
    assert phi.shape == (60, 25)
    np.testing.assert_array_equal(phi, landmark_features(POINTS, POINTS[landmarks], 2.0))
