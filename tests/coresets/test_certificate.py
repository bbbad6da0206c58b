"""The exact certificate of ridge regression against brute force, and the worst k-means query that a search finds."""

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import kmeans as naive
from reference import ridge as reference

from ddcore.coresets.clustering import d2_sampling
from ddcore.coresets.subsets import KMeansCost, RidgeCost, certificate, kmeans_cost, sensitivity_coreset
from ddcore.errors import BadInput
from ddcore.progress import Stopped
from ddcore.ridge.leverage import centred_targets, ridge_terms

SHAPES = [(40, 6), (12, 12), (9, 25)]


def some(count, width, classes=3, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    return rng.normal(size=(count, width)) + labels[:, None], centred_targets(labels, classes)


def subsets(features, targets, rng):
    """Drawn, and chosen to be bad: one class, one point, the least important ones, none, all, a point many times."""
    count = len(features)
    scores = sum(ridge_terms(features, targets, 0.5).values())
    yield sensitivity_coreset(scores, 8, rng)
    yield sensitivity_coreset(np.ones(count), 50, rng)
    yield np.flatnonzero(targets[:, 0] > 0), np.full(int((targets[:, 0] > 0).sum()), 3.0)
    yield np.array([2]), np.array([float(count)])
    yield np.argsort(scores)[:3], np.full(3, count / 3)
    yield np.zeros(0, np.int64), np.zeros(0)
    yield np.arange(count), np.ones(count)
    yield np.array([1, 1, 4, 1]), np.array([1.0, 2.0, 0.0, 0.5])


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("ridge", [0.0, 0.5, 100.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_certificate_is_the_generalised_eigenvalue(shape, ridge, weighted):
    """Over all of R^(D+K), where the cost is not 0 (centred labels sum to 0; ridge 0 may leave more directions)."""
    features, targets = some(*shape)
    weights = np.random.default_rng(1).exponential(size=len(features)) if weighted else None
    cost = RidgeCost(features, targets, ridge, weights)
    for indices, subset in subsets(features, targets, np.random.default_rng(2)):
        expected = reference.certificate(features, targets, ridge, indices, subset, weights)
        assert cost.certificate(indices, subset) == pytest.approx(expected, rel=1e-8, abs=1e-8)
        if not weighted:
            assert certificate(features, targets, ridge, indices, subset) == cost.certificate(indices, subset)


@settings(deadline=None, derandomize=True, max_examples=25)
@given(st.integers(3, 12), st.integers(1, 5), st.sampled_from([0.01, 1.0]), st.integers(1, 3), st.integers(0, 10**6))
def test_no_query_is_worse_and_one_is_as_bad(count, width, ridge, coarse, seed):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(count, width)).round(coarse)
    targets = centred_targets(rng.integers(0, 3, count), 3)
    indices, weights = sensitivity_coreset(rng.exponential(size=count), 5, rng)
    full, part = reference.quadratic_forms(features, targets, ridge, indices, weights, np.ones(count))
    eps = certificate(features, targets, ridge, indices, weights)

    def error(v):
        return abs(v @ (part - full) @ v) / (v @ full @ v)

    best = 0.0
    for _ in range(8):
        start = rng.normal(size=width + 3)
        start[width:] -= start[width:].mean()
        if start @ full @ start > 1e-9:
            climbed = scipy.optimize.minimize(lambda v: -error(v), start, method="BFGS", options={"gtol": 1e-9}).x
            best = max(best, error(start), error(climbed) if climbed @ full @ climbed > 1e-9 else 0.0)
    assert best <= eps * (1 + 1e-6)
    assert best >= 0.98 * eps


def test_certificate_covers_every_class_and_every_fit():
    features, targets = some(40, 6)
    indices, weights = sensitivity_coreset(np.ones(40), 30, np.random.default_rng(0))
    eps = certificate(features, targets, 0.5, indices, weights)
    singles = [certificate(features, targets[:, [c]], 0.5, indices, weights) for c in range(3)]
    assert max(singles) <= eps * (1 + 1e-12)
    rng = np.random.default_rng(1)
    for _ in range(50):
        w = rng.normal(size=(6, 3)) * rng.choice([0.1, 1.0])
        losses = ((features @ w - targets) ** 2).sum(axis=1)
        penalty = 0.5 * (w**2).sum()
        assert abs(weights @ losses[indices] - losses.sum()) <= eps * (losses.sum() + penalty) * (1 + 1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_worst_query_attains_the_certificate(shape):
    features, targets = some(*shape)
    cost = RidgeCost(features, targets, 0.5)
    scores = sum(ridge_terms(features, targets, 0.5).values())
    for indices, weights in subsets(features, targets, np.random.default_rng(3)):
        eps, shares = cost.worst_query(indices, weights)
        assert eps == pytest.approx(cost.certificate(indices, weights), rel=1e-9, abs=1e-12)
        assert shares.shape == (len(features),) and shares.min() >= 0 and shares.sum() <= 1 + 1e-9
        assert np.all(shares <= scores * (1 + 1e-9))
        assert abs(weights @ shares[indices] - shares.sum()) == pytest.approx(eps, rel=1e-9, abs=1e-9)


def test_weights_of_the_cost_count_copies():
    features, targets = some(20, 4)
    copies = 1 + np.arange(20) % 3
    place = np.repeat(np.arange(20), copies)
    indices, weights = np.array([0, 1, 2, 7]), np.array([2.0, 5.0, 1.0, 9.0])
    twins = np.flatnonzero(np.isin(place, indices))
    twin_weights = weights[np.searchsorted(indices, place[twins])]
    weighted, plain = RidgeCost(features, targets, 1.0, copies), RidgeCost(features[place], targets[place], 1.0)
    assert weighted.certificate(indices, weights) == pytest.approx(plain.certificate(twins, twin_weights), rel=1e-9)
    assert weighted.effective_dimension == pytest.approx(plain.effective_dimension, rel=1e-9)
    shares = plain.worst_query(twins, twin_weights)[1]
    np.testing.assert_allclose(
        weighted.worst_query(indices, weights)[1], np.bincount(place, weights=shares), rtol=1e-6, atol=1e-9
    )


def test_effective_dimension_is_the_sum_of_the_leverages():
    for shape in SHAPES:
        features, targets = some(*shape)
        expected = ridge_terms(features, targets, 2.0)["leverage"].sum()
        assert RidgeCost(features, targets, 2.0).effective_dimension == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("ridge", [0.0, 1.0])
@pytest.mark.parametrize("features", [np.zeros((6, 3)), np.ones((6, 3)), np.ones((6, 9)), np.ones((1, 1))])
def test_degenerate_data_have_a_certificate(features, ridge):
    for targets in (np.zeros((len(features), 2)), centred_targets(np.zeros(len(features), np.int64), 2)):
        cost = RidgeCost(features, targets, ridge)
        rows = np.arange(len(features))
        assert cost.certificate(rows, np.ones(len(rows))) == pytest.approx(0, abs=1e-9)
        doubled = reference.certificate(features, targets, ridge, rows, np.full(len(rows), 2.0))
        assert cost.certificate(rows, np.full(len(rows), 2.0)) == pytest.approx(doubled, abs=1e-9)
        assert np.isfinite(cost.worst_query(rows[:1], np.ones(1))[1]).all()


def test_impossible_subsets_are_refused():
    cost = RidgeCost(*some(9, 2), 1.0)
    for indices, weights, message in [
        ([9], [1.0], "Point 9 is not one of the 9 points"),
        ([-1], [1.0], "Point -1 is not one of the 9 points"),
        ([3, -2], [1.0, 1.0], "Point -2 is not one of the 9 points"),
        ([1, 2], [1.0], "1 weights do not fit 2 points"),
        ([1], [-1.0], "may not be negative"),
        ([1], [np.nan], "may not be negative"),
    ]:
        with pytest.raises(BadInput, match=message):
            cost.certificate(np.array(indices), np.array(weights))
    with pytest.raises(BadInput, match="k=0 is not allowed"):
        KMeansCost(np.ones((4, 2)), 0)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_the_worst_found_is_attained_and_worse_than_chance(k):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(300, 4)) + 8 * rng.integers(0, 3, (300, 1))
    indices, weights = sensitivity_coreset(np.ones(300), 40, rng)
    eps, centers = KMeansCost(points, k).worst_found(indices, weights, np.random.default_rng(1))
    assert centers.shape == (k, 4) and centers.dtype == np.float64

    def error(query):
        full, part = kmeans_cost(points, query), kmeans_cost(points[indices], query, weights)
        return abs(part / full - 1)

    assert eps == pytest.approx(error(centers), rel=1e-9)
    assert eps == pytest.approx(abs(naive.cost(points[indices], centers, weights) / naive.cost(points, centers) - 1))
    chance = [points[rng.integers(300, size=k)] for _ in range(50)]
    seeded = [points[row] for row in d2_sampling(points, k, rng, draws=50)[0]]
    assert eps >= max(error(query) for query in chance + seeded)


def test_a_subset_that_misses_a_group_is_caught():
    points = np.random.default_rng(0).normal(size=(200, 3))
    points[:20] += 100
    indices, weights = np.arange(20, 200), np.full(180, 200 / 180)
    eps, _ = KMeansCost(points, 2).worst_found(indices, weights, np.random.default_rng(0))
    assert eps > 0.9


def test_all_points_are_a_perfect_subset_and_a_wrong_total_is_seen():
    points = np.random.default_rng(0).normal(size=(100, 3))
    cost = KMeansCost(points, 4)
    assert cost.worst_found(np.arange(100), np.ones(100), np.random.default_rng(0))[0] == pytest.approx(0, abs=1e-12)
    assert cost.worst_found(np.arange(100), np.full(100, 1.5), np.random.default_rng(0))[0] == pytest.approx(0.5)
    assert cost.worst_found(np.zeros(0, np.int64), np.zeros(0), np.random.default_rng(0))[0] == 1


@pytest.mark.parametrize("k", [1, 3, 10])
@pytest.mark.parametrize(
    "points", [np.full((6, 3), 7.0), np.ones((1, 2)), np.repeat(np.eye(3), 4, axis=0), np.eye(4, dtype=np.float32)]
)
def test_degenerate_points_give_a_number(points, k):
    indices, weights = np.array([0, len(points) - 1]), np.full(2, len(points) / 2)
    eps, centers = KMeansCost(points, k).worst_found(indices, weights, np.random.default_rng(0))
    assert np.isfinite(eps) and eps >= 0
    assert centers.shape == (k, points.shape[1]) and np.isfinite(centers).all()


def test_the_search_tells_where_it_is_and_can_be_stopped():
    points = np.random.default_rng(0).normal(size=(200, 3))
    coreset = sensitivity_coreset(np.ones(200), 20, np.random.default_rng(0))
    cost, seen = KMeansCost(points, 3), []
    cost.worst_found(*coreset, np.random.default_rng(5), lambda done, total, note="": seen.append((done, total)))
    assert [done for done, _ in seen] == list(range(seen[0][1])) and len({total for _, total in seen}) == 1

    def stop(done, total, note=""):
        raise Stopped

    with pytest.raises(Stopped):
        cost.worst_found(*coreset, np.random.default_rng(5), stop)


def test_the_generator_decides():
    points = np.random.default_rng(0).normal(size=(200, 3))
    indices, weights = sensitivity_coreset(np.ones(200), 20, np.random.default_rng(0))
    cost = KMeansCost(points, 3)
    first, again = (cost.worst_found(indices, weights, np.random.default_rng(5)) for _ in range(2))
    assert first[0] == again[0]
    np.testing.assert_array_equal(first[1], again[1])
