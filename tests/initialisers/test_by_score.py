import numpy as np
import pytest

from ddcore.initialisers import INITIALISERS


@pytest.mark.parametrize(("name", "sign"), [("easiest", 1), ("hardest", -1)])
def test_lowest_or_highest_scores_of_each_class(digits_train, name, sign):
    scores = np.random.default_rng(0).normal(size=len(digits_train.labels))  # of any sign and size
    made = INITIALISERS.make(name).start(digits_train, 3, seed=0, scores=scores)
    for label in range(10):
        members = np.flatnonzero(digits_train.labels == label)
        expected = members[np.argsort(sign * scores[members])[:3]]
        np.testing.assert_array_equal(made.indices[made.classes == label], expected)


@pytest.mark.parametrize("name", ["easiest", "hardest"])
def test_equal_scores_come_in_random_order(line, name):
    train, counts = line(1, 2, 3, 4), np.zeros(4)
    scores = np.array([5.0, 1, 1, 1]) * (1 if name == "easiest" else -1)
    for seed in range(300):
        counts[INITIALISERS.make(name).start(train, 1, seed, scores).indices] += 1
    assert counts[0] == 0 and counts[1:].min() > 60
