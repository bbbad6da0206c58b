import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import kmeans as reference

from ddcore.coresets.clustering import d2_sampling
from ddcore.data.train_set import TrainSet
from ddcore.importance import score
from ddcore.importance.kmeans import KMeansSensitivity, kmeans_sensitivity, sensitivity_terms
from ddcore.progress import Stopped

TERMS = ["distance", "spread", "small"]


def train_set(images, labels=None):
    images = np.asarray(images, np.uint8)
    labels = np.zeros(len(images), np.int64) if labels is None else np.asarray(labels)
    return TrainSet(images, labels, (0.3,), (0.4,), int(labels.max()) + 1)


def some_images(count=40, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, 4, 4, 1))


def total(clusters):
    """Sum of the scores of n points: 2 alpha + 4 alpha + 4 k."""
    return 6 * 16 * (np.log2(clusters) + 2) + 4 * clusters


@pytest.mark.parametrize("clusters", [1, 2, 7])
def test_terms_equal_the_naive_formula(clusters):
    train = train_set(some_images())
    found = KMeansSensitivity(clusters, seedings=1).compute(train, seed=0)
    expected = np.array(reference.sensitivity_terms(train.pixels, found.centers))
    assert list(found.terms) == TERMS
    for place, name in enumerate(TERMS):
        np.testing.assert_allclose(found.terms[name], expected[:, place], rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(found.scores, expected.sum(axis=1), rtol=1e-10)
    assert found.scores.dtype == np.float64
    assert found.scores.sum() == pytest.approx(total(clusters), rel=1e-12)
    assert found.terms["distance"].sum() == pytest.approx(32 * (np.log2(clusters) + 2), rel=1e-12)


@settings(deadline=None, derandomize=True, max_examples=40)
@given(*(st.integers(low, high) for low, high in ((1, 25), (1, 4), (1, 6), (0, 3), (1, 6), (0, 10**6))))
def test_no_query_exceeds_the_bound(count, width, clusters, coarse, seedings, seed):
    """sup over centre sets Q of d(x,Q)^2 / sum d(.,Q)^2 <= s(x), also for data full of duplicates (coarse grids)."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(count, width)).round(coarse)
    terms, _ = kmeans_sensitivity(points, clusters, np.random.default_rng(seed), seedings=seedings)
    bound = sum(terms.values())
    for _ in range(30):
        near = points[rng.integers(count, size=clusters)]
        query = near + rng.choice([0, 1e-3, 0.3, 10]) * rng.normal(size=(clusters, width))
        costs = np.array([reference.cost([point], query) for point in points])
        assert np.all(costs <= bound * costs.sum() * (1 + 1e-9))


def test_the_cheapest_of_eight_draws_is_kept():
    """So that no draw within alpha of the optimum is found with probability 1/256 at most."""
    points = some_images(200).reshape(200, -1).astype(np.float64)
    draws, _ = d2_sampling(points, 6, np.random.default_rng(1), draws=8)
    costs = [sum(min(((x - points[c]) ** 2).sum() for c in draw) for x in points) for draw in draws]
    assert np.argmin(costs) > 0 and min(costs) < 0.97 * max(costs)
    _, centers = kmeans_sensitivity(points, 6, np.random.default_rng(1))
    np.testing.assert_array_equal(centers, points[draws[np.argmin(costs)]])


@pytest.mark.parametrize("seedings", [1, 2, 5])
def test_every_point_gets_the_smallest_of_its_bounds(seedings):
    """Those of the cheapest draws, as the equations read, all over the cost of the cheapest."""
    points = some_images(60).reshape(60, -1).astype(np.float64)
    draws, _ = d2_sampling(points, 4, np.random.default_rng(2), draws=seedings + 7)
    costs = np.array([reference.cost(points, points[draw]) for draw in draws])
    order = np.argsort(costs)
    share = costs / costs.min()  # the formula divides by the draw's own cost
    each = np.array([np.array(reference.sensitivity_terms(points, points[draw])) for draw in draws[order[:seedings]]])
    each[:, :, :2] *= share[order[:seedings], None, None]
    best = each.sum(axis=2).argmin(axis=0)
    terms, centers = kmeans_sensitivity(points, 4, np.random.default_rng(2), seedings=seedings)
    np.testing.assert_allclose(np.array([terms[name] for name in TERMS]).T, each[best, np.arange(60)], rtol=1e-9)
    np.testing.assert_array_equal(centers, points[draws[order[0]]])
    assert (sum(terms.values()) <= each[0].sum(axis=1) * (1 + 1e-12)).all(), "no more than the published bound"
    assert len(set(best)) > (seedings > 1)


def test_more_seedings_make_scores_smaller_and_their_ranks_steadier():
    points, agreement, totals = np.random.default_rng(0).normal(size=(300, 3)), [], []
    for seedings in (1, 10):
        found = [kmeans_sensitivity(points, 20, np.random.default_rng(s), seedings=seedings)[0] for s in range(6)]
        scores = np.array([sum(terms.values()) for terms in found])
        agreement.append(np.corrcoef(scores.argsort().argsort())[np.triu_indices(6, 1)].mean())
        totals.append(scores.sum())
    assert agreement[1] > agreement[0] + 0.2 and totals[1] < 0.8 * totals[0]


def test_how_many_seedings_there_are_depends_on_the_size_alone():
    usual = KMeansSensitivity()
    assert usual.for_size(60_000, 784).seedings == 10 > usual.for_size(10_000, 256 * 256 * 3).seedings > 1
    assert KMeansSensitivity(1000).for_size(60_000, 784).seedings == usual.for_size(600_000, 784).seedings
    for chosen in (1, 3, 12):
        assert KMeansSensitivity(seedings=chosen).for_size(10**6, 10**6).seedings == chosen
    train = train_set(some_images(), np.arange(40) % 2)
    for apart in (False, True):
        same = [KMeansSensitivity(3, apart, seedings).compute(train, 0).scores for seedings in (0, 10)]
        np.testing.assert_array_equal(*same)


def test_empty_clusters_change_nothing_but_alpha():
    distances, nearest = np.array([1.0, 3.0, 2.0]), np.array([0, 0, 3])
    terms = sensitivity_terms(distances, nearest, 4, 6.0)
    alpha = 16 * (2 + 2)
    np.testing.assert_allclose(terms["distance"], 2 * alpha * distances / 6)
    np.testing.assert_allclose(terms["spread"], 4 * alpha * np.array([2, 2, 2]) / 6)
    np.testing.assert_allclose(terms["small"], [2, 2, 4])


@pytest.mark.parametrize(
    ("images", "clusters", "distinct"),
    [
        (np.full((9, 4, 4, 1), 7), 5, 1),
        (some_images(1), 5, 1),
        (np.repeat(some_images(6), 4, axis=0), 6, 6),
        (np.repeat(some_images(6), 4, axis=0), 100, 6),
        (some_images(12), 12, 12),
    ],
    ids=["all equal", "one point", "k = distinct", "k > n", "k = n"],
)
def test_when_the_centres_cover_every_point_only_cluster_sizes_count(images, clusters, distinct):
    found = KMeansSensitivity(clusters).compute(train_set(images), seed=3)
    assert found.centers.shape == (distinct, 16)
    np.testing.assert_array_equal(found.terms["distance"], 0)
    np.testing.assert_array_equal(found.terms["spread"], 0)
    np.testing.assert_allclose(found.scores, 4 * distinct / len(images))


def test_duplicates_share_their_score():
    images = np.concatenate([some_images(30), some_images(30)[:10]])
    scores = KMeansSensitivity(5).compute(train_set(images), seed=0).scores
    np.testing.assert_array_equal(scores[30:], scores[:10])


def test_an_outlier_scores_highest_and_its_terms_say_why():
    images = some_images(200) // 8
    images[17] = 255
    found = KMeansSensitivity(3).compute(train_set(images), seed=0)
    assert found.scores.argmax() == 17
    assert found.terms["small"][17] == found.terms["small"].max()


def test_per_class_scores_each_class_as_if_alone():
    labels = np.arange(60) % 3
    images = some_images(60)
    found = KMeansSensitivity(4, per_class=True, seedings=1).compute(train_set(images, labels), seed=0)
    assert found.centers.shape == (12, 16)
    np.testing.assert_allclose(found.scores, sum(found.terms.values()))
    for label in range(3):
        assert found.scores[labels == label].sum() == pytest.approx(total(4), rel=1e-12)
        own = train_set(images[labels == label])
        expected = np.array(reference.sensitivity_terms(own.pixels, found.centers[4 * label : 4 * label + 4]))
        np.testing.assert_allclose(found.scores[labels == label], expected.sum(axis=1), rtol=1e-10)


def test_seed_decides_and_nothing_else():
    train = train_set(some_images(), np.arange(40) % 2)
    before = np.random.get_state()[1].copy()
    for per_class in (False, True):
        method = KMeansSensitivity(3, per_class)
        first, again, other = (method.compute(train, seed) for seed in (0, 0, 1))
        np.testing.assert_array_equal(first.scores, again.scores)
        assert not np.array_equal(first.scores, other.scores)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_progress_is_told_and_may_stop():
    heard = []
    KMeansSensitivity(5).compute(train_set(some_images()), 0, lambda *call: heard.append(call))
    assert [(done, whole) for done, whole, _ in heard] == [(done, 14) for done in range(14)]

    def stop(done, total, note):
        raise Stopped

    for per_class in (False, True):
        with pytest.raises(Stopped):
            KMeansSensitivity(5, per_class).compute(train_set(some_images()), 0, stop)


def test_uniform_scores_are_equal():
    found = score("uniform").compute(train_set(some_images(8)), seed=0)
    np.testing.assert_array_equal(found.scores, 1 / 8)
    assert found.terms == {}
    assert found.centers is None


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.integers(1, 12), st.integers(1, 2), st.integers(1, 3), st.integers(1, 15), st.booleans(), st.integers(0, 99))
def test_terms_sum_to_what_they_must_however_few_points_are_distinct(count, pixels, values, clusters, apart, seed):
    """2 alpha, 4 alpha (both 0 where the centres cover all points) and 4 k', k' <= k centres; per class each."""
    rng = np.random.default_rng(seed)
    images, labels = rng.integers(0, values, (count, 1, pixels, 1)), rng.integers(0, 3, count)
    found = KMeansSensitivity(clusters, apart, seedings=1).compute(train_set(images, labels), seed)
    expected, centers = np.zeros(3), 0
    for members in [labels == label for label in np.unique(labels)] if apart else [slice(None)]:
        distinct = len(np.unique(images[members].reshape(-1, pixels), axis=0))
        used = min(clusters, distinct)
        alpha = 16 * (np.log2(used) + 2) * (distinct > clusters)
        expected += [2 * alpha, 4 * alpha, 4 * used]
        centers += used
    np.testing.assert_allclose([found.terms[name].sum() for name in TERMS], expected, rtol=1e-9)
    assert found.centers.shape == (centers, pixels)
    assert np.isfinite(found.scores).all() and (found.scores > 0).all()


def test_a_constant_class_and_a_class_of_one_image_beside_an_ordinary_one():
    images, labels = some_images(30), np.repeat([0, 1, 4], [9, 1, 20])
    images[:9] = 7
    found = KMeansSensitivity(3, per_class=True, seedings=1).compute(train_set(images, labels), seed=0)
    np.testing.assert_allclose(found.scores[:9], 4 / 9)
    assert found.scores[9] == 4
    assert found.scores[10:].sum() == pytest.approx(total(3), rel=1e-12)
    assert found.centers.shape == (1 + 1 + 3, 16)
    alone = KMeansSensitivity(3).compute(train_set(images, labels), seed=0)
    np.testing.assert_array_equal(alone.scores[:9], alone.scores[0])


def test_fewer_distinct_points_than_centres_but_not_all_alike():
    images = np.repeat(some_images(3), [1, 4, 5], axis=0)
    found = KMeansSensitivity(8).compute(train_set(images), seed=0)
    assert found.centers.shape == (3, 16)
    np.testing.assert_allclose(found.scores, np.repeat([4, 1, 4 / 5], [1, 4, 5]))
