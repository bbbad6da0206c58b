import numpy as np
import pytest
from reference import kmeans as reference

from ddcore.coresets import clustering
from ddcore.coresets.clustering import _lloyd, _pick, d2_sampling, nearest_centers, nearest_distinct, weighted_kmeans


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


def test_runs_in_lockstep_are_the_runs_one_by_one():
    """Each against Lloyd's rule as it reads, until nothing changes."""
    rng = np.random.default_rng(3)
    points, weights = rng.normal(size=(60, 2)), rng.exponential(size=60)
    starts = np.stack([points[rng.choice(60, 4, replace=False)] for _ in range(3)])
    starts[2, 3] = 50.0  # far from everything: it loses all points and stays
    together = _lloyd(points, weights, starts)
    for start, found in zip(starts, together, strict=True):
        centers = start.copy()
        for _ in range(100):
            nearest = ((points[:, None] - centers) ** 2).sum(axis=2).argmin(axis=1)
            for c in set(nearest.tolist()):
                mine = nearest == c
                centers[c] = (weights[mine, None] * points[mine]).sum(axis=0) / weights[mine].sum()
        np.testing.assert_allclose(found, centers, atol=1e-12)
    np.testing.assert_array_equal(together[2, 3], [50, 50])


def test_centres_that_share_their_nearest_point_get_different_ones():
    points = np.array([[0.0], [5.0], [9.0], [9.5]])
    centers = np.array([[0.1], [-0.1]])
    rows = nearest_distinct(points, centers, 3, np.random.default_rng(0))
    assert set(rows[:2]) == {0, 1}
    assert rows[2] in (2, 3)


def test_different_points_are_nearest_in_total():
    """Against all assignments."""
    import itertools

    rng = np.random.default_rng(0)
    points, centers = rng.normal(size=(6, 2)), 0.1 * rng.normal(size=(3, 2))
    away = ((centers[:, None] - points) ** 2).sum(axis=2)
    best = min(itertools.permutations(range(6), 3), key=lambda rows: sum(away[c, r] for c, r in enumerate(rows)))
    assert tuple(nearest_distinct(points, centers, 3, rng)) == best


def test_of_several_runs_the_one_of_least_weighted_cost_is_kept(monkeypatch):
    points, weights = np.array([[0.0], [1.0], [10.0]]), np.array([1.0, 1.0, 100.0])
    runs = np.array([[[0.5]], [[9.0]], [[4.0]]])  # the second costs least by the weights, the third by the points
    monkeypatch.setattr(clustering, "_lloyd", lambda *arguments: runs)
    np.testing.assert_array_equal(weighted_kmeans(points, weights, 1, np.random.default_rng(0)), [[9.0]])
