import itertools

import numpy as np
import pytest

from ddcore.initialisers import INITIALISERS
from ddcore.initialisers.sensitivity import _without_replacement
from ddcore.randomness import numpy_generator


def test_raw_sample_follows_successive_draws():
    """Against the law written out: P(a, b) = p_a p_b / (1 - p_a)."""
    scores = np.array([1.0, 2.0, 5.0])
    counts = dict.fromkeys(itertools.permutations(range(3), 2), 0)
    rng, rounds = np.random.default_rng(0), 20_000
    for _ in range(rounds):
        counts[tuple(_without_replacement(scores, 2, rng).tolist())] += 1
    law = scores / scores.sum()
    for (a, b), count in counts.items():
        expected = law[a] * law[b] / (1 - law[a])
        assert count / rounds == pytest.approx(expected, abs=4 * np.sqrt(expected / rounds))


def test_images_of_score_zero_come_last_and_alike():
    rng = np.random.default_rng(0)
    last = np.zeros(4)
    for _ in range(300):
        drawn = _without_replacement(np.array([0, 1e-200, 0, 1e90]), 3, rng)
        assert set(drawn[:2].tolist()) == {1, 3} and drawn[0] == 3
        last[drawn[2]] += 1
    assert last[[0, 2]].min() > 100


def test_scores_of_another_class_do_not_matter(digits_train):
    scores = np.ones(len(digits_train.labels))
    before = INITIALISERS.make("sensitivity").start(digits_train, 2, 0, scores)
    scores[digits_train.labels == 4] = np.random.default_rng(0).random((digits_train.labels == 4).sum())
    after = INITIALISERS.make("sensitivity").start(digits_train, 2, 0, scores)
    same = before.classes != 4
    np.testing.assert_array_equal(before.indices[same], after.indices[same])
    assert not np.array_equal(before.indices[~same], after.indices[~same])


@pytest.mark.parametrize("ipc", [1, 6])
def test_weights_are_one_over_the_probability_of_mean_one_in_each_class(digits_train, ipc):
    scores = np.random.default_rng(1).random(len(digits_train.labels)) + 0.01
    made = INITIALISERS.make("sensitivity", weighted=True).start(digits_train, ipc, 3, scores)
    assert made.weights.shape == (10 * ipc,) and (made.weights > 0).all()
    np.testing.assert_allclose(made.weights.reshape(10, ipc).mean(axis=1), 1)
    products = (made.weights * scores[made.indices]).reshape(10, ipc)
    np.testing.assert_allclose(products, np.broadcast_to(products[:, :1], products.shape))
    np.testing.assert_array_equal(made.images, digits_train.normalised(made.indices))


def test_weighted_sample_is_drawn_with_replacement_by_the_scores(line):
    train, counts = line(1, 2, 3, 4), np.zeros(4)
    repeated = 0
    for seed in range(500):
        made = INITIALISERS.make("sensitivity", weighted=True).start(train, 2, seed, np.array([0, 1, 2, 5.0]))
        counts += np.bincount(made.indices, minlength=4)
        repeated += made.indices[0] == made.indices[1]
    np.testing.assert_allclose(counts / 1000, [0, 1 / 8, 2 / 8, 5 / 8], atol=0.06)
    assert repeated > 100
    assert made.report["certificate"] >= 0


def test_streams_are_those_of_the_seed(line):
    """Whatever else drew before: the generator of (seed, class) alone decides."""
    train, scores = line(1, 2, 3, 4, 5), np.arange(5.0)
    drawn = INITIALISERS.make("sensitivity").start(train, 3, 9, scores).indices
    expected = _without_replacement(scores, 3, numpy_generator(9, "init-sensitivity", 0))
    np.testing.assert_array_equal(drawn, expected)
