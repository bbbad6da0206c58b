import itertools

import numpy as np
import pytest

from ddcore.initialisers import INITIALISERS
from ddcore.initialisers.k_center import farthest_first


def radius(points, chosen):
    return max(min(np.linalg.norm(x - points[c]) for c in chosen) for x in points)


@pytest.mark.parametrize("seed", range(5))
def test_within_twice_the_best_radius(seed):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(11, 2))
    best = min(radius(points, subset) for subset in itertools.combinations(range(11), 3))
    assert radius(points, farthest_first(points, 3, rng)) <= 2 * best


def test_every_image_is_the_farthest_of_those_left():
    points = np.random.default_rng(0).normal(size=(20, 3))
    chosen = farthest_first(points, 20, np.random.default_rng(1)).tolist()
    assert sorted(chosen) == list(range(20))
    for t in range(1, 20):
        away = [min(np.linalg.norm(x - points[c]) for c in chosen[:t]) for x in points]
        assert away[chosen[t]] == pytest.approx(max(away))


def test_the_first_image_is_drawn_uniformly():
    points = np.arange(4.0)[:, None]
    firsts = [farthest_first(points, 1, np.random.default_rng(seed))[0] for seed in range(400)]
    assert np.bincount(firsts, minlength=4).min() > 60


def test_distances_are_those_of_the_chosen_features(digits_train):
    pixels = INITIALISERS.make("k-center").start(digits_train, 4, seed=0)
    other = INITIALISERS.make("k-center", seen_in="pca", num_features=2).start(digits_train, 4, seed=0)
    firsts = np.arange(0, 40, 4)
    np.testing.assert_array_equal(pixels.indices[firsts], other.indices[firsts])
    assert not np.array_equal(pixels.indices, other.indices)
