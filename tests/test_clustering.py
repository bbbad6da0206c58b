import numpy as np
import pytest
from reference import kmeans as reference

from ddcore.clustering import _pick, d2_sampling, nearest_centers, weighted_kmeans


def test_pick_follows_the_mass_exactly():
    mass = np.array([0, 3, 0, 5, 2, 0.0])
    grid = (np.arange(10) + 0.5) / 10
    counts = np.bincount([_pick(mass, u) for u in grid], minlength=6)
    np.testing.assert_array_equal(counts, mass)
    assert _pick(mass, np.nextafter(1, 0)) == 4
    assert _pick(mass, 0.0) == 1


def test_every_draw_reports_the_cost_of_its_own_centres():
    points = np.random.default_rng(0).normal(size=(80, 6)).astype(np.float32)
    draws, costs = d2_sampling(points, 5, np.random.default_rng(1), draws=3)
    assert draws.shape == (3, 5)
    for chosen, cost in zip(draws, costs, strict=True):
        assert len(set(chosen)) == 5
        assert cost == pytest.approx(reference.cost(points, points[chosen]), rel=1e-5)
    assert len({tuple(chosen) for chosen in draws}) == 3


def test_second_centre_follows_squared_distances_times_weights():
    """Of three points on a line the law of the second centre is known: compared over a grid of random numbers."""

    class Grid:
        def __init__(self, second):
            self.numbers = iter([0.0, second])

        def random(self):
            return next(self.numbers)

    points, weights = np.array([[0.0], [1.0], [3.0]]), np.array([1.0, 2.0, 1.0])
    second = [d2_sampling(points, 2, Grid((i + 0.5) / 11), weights=weights)[0][0, 1] for i in range(11)]
    np.testing.assert_array_equal(np.bincount(second, minlength=3), [0, 2, 9])


@pytest.mark.parametrize("offset", [0, 1000])
def test_float32_duplicates_are_never_two_centres(offset):
    base = np.random.default_rng(0).normal(size=(7, 200)) + offset
    points = np.repeat(base.astype(np.float32), 30, axis=0)
    draws, costs = d2_sampling(points, 50, np.random.default_rng(0), draws=4)
    assert draws.shape == (4, 7)
    np.testing.assert_array_equal(costs, 0)


def test_nearest_centre_is_the_first_of_equals():
    nearest, distances = nearest_centers(np.array([[0.0], [2.0], [1.0]]), np.array([[2.0], [0.0], [2.0]]))
    np.testing.assert_array_equal(nearest, [1, 0, 0])
    np.testing.assert_array_equal(distances, [0, 0, 1])


def test_weighted_kmeans_reaches_scikit_learns_cost():
    from sklearn.cluster import KMeans

    rng = np.random.default_rng(0)
    points = (rng.normal(size=(5, 3)) * 10)[rng.integers(5, size=200)] + rng.normal(size=(200, 3))
    weights = rng.exponential(size=200)
    ours = weighted_kmeans(points, weights, 5, np.random.default_rng(1))
    theirs = KMeans(5, n_init=10, random_state=0).fit(points, sample_weight=weights)
    assert weights @ nearest_centers(points, ours)[1] <= theirs.inertia_ * 1.001


def test_a_weight_counts_a_point_that_often():
    points = np.array([[0.0], [1.0], [10.0]])
    centers = weighted_kmeans(points, np.array([3.0, 1.0, 1.0]), 2, np.random.default_rng(0))
    np.testing.assert_allclose(np.sort(centers.ravel()), [0.25, 10])


def test_fewer_distinct_points_than_centres():
    centers = weighted_kmeans(np.ones((6, 2)), np.ones(6), 4, np.random.default_rng(0))
    np.testing.assert_array_equal(centers, [[1, 1]])
