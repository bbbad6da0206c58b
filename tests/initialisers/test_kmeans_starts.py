"""k-means on a coreset and on everything."""

import numpy as np
import pytest
from reference.kmeans import cost

from ddcore.initialisers import INITIALISERS
from ddcore.initialisers.solving import coreset_medoids


@pytest.mark.parametrize("name", ["kmeans-coreset", "kmeans-medoids"])
@pytest.mark.parametrize("ipc", [1, 10])
def test_digits_are_covered_better_than_by_random_images(digits_train, name, ipc):
    few = {"coreset_size": 100} if name == "kmeans-coreset" else {}
    reports = [INITIALISERS.make(name, **few).start(digits_train, ipc, seed).report for seed in range(3)]
    assert np.mean([report["cost_ratio"] for report in reports]) < 0.9


def test_solving_on_a_coreset_costs_little_more_than_solving_on_all(digits_train):
    small = INITIALISERS.make("kmeans-coreset", coreset_size=100).start(digits_train, 5, seed=0).report["cost"]
    everything = INITIALISERS.make("kmeans-medoids").start(digits_train, 5, seed=0).report["cost"]
    assert small < 1.1 * everything


def test_a_coreset_as_large_as_the_class_is_the_class(digits_train):
    """Then both solve the same problem; only the seeds of k-means differ."""
    whole = INITIALISERS.make("kmeans-coreset", coreset_size=100_000).start(digits_train, 1, seed=0)
    np.testing.assert_array_equal(
        whole.indices, INITIALISERS.make("kmeans-medoids").start(digits_train, 1, seed=0).indices
    )


def test_medoids_find_the_best_images_of_an_easy_class(line):
    train = line(0, 10, 20, 100, 110, 121)
    made = INITIALISERS.make("kmeans-medoids").start(train, 2, seed=0)
    assert set(made.indices.tolist()) == {1, 4}
    assert made.report["cost"] * 6 == pytest.approx(cost(train.pixels, train.pixels[[1, 4]]), rel=1e-5)


def test_the_coreset_counts_by_its_weights():
    """Ten far points of a thousand make up nine tenths of the coreset and still a hundredth of its k-means."""
    points = np.concatenate([np.linspace(-1, 1, 990), np.full(10, 20.0)])[:, None]
    scores = np.concatenate([np.ones(990), np.full(10, 891.0)])
    for seed in range(5):
        [chosen] = coreset_medoids(points, lambda: scores, 400, 1, np.random.default_rng(seed))
        assert abs(points[chosen, 0]) < 1  # the mean of all is 0.2, that of the draws 18
