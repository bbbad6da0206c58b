import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddcore.initialisers import INITIALISERS
from ddcore.initialisers.herding import herded


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 12), width=st.integers(1, 5), count=st.integers(1, 12))
def test_herding_is_its_rule(seed, n, width, count):
    """Image by image as the rule reads; of two equally near ones either may come."""
    features = np.random.default_rng(seed).normal(size=(n, width))
    mean, chosen = features.mean(axis=0), herded(features, min(count, n)).tolist()
    assert len(set(chosen)) == min(count, n)
    for t, taken in enumerate(chosen):
        total = features[chosen[:t]].sum(axis=0)
        lengths = {j: np.linalg.norm((t + 1) * mean - total - features[j]) for j in set(range(n)) - set(chosen[:t])}
        assert lengths[taken] == pytest.approx(min(lengths.values()), abs=1e-9)


def test_the_nearest_not_the_farthest_image_comes_first(line):
    made = INITIALISERS.make("herding").start(line(0, 90, 100, 255), 1, seed=0)
    assert made.indices.tolist() == [2]  # the mean is 111


def test_the_mean_of_the_chosen_comes_near_that_of_the_class(digits_train):
    herding, random = (INITIALISERS.make(name).start(digits_train, 10, seed=0) for name in ("herding", "random"))

    def distance(made):
        points = digits_train.pixels
        means = [
            points[digits_train.labels == c].mean(0) - points[made.indices[10 * c :][:10]].mean(0) for c in range(10)
        ]
        return np.square(means).sum()

    assert distance(herding) < 0.2 * distance(random)


def test_features_may_be_chosen(digits_train):
    pixels = INITIALISERS.make("herding").start(digits_train, 3, seed=0)
    for kind in ("pca", "rff"):
        other = INITIALISERS.make("herding", seen_in=kind, num_features=8).start(digits_train, 3, seed=0)
        assert not np.array_equal(pixels.indices, other.indices)
    same = INITIALISERS.make("herding", seen_in="pca", num_features=64).start(digits_train, 3, seed=0)
    assert np.mean(np.isin(same.indices, pixels.indices)) == pytest.approx(1)  # a rotation, up to the common mean
