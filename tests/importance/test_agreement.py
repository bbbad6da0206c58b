"""Agreement of scores, against SciPy, scikit-learn and orders counted one by one."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata, spearmanr
from sklearn.metrics import average_precision_score, precision_recall_curve

from ddcore.errors import BadInput
from ddcore.importance.agreement import (
    average_precision,
    precision_recall,
    ranks,
    spearman,
    spearman_matrix,
    top_overlap,
)

few_values = st.integers(0, 4).map(float)  # so that ties are common
pairs = st.lists(st.tuples(few_values, few_values), min_size=2, max_size=30).map(lambda rows: np.array(rows).T)
quick = settings(deadline=None, derandomize=True, max_examples=60)


@quick
@given(st.lists(few_values | st.floats(-5, 5), min_size=1, max_size=40).map(np.array))
def test_ranks_are_those_of_scipy_from_the_highest(scores):
    np.testing.assert_array_equal(ranks(scores), rankdata(-scores))


@quick
@given(pairs)
def test_spearman_is_that_of_scipy(pair):
    a, b = pair
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        assert np.isnan(spearman(a, b))
    else:
        assert spearman(a, b) == pytest.approx(spearmanr(a, b).statistic, abs=1e-12)


def test_spearman_sees_ranks_only():
    scores = np.random.default_rng(0).random(50)
    assert spearman(scores, np.exp(9 * scores)) == 1 and spearman(scores, -(scores**3)) == -1


def mean_overlap_over_orders(a, b, count):
    """Every order of equal scores is equally likely, in both scores apart: the mean overlap of the tops."""

    def tops(scores):
        for order in permutations(range(len(scores))):
            if all(scores[i] >= scores[j] for i, j in zip(order, order[1:], strict=False)):
                yield set(order[:count])

    return np.mean([len(x & y) / count for x in tops(a) for y in tops(b)])


@quick
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=4, max_size=5), st.integers(1, 4))
def test_overlap_is_the_mean_over_all_orders_of_equal_scores(rows, count):
    a, b = np.array(rows, float).T
    overlap, chance = top_overlap(a, b, count / len(rows))
    assert overlap == pytest.approx(mean_overlap_over_orders(a, b, count))
    assert chance == count / len(rows)


def test_overlap_of_equal_opposite_and_indifferent_scores():
    scores = np.arange(20.0)
    assert top_overlap(scores, scores, 0.25) == (1, 0.25)
    assert top_overlap(scores, -scores, 0.25) == (0, 0.25)
    assert top_overlap(scores, np.ones(20), 0.25) == (0.25, 0.25), "a score that says nothing agrees by chance only"
    assert top_overlap(scores, scores, 0.001) == (1, 1 / 20), "at least one image"
    assert top_overlap(scores, -scores, 1.0) == (1, 1)


planted_scores = st.lists(st.tuples(few_values, st.booleans()), min_size=1, max_size=30).filter(
    lambda rows: any(planted for _, planted in rows)
)


@quick
@given(planted_scores)
def test_finding_what_was_planted_is_that_of_scikit_learn(rows):
    scores, planted = (np.array(column) for column in zip(*rows, strict=True))
    recall, precision = precision_recall(scores, planted)
    their_precision, their_recall, thresholds = precision_recall_curve(planted, scores)
    np.testing.assert_allclose(recall, their_recall[: len(thresholds)][::-1])
    np.testing.assert_allclose(precision, their_precision[: len(thresholds)][::-1])
    assert average_precision(scores, planted) == pytest.approx(average_precision_score(planted, scores))


def test_average_precision_of_the_best_and_of_nothing():
    planted = np.arange(50) < 5
    assert average_precision(planted.astype(float), planted) == 1
    assert average_precision(np.ones(50), planted) == pytest.approx(0.1)


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(BadInput, match=r"shapes \(3,\) and \(2,\)"):
        spearman(np.ones(3), np.ones(2))
    with pytest.raises(BadInput, match="one number per image"):
        top_overlap(np.ones((2, 2)), np.ones((2, 2)), 0.5)
    with pytest.raises(BadInput, match=r"share=0 is not allowed; choose a number above 0 and up to 1"):
        top_overlap(np.ones(3), np.ones(3), 0)
    with pytest.raises(BadInput, match="None of the images is marked as planted"):
        average_precision(np.ones(3), np.zeros(3, bool))


def test_the_matrix_of_correlations_is_that_of_every_two_scores():
    rng = np.random.default_rng(0)
    scores = np.array([rng.random(40), rng.integers(0, 4, 40), np.ones(40)])
    found = spearman_matrix(scores)
    for i, one in enumerate(scores):
        for j, other in enumerate(scores):
            np.testing.assert_allclose(found[i, j], spearman(one, other), atol=1e-12)
    assert np.isnan(found[2]).all()
