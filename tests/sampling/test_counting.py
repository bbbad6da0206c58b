"""What counts of draws say, against definitions by hand."""

import numpy as np
import pytest

from ddcore.sampling.counting import effective_size, expected_counts, means_by_rank, share_of_top


def test_the_effective_size_is_how_many_images_share_the_draws():
    assert effective_size(np.full(7, 3)) == pytest.approx(7)
    assert effective_size(np.array([0, 9, 0])) == pytest.approx(1)
    assert effective_size(np.array([4, 4, 0, 0])) == pytest.approx(2)
    assert effective_size(np.zeros(5, int)) == 0
    large = np.full(60_000, 2**31)
    assert effective_size(large) == pytest.approx(60_000), "no overflow"


def test_the_share_of_the_top_is_that_of_the_highest_scores():
    scores, counts = np.arange(20.0), np.ones(20)
    counts[-2:] = 9
    assert share_of_top(counts, scores, 0.1) == pytest.approx(18 / 36)
    assert share_of_top(counts[::-1], scores, 0.1) == pytest.approx(2 / 36)
    assert share_of_top(np.zeros(20), scores, 0.1) == 0


@pytest.mark.parametrize("count", [7, 10, 1438])
def test_even_draws_give_the_top_its_own_share_whatever_the_scores(count):
    ties = np.random.default_rng(0).integers(0, 3, count)
    for scores in (np.ones(count), ties, np.arange(count)):
        assert share_of_top(np.full(count, 5), scores.astype(float), 0.1) == pytest.approx(0.1)


def test_what_is_expected_is_the_law_times_the_draws():
    counts, law = np.array([4, 0, 2, 6]), np.array([0.25, 0.75, 0.5, 0.5])
    assert expected_counts(counts, law, np.array([0, 0, 1, 1])).tolist() == [1, 3, 4, 4]
    assert expected_counts(counts, law / 2).tolist() == [1.5, 4.5, 3, 3]


def test_means_are_those_of_neighbouring_ranks():
    ranks, values = np.array([4, 1, 3, 2, 5]), np.array([40, 10, 30, 20, 50])
    at, means = means_by_rank(ranks, values, 2)
    assert at.tolist() == [2, 4.5] and means.tolist() == [20, 45]
    assert len(means_by_rank(ranks, values, 40)[0]) == 5
