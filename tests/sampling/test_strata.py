"""Stratified batches: unbiased, never more variance than independent uniform draws, along scores or similarity."""

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
import torch
import toy
from reference import strata as reference

from ddcore.data.device_images import DeviceImages
from ddcore.parameters import matters, schema
from ddcore.randomness import Randomness
from ddcore.sampling.batches import BatchSampler
from ddcore.sampling.law import SamplingLaw, class_balanced
from ddcore.sampling.pools import Pool, Rule
from ddcore.sampling.strata import halved, places

IMAGES, LABELS = toy.images_and_labels()
SCORES = np.random.default_rng(0).permutation(len(LABELS)) + 1.0
SIZES = [(1, 1), (5, 1), (5, 2), (7, 3), (8, 4), (9, 6), (11, 7), (12, 5), (12, 12), (13, 12)]


class Grid:
    """Instead of random numbers: the same one for every part."""

    def __init__(self, number):
        self.number = number

    def random(self, count):
        return np.full(count, self.number)


class Given(Rule):
    def __init__(self, pool):
        object.__setattr__(self, "pool", pool)

    def choose(self, *given):
        return self.pool


def sampler(scores=SCORES, labels=LABELS, rule=None, **law):
    law = SamplingLaw(**{"mode": "stratified", **law})
    return BatchSampler(DeviceImages(IMAGES, toy.MEAN, toy.STD, "cpu"), labels, scores, law, rule)


# -- the theorem


@pytest.mark.parametrize(("n", "count"), SIZES)
def test_every_part_is_drawn_from_as_its_definition_says(n, count):
    """Exactly: the place changes only at multiples of 1/n of the random number, so n numbers between stand for all."""
    drawn = np.array([places(n, count, Grid((g + 0.5) / n)) for g in range(n)])
    assert drawn.dtype == np.int64 and drawn.shape == (n, count)
    for b, expected in enumerate(reference.shares(n, count)):
        assert [Fraction(int((drawn[:, b] == i).sum()), n) for i in range(n)] == expected


@pytest.mark.parametrize(("n", "count"), SIZES)
def test_the_mean_is_unbiased_and_never_varies_more_than_that_of_uniform_draws(n, count):
    rng, less = np.random.default_rng(n * count), 0
    for _ in range(50):
        values = [Fraction(int(value)) for value in rng.integers(-9, 10, n)]
        mean, one = reference.uniform(values)
        expectation, variance = reference.of_the_mean(values, count)
        assert expectation == mean
        assert variance <= one / count
        less += variance < one / count
    assert less > 25 or count == 1


def test_what_is_won_is_the_variance_of_the_parts_means():
    values = [Fraction(v) for v in (3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5)]
    means = [reference.mean(p, values) for p in reference.shares(11, 4)]
    won = reference.uniform(means)[1]
    assert reference.of_the_mean(values, 4)[1] == (reference.uniform(values)[1] - won) / 4


@pytest.mark.parametrize("count", [1, 2, 3, 6])
def test_over_all_orders_it_is_on_average_a_draw_without_replacement(count):
    values = [Fraction(v) for v in (1, 0, 7, 2, 9, 4)]
    found = [reference.of_the_mean(order, count)[1] for order in permutations(values)]
    n = len(values)
    assert sum(found) / len(found) == reference.uniform(values)[1] / count * Fraction(n - count, n - 1)


@pytest.mark.parametrize("count", [4, 5, 100])
def test_a_class_with_no_more_images_than_a_batch_gives_them_all(count):
    for seed in range(20):
        assert places(4, count, np.random.default_rng(seed)).tolist() == [0, 1, 2, 3]


def test_rounding_never_leads_beyond_the_last_image():
    assert places(6000, 7, Grid(np.nextafter(1, 0))).max() == 5999


# -- batches along a score


def test_a_batch_has_one_image_of_every_range_of_the_score():
    batch = sampler().draw(Randomness(0, 1), 4)
    assert batch.labels.tolist() == np.repeat(range(3), 4).tolist() and batch.weights.eq(1).all()
    for c in range(3):
        ranks = np.argsort(np.argsort(SCORES[c == LABELS]))
        own = batch.indices[batch.labels == c].numpy() - np.flatnonzero(c == LABELS)[0]
        assert (ranks[own] // 2).tolist() == [0, 1, 2, 3], "8 images, 4 parts of two"


def test_all_images_of_a_class_come_equally_often():
    drawer = sampler()
    drawn = np.concatenate([drawer.draw(Randomness(0, step), 3).indices.numpy() for step in range(4000)])
    shares = np.bincount(drawn, minlength=len(LABELS)) / len(drawn)
    assert np.abs(shares - 1 / 24).max() < 5 * np.sqrt(0.25 / len(drawn))


def test_a_small_class_gives_all_its_images_and_the_others_what_is_asked_for():
    labels = np.repeat([0, 1, 2], [2, 12, 10])
    batch = sampler(labels=labels).draw(Randomness(0, 1), 5)
    assert np.bincount(batch.labels).tolist() == [2, 5, 5] and {0, 1} == set(batch.indices[:2].tolist())


def test_across_classes_they_stay_balanced():
    scores = SCORES * (1 + 9 * (LABELS == 1))
    one, other = (getattr(sampler(scores), draw)(Randomness(0, 1), 4) for draw in ("draw", "draw_across"))
    assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("field", ["uniform", "temperature", "direction"])
def test_what_shapes_the_other_laws_has_no_effect(field):
    rows = {row["name"]: row for row in schema(SamplingLaw)}
    assert not matters(rows[field], {"mode": "stratified"})
    other = {"uniform": 0.1, "temperature": 3.0, "direction": "easy"}[field]
    for mode, same in (("stratified", True), ("emphasis", False), ("corrected", False)):
        one, two = (
            [s.draw(Randomness(0, step), 4).indices.tolist() for step in range(20)]
            for s in (sampler(mode=mode), sampler(mode=mode, **{field: other}))
        )
        assert (one == two) == same and matters(rows[field], {"mode": mode}) != same


def test_as_a_law_it_is_the_uniform_one():
    scores, labels = np.array([0.0, 1.0, 5.0, 2.0, 9.0]), np.array([0, 0, 0, 1, 1])
    law = SamplingLaw(mode="stratified", temperature=3.0, direction="easy")
    np.testing.assert_array_equal(law.of(scores), np.full(5, 1 / 5))
    np.testing.assert_array_equal(law.of(scores, labels), [1 / 3] * 3 + [1 / 2] * 2)
    np.testing.assert_array_equal(law.across(scores, labels), class_balanced(labels))


def test_uniform_batches_are_the_same_in_every_regime():
    one, other = (sampler(None, mode=mode).draw(Randomness(0, 1), 4) for mode in ("emphasis", "stratified"))
    assert torch.equal(one.indices, other.indices)


# -- along an order


def test_the_order_of_a_pool_comes_before_its_scores_and_any_law():
    members = np.flatnonzero(LABELS == 0)
    pool = Pool(np.arange(24), scores=np.ones(24, np.float32), order=-np.arange(24))
    drawer = sampler(None, rule=Given(pool), mode="corrected", uniform=0.1)
    assert drawer.due(1) and not any(drawer.due(step) for step in range(2, 100))
    drawer.refresh(Randomness(0, 1), view=None)
    first = [drawer.draw(Randomness(0, step), 4) for step in range(50)]
    for batch in first:
        assert [(members[-1] - i) // 2 for i in batch.indices[:4].tolist()] == [0, 1, 2, 3]
        assert batch.weights.eq(1).all()
    other = sampler(None, rule=Given(None), mode="corrected", uniform=0.1)
    other.restore(drawer.state())
    assert all(torch.equal(b.indices, other.draw(Randomness(0, i), 4).indices) for i, b in enumerate(first))


def test_numbers_are_halved_by_size():
    numbers = np.random.default_rng(0).permutation(37).astype(np.float32)[:, None]
    order = halved(numbers)
    assert sorted(order.tolist()) == list(range(37))
    found = numbers[order][:, 0]
    for half in (found[:18], found[:9], found[18:27]):
        assert np.ptp(half) == len(half) - 1, "consecutive numbers"


def test_groups_far_apart_stand_together():
    rng = np.random.default_rng(1)
    group = rng.permutation(np.repeat(range(8), 5))
    points = (rng.standard_normal((40, 6)) + 1000 * rng.standard_normal((8, 6))[group]).astype(np.float32)
    assert [len(set(part)) for part in np.split(group[halved(points)], 8)] == [1] * 8


@pytest.mark.parametrize("points", [np.ones((9, 3)), np.zeros((1, 2)), np.zeros((2, 2))])
def test_equal_points_are_all_in_the_order(points):
    assert sorted(halved(points.astype(np.float32)).tolist()) == list(range(len(points)))


def test_a_rule_orders_all_images_of_every_class_by_what_it_sees():
    class Given:
        def features(self, images):
            return images.mean(dim=(1, 2, 3))[:, None]  # brightness

    given = DeviceImages(IMAGES, toy.MEAN, toy.STD, "cpu")
    pool = toy.rule("stratified").choose(Given(), given, LABELS, Randomness(0, 1))
    assert sorted(pool.indices.tolist()) == list(range(24)) and pool.scores is None
    assert pool.order.tolist() == list(range(24)) and LABELS[pool.indices].tolist() == LABELS.tolist()
    brightness = IMAGES.reshape(24, -1).mean(1)[pool.indices].reshape(3, 2, 4)
    dark, light = np.sort(brightness.mean(2), axis=1).T
    for c, (low, high) in enumerate(zip(dark, light, strict=True)):
        sides = sorted(brightness[c], key=np.mean)
        assert low < high and sides[0].max() <= sides[1].min()
