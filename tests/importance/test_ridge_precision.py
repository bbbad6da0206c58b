"""Ridge scores and certificates where rounding could show: columns of very different size, labels almost fitted."""

import numpy as np
import pytest
from reference import ridge as reference

from ddcore.coresets.subsets import FixedRidgeCost, RidgeCost
from ddcore.errors import BadInput
from ddcore.ridge import gram
from ddcore.ridge.leverage import Whitening, centred_targets, ridge_terms

TARGETS = centred_targets(np.arange(500) % 3, 3)


def some(count, width, seed=0):
    return np.random.default_rng(seed).normal(size=(count, width))


def scores(*arguments):
    terms = ridge_terms(*arguments)
    return terms["leverage"] + terms["residual"]


def test_the_size_of_a_column_does_not_matter_without_a_ridge():
    features = some(500, 6)
    for size in (1e-8, 1e8, 1e12):
        found = ridge_terms(features * np.array([size, 1, 1, 1, 1, 1]), TARGETS, 0.0)
        for name, values in ridge_terms(features, TARGETS, 0.0).items():
            np.testing.assert_allclose(found[name], values, rtol=1e-9)


def test_far_from_the_origin_beside_a_constant_column():
    features, ones = some(500, 6).round(3), np.ones((500, 1))
    near = scores(np.hstack([features, ones]), TARGETS, 0.0)
    np.testing.assert_allclose(scores(np.hstack([features + 2.0**20, ones]), TARGETS, 0.0), near, rtol=1e-6)


@pytest.mark.parametrize("almost_fitted", [False, True])
def test_features_that_nearly_depend_on_one_another(almost_fitted):
    """Without a ridge an invertible change of features changes nothing, one of condition number 1e6 neither."""
    features = some(500, 6)
    targets = features[:, :1] + 1e-5 * some(500, 1, 3) if almost_fitted else TARGETS
    change = np.logspace(0, -6, 6)[:, None] * np.linalg.qr(some(6, 6, 1))[0]
    found = ridge_terms(features @ change, targets, 0.0)
    for name, values in ridge_terms(features, targets, 0.0).items():
        np.testing.assert_allclose(found[name], values, rtol=1e-6, atol=1e-9)


def test_fewer_points_than_features_are_each_fitted_alone():
    """Nine independent points, the smallest direction 1e-10 of the largest: every share reaches 1."""
    sizes = 10.0 ** (-10 * np.arange(9) / 8)
    rotation = np.linalg.qr(some(25, 25))[0][:9]
    mixing = np.linalg.qr(some(9, 9, 1))[0]
    terms = ridge_terms(mixing @ (sizes[:, None] * rotation), TARGETS[:9], 0.0)
    np.testing.assert_allclose(terms["leverage"], 1, rtol=1e-4)


@pytest.mark.parametrize("ridge", [0.0, 1e-4])
def test_labels_almost_fitted_in_single_precision(monkeypatch, ridge):
    """What is left of a label may be a millionth of it and still be one point's doing: no fit exceeds its score."""
    monkeypatch.setattr(gram, "_LARGE", 0)
    features = some(500, 8)
    features[:, :2] = 3 * TARGETS[:, :2] + 1e-4 * some(500, 2, 1)
    features[7, :2] += 0.01
    features = features.astype(np.float32)
    assert Whitening.of(features, some(500, 1), ridge).root.dtype == np.float32
    found, double = scores(features, TARGETS, ridge), features.astype(np.float64)
    np.testing.assert_allclose(found, scores(double, TARGETS, ridge), rtol=1e-4)
    w = reference.best_fit_for(7, double, TARGETS[:, 0], ridge)
    share = reference.shares(double, TARGETS[:, 0], ridge, w)[7]
    assert 0.1 < share <= found[7] * (1 + 1e-4) + 1 / 500


def test_a_certificate_does_not_depend_on_the_size_of_columns_without_a_ridge():
    features, rng = some(40, 8), np.random.default_rng(2)
    indices, weights = rng.integers(0, 40, 25), rng.exponential(size=25)
    expected = reference.certificate(features, TARGETS[:40], 0.0, indices, weights)
    sizes = np.array([1, 1, 1e9, 1e10, 1e9, 1e11, 1e9, 1e9])
    found = RidgeCost(features * sizes, TARGETS[:40], 0.0).certificate(indices, weights)
    assert found == pytest.approx(expected, rel=1e-8)


def test_a_fixed_cost_keeps_its_digits():
    """Six directions that no point sees, and a ridge of 1e-16 of what the others hold."""
    features, targets, subset = 2e6 * some(3, 9), np.zeros((3, 1)), (np.array([0, 2]), np.array([1.5, 2.0]))
    fixed = FixedRidgeCost(features, targets, 1e-3).certificate(features[subset[0]], targets[:2], subset[1])
    assert fixed == pytest.approx(1, abs=1e-6)  # the fit that is 0 on both and not on the third
    assert RidgeCost(features, targets, 1e-3).certificate(*subset) == pytest.approx(1, abs=1e-6)


def test_a_fixed_cost_whose_labels_are_fitted_up_to_rounding_is_refused():
    with pytest.raises(BadInput, match="ridge=1e-08 leaves nothing of the labels to judge by"):
        FixedRidgeCost(1e6 * some(8, 17), TARGETS[:8], 1e-8)
