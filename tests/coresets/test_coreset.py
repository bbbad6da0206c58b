import numpy as np
import pytest
from reference import kmeans as reference

from ddcore.coresets.subsets import kmeans_cost, sensitivity_coreset
from ddcore.errors import BadInput
from ddcore.importance.kmeans import kmeans_sensitivity


def test_weights_are_one_over_m_p():
    scores = np.array([1.0, 0, 3, 4])
    indices, weights = sensitivity_coreset(scores, 500, np.random.default_rng(0))
    assert indices.shape == weights.shape == (500,)
    assert 1 not in indices
    np.testing.assert_allclose(weights, 8 / (500 * scores[indices]))


def test_expected_weight_of_every_point_is_one():
    """E of a point's total weight is m * p * 1/(m p) = 1: checked from the weights returned, without sampling error."""
    scores = np.random.default_rng(1).exponential(size=20)
    indices, weights = sensitivity_coreset(scores, 2000, np.random.default_rng(2))
    law = scores / scores.sum()
    np.testing.assert_allclose(2000 * law[indices] * weights, 1, rtol=1e-12)


def test_zero_scores_one_point_and_one_draw():
    indices, weights = sensitivity_coreset(np.zeros(5), 10, np.random.default_rng(0))
    np.testing.assert_allclose(weights, 0.5)
    indices, weights = sensitivity_coreset(np.array([3.0]), 1, np.random.default_rng(0))
    assert (indices.tolist(), weights.tolist()) == ([0], [1.0])
    with pytest.raises(BadInput, match="A coreset of 0 points"):
        sensitivity_coreset(np.ones(5), 0, np.random.default_rng(0))


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_cost_equals_the_naive_sum(kind):
    rng = np.random.default_rng(0)
    points, weights = rng.normal(size=(60, 5)).astype(kind), rng.exponential(size=60)
    centers = points[:4] + 0.1
    assert kmeans_cost(points, centers) == pytest.approx(reference.cost(points, centers), rel=1e-12)
    assert kmeans_cost(points, centers, weights) == pytest.approx(reference.cost(points, centers, weights), rel=1e-12)
    assert kmeans_cost(points, points) == 0


def test_chunks_do_not_change_the_cost(monkeypatch):
    points = np.random.default_rng(0).normal(size=(50, 6))
    whole = kmeans_cost(points, points[:3])
    monkeypatch.setattr("ddcore.coresets.clustering._CHUNK", 7)
    assert kmeans_cost(points, points[:3]) == pytest.approx(whole, rel=1e-14)


def test_sensitivity_coreset_errs_less_than_a_uniform_one_where_few_points_carry_the_cost():
    points = np.random.default_rng(0).normal(size=(2000, 4))
    points[:5] += 300
    centers = points[10:12]
    full = kmeans_cost(points, centers)

    def mean_error(scores):
        draws = (sensitivity_coreset(scores, 1000, np.random.default_rng(seed)) for seed in range(20))
        return np.mean([abs(kmeans_cost(points[rows], centers, weights) / full - 1) for rows, weights in draws])

    sensitivities = sum(kmeans_sensitivity(points, 2, np.random.default_rng(3))[0].values())
    assert mean_error(sensitivities) < 0.6 * mean_error(np.ones(len(points)))
