"""The schemes: what each draws by, and representatives that stand for their clusters."""

import numpy as np
import pytest
import toy

from ddcore.bench.schemes import representatives, scores_of
from ddcore.bench.settings import DETERMINISTIC, SCHEMES
from ddcore.data.train_set import train_set


def blobs(count=60, seed=0):
    """Three far groups of `count` points each in the plane."""
    rng = np.random.default_rng(seed)
    centers = np.array([[0, 0], [50, 0], [0, 50]])
    return (np.repeat(centers, count, axis=0) + rng.normal(0, 1, (3 * count, 2))).astype(np.float32)


@pytest.mark.parametrize("share", [0.5, 0.0, 0.2, 1.0])
def test_every_drawing_scheme_has_scores_and_mixture_is_uniform_to_its_share(share):
    train = train_set(toy.dataset())
    own, leverage = np.random.default_rng(0).random((2, len(train.images)))
    found = scores_of(train, own, leverage, share, 0)
    assert set(found) == set(SCHEMES) - set(DETERMINISTIC)
    np.testing.assert_allclose(found["mixture"], (1 - share) * own / own.sum() + share / len(own))
    np.testing.assert_allclose(found["uniform"], found["uniform"][0])
    distances = np.square(train.pixels - train.pixels.mean(axis=0)).sum(axis=1)
    np.testing.assert_allclose(found["lightweight"], 0.5 / len(own) + 0.5 * distances / distances.sum(), rtol=1e-4)
    assert found["sensitivity"] is own and found["leverage"] is leverage


def test_representatives_are_distinct_points_and_their_weights_count_their_clusters():
    points = blobs()
    for m, (indices, weights) in zip([3, 7, 30], representatives(points, [3, 7, 30], rng()), strict=True):
        assert len(np.unique(indices)) == len(indices) <= m
        assert weights.sum() == len(points) and weights.min() >= 1


def test_three_representatives_of_three_groups_are_one_of_each_nearest_to_its_mean():
    points = blobs()
    ((indices, weights),) = representatives(points, [3], rng())
    np.testing.assert_array_equal(sorted(indices // 60), [0, 1, 2])
    np.testing.assert_array_equal(weights, 60)
    for index in indices:
        group = points[index // 60 * 60 : index // 60 * 60 + 60]
        distances = np.square(group - group.mean(axis=0)).sum(axis=1)
        assert index % 60 == np.argmin(distances)


def test_more_representatives_than_points_are_all_points():
    points = blobs(4)
    ((indices, weights),) = representatives(points, [100], rng())
    np.testing.assert_array_equal(np.sort(indices), np.arange(12))
    np.testing.assert_array_equal(weights, 1)


def test_equal_points_need_one_representative():
    ((indices, weights),) = representatives(np.ones((9, 2), np.float32), [4], rng())
    assert len(indices) == 1 and weights.tolist() == [9]


def test_the_table_of_distances_is_cut_without_changing_anything(monkeypatch):
    points = blobs(seed=3)
    whole = list(representatives(points, [5, 20], rng()))
    monkeypatch.setattr("ddcore.bench.schemes._CHUNK", 64)
    for one, other in zip(whole, representatives(points, [5, 20], rng()), strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])


def test_a_request_to_stop_is_heard_while_clustering():
    class Enough(Exception):
        pass

    def progress(done, total, note):
        if note.startswith("clustering"):
            raise Enough

    with pytest.raises(Enough):
        list(representatives(blobs(), [5], rng(), progress))


def rng():
    return np.random.default_rng(1)
