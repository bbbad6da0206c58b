"""Recursive ridge-leverage sampling (Musco & Musco 2017) against leverages of the full kernel matrix."""

import numpy as np
import pytest

from ddcore.errors import BadInput
from ddcore.features import leverage_sampling
from ddcore.features.leverage_sampling import (
    estimated_leverages,
    keep_probabilities,
    recursive_leverage_sample,
    tail_ridge,
)
from ddcore.features.nystroem import landmark_features
from ddcore.features.rbf_kernel import rbf

BANDWIDTH = 2.0


def crowd_and_outpost(crowd=900, outpost=12, seed=0, spread=3.0):
    """Many points in one place, a few of some `spread` far from them."""
    rng = np.random.default_rng(seed)
    near, far = rng.normal(size=(crowd, 3)) * 0.5, rng.normal(size=(outpost, 3)) * spread + 30
    return np.concatenate([near, far]).astype(np.float32)


def true_leverages(points, ridge):
    full = rbf(points, points, BANDWIDTH)
    return np.diag(full @ np.linalg.inv(full + ridge * np.eye(len(full))))


def nystroem_error(points, landmarks):
    phi = landmark_features(points, points[landmarks], BANDWIDTH).astype(np.float64)
    return np.linalg.norm(rbf(points, points, BANDWIDTH) - phi @ phi.T, 2)


def test_seen_through_every_point_the_estimate_is_the_leverage():
    points, everyone = crowd_and_outpost(100, 5), np.arange(105)
    estimates = estimated_leverages(points, everyone, everyone, np.ones(105), 0.1, BANDWIDTH)
    np.testing.assert_allclose(estimates, true_leverages(points, 0.1), atol=1e-9)


def test_seen_through_some_points_no_estimate_is_too_small():
    points = crowd_and_outpost(200, 8)
    exact, everyone, sample = true_leverages(points, 0.1), np.arange(208), np.arange(0, 208, 3)
    estimates = estimated_leverages(points, everyone, sample, np.ones(len(sample)), 0.1, BANDWIDTH)
    assert (estimates >= exact * (1 - 1e-9)).all()
    assert np.abs(estimates - exact).max() > 0.1


def test_the_recursions_estimates_bound_the_leverages_and_are_of_their_order(monkeypatch):
    """The last level's estimates, read where the sampler makes them."""
    levels = []

    def remembered(points, members, sample, weights, ridge, bandwidth, progress):
        levels.append((members, ridge, estimated_leverages(points, members, sample, weights, ridge, bandwidth)))
        return levels[-1][-1]

    monkeypatch.setattr(leverage_sampling, "estimated_leverages", remembered)
    points = crowd_and_outpost()
    for seed in range(5):
        recursive_leverage_sample(points, 60, BANDWIDTH, np.random.default_rng(seed))
        members, ridge, estimates = levels[-1]
        exact = true_leverages(points, ridge)[members]
        assert len(members) == len(points)
        assert (estimates >= exact / 2).all()
        assert estimates.sum() <= 6 * exact.sum()
    assert [len(members) for members, *_ in levels[:4]] == [114, 228, 456, 912]


def test_ridge_is_the_mean_of_what_the_leading_eigenvalues_leave():
    full = rbf(crowd_and_outpost(50, 5), crowd_and_outpost(50, 5), BANDWIDTH)
    values = np.sort(np.linalg.eigvalsh(full))[::-1]
    assert tail_ridge(full, 4) == pytest.approx(values[4:].sum() / 4)
    assert tail_ridge(np.ones((5, 5)), 2) == 1e-6
    assert tail_ridge(np.ones((2, 2)), 2) == 1e-6


def test_a_level_keeps_points_by_the_formula():
    """min(1, tau ln s) with k = ceil(s / (4 ln s)) = 3 for s = 40, through a weighted sample."""
    points, sample = crowd_and_outpost(60, 5), np.arange(0, 65, 3)
    weight = np.diag(1 + sample / 50)
    seen = weight @ rbf(points[sample], points[sample], BANDWIDTH) @ weight
    ridge = np.sort(np.linalg.eigvalsh(seen))[::-1][3:].sum() / 3
    cross = rbf(points, points[sample], BANDWIDTH) @ weight
    leverages = (1 - np.diag(cross @ np.linalg.inv(seen + ridge * np.eye(len(sample))) @ cross.T)) / ridge
    expected = np.minimum(1, leverages * np.log(40))
    assert (expected == 1).any() and (expected < 0.9).any()
    found = keep_probabilities(points, np.arange(65), sample, np.diag(weight), 40, BANDWIDTH)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_the_error_is_comparable_to_that_of_landmarks_drawn_by_exact_leverages():
    points, s = crowd_and_outpost(500, 40, spread=1.5), 40
    full = rbf(points, points, BANDWIDTH)
    exact = true_leverages(points, tail_ridge(full, 3))
    recursive, direct = [], []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        recursive.append(nystroem_error(points, recursive_leverage_sample(points, s, BANDWIDTH, rng)))
        direct.append(nystroem_error(points, rng.choice(len(points), s, replace=False, p=exact / exact.sum())))
    assert np.mean(recursive) < 1.5 * np.mean(direct)


def test_beats_uniform_landmarks_where_a_small_cluster_lies_far_away():
    """Uniform landmarks miss 9 of 909 points in half of the draws; the error is then the whole cluster."""
    points = crowd_and_outpost(outpost=9, spread=0.2)
    by_leverage, uniform = [], []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        landmarks = recursive_leverage_sample(points, 50, BANDWIDTH, rng)
        assert (landmarks >= 900).any()
        by_leverage.append(nystroem_error(points, landmarks))
        uniform.append(nystroem_error(points, rng.choice(len(points), 50, replace=False)))
    assert max(by_leverage) < 0.5
    assert np.mean(by_leverage) < 0.2 * np.mean(uniform)


@pytest.mark.parametrize("s", [1, 2, 3, 40, 105, 500])
def test_landmarks_are_distinct_and_as_many_as_asked(s):
    points = crowd_and_outpost(100, 5)
    landmarks = recursive_leverage_sample(points, s, BANDWIDTH, np.random.default_rng(0))
    assert len(landmarks) == min(s, 105)
    assert (np.diff(landmarks) > 0).all()
    assert landmarks[0] >= 0
    assert landmarks[-1] < 105
    np.testing.assert_array_equal(landmarks, recursive_leverage_sample(points, s, BANDWIDTH, np.random.default_rng(0)))


@pytest.mark.parametrize("s", [1, 2, 5, 30])
def test_equal_points(s):
    """One direction only: samples of a level may come out empty, and no draw may fail."""
    for seed in range(20):
        landmarks = recursive_leverage_sample(np.ones((64, 3), np.float32), s, 1.0, np.random.default_rng(seed))
        assert len(set(landmarks)) == s


def test_the_final_draw_follows_the_rates():
    """Two points of rates 3 and 1: the first comes first in three of four draws."""
    rng = np.random.default_rng(0)
    first = [leverage_sampling._first(np.array([3.0, 1.0]), 1, rng)[0] == 0 for _ in range(4000)]
    assert np.mean(first) == pytest.approx(0.75, abs=0.03)


def test_no_landmark_is_refused():
    with pytest.raises(BadInput, match="0 landmarks"):
        recursive_leverage_sample(crowd_and_outpost(), 0, BANDWIDTH, np.random.default_rng(0))
