"""Batches that follow the synthetic set: pools, the law within them, and when (by what: `test_followers.py`)."""

import itertools

import numpy as np
import pytest
import torch
import toy

from ddcore.data.device_images import DeviceImages
from ddcore.distillers.dm import DistributionMatching
from ddcore.loop import distill
from ddcore.progress import Stopped
from ddcore.randomness import Randomness
from ddcore.sampling.batches import BatchSampler
from ddcore.sampling.following.student_loss import StudentLoss
from ddcore.sampling.law import SamplingLaw, corrections
from ddcore.sampling.pools import Follower, Pool

IMAGES, LABELS = toy.images_and_labels()


class Fixed(Follower):
    """Chooses a given pool."""

    def __init__(self, pool, refresh_every=2):
        object.__setattr__(self, "pool", pool)
        object.__setattr__(self, "refresh_every", refresh_every)

    def choose(self, view, images, labels, rng, progress=None):
        return self.pool


def sampler_of(pool, **law):
    """A sampler with this pool chosen."""
    sampler = BatchSampler(
        DeviceImages(IMAGES, toy.MEAN, toy.STD, "cpu"), LABELS, None, SamplingLaw(**law), Fixed(pool)
    )
    sampler.refresh(Randomness(0, 1), view=None)
    return sampler


def scored_pool(seed=0):
    """5 images of class 0, 3 of class 1, 1 of class 2, in no order."""
    indices = np.array([2, 9, 0, 17, 5, 14, 7, 1, 12])
    return Pool(indices, np.random.default_rng(seed).random(9).astype(np.float32) ** 3)


# -- pools and the law within them


@pytest.mark.parametrize("scored", [True, False])
def test_batches_come_from_the_pool_alone_classes_ascending(scored):
    pool = scored_pool() if scored else Pool(scored_pool().indices)
    batch = sampler_of(pool).draw(Randomness(0, 1), 4)
    assert set(batch.indices.tolist()) <= set(pool.indices.tolist())
    assert batch.labels.tolist() == [0] * 4 + [1] * 3 + [2], "no more of a class than the pool has"
    assert torch.equal(batch.labels, torch.as_tensor(LABELS)[batch.indices])


def test_without_scores_a_pool_is_drawn_without_replacement():
    pool = Pool(scored_pool().indices)
    batch = sampler_of(pool, mode="corrected").draw(Randomness(0, 1), 50)
    assert sorted(batch.indices.tolist()) == sorted(pool.indices.tolist())
    assert batch.weights.eq(1).all()
    few = [sampler_of(pool).draw(Randomness(0, step), 2).indices[:2].tolist() for step in range(200)]
    assert all(len(set(pair)) == 2 for pair in few)
    assert {i for pair in few for i in pair} == {0, 1, 2, 5, 7}


@pytest.mark.parametrize("direction", ["hard", "easy"])
def test_within_a_pool_images_come_as_often_as_the_law_of_its_scores_says(direction):
    pool, law = scored_pool(), SamplingLaw(temperature=2.0, direction=direction)
    sampler = sampler_of(pool, temperature=2.0, direction=direction)
    drawn = np.concatenate([sampler.draw(Randomness(0, step), 5).indices[:5].numpy() for step in range(4000)])
    expected = law.of(pool.scores, LABELS[pool.indices])
    for index, probability in zip(pool.indices, expected, strict=True):
        if LABELS[index] == 0:
            assert np.mean(drawn == index) == pytest.approx(probability, abs=5 * np.sqrt(0.25 / 20_000))


@pytest.mark.parametrize("seed", range(5))
def test_corrected_batches_estimate_the_class_means_of_the_pool_without_bias(seed):
    """Exactly: p_i w_i = 1/n for every image, n counting the class in the pool, with the weights that batches carry."""
    pool, law = scored_pool(seed), SamplingLaw("corrected", uniform=0.3)
    classes = LABELS[pool.indices]
    p = dict(zip(pool.indices, law.of(pool.scores, classes), strict=True))
    sampler, weight = sampler_of(pool, mode="corrected", uniform=0.3), {}
    for step in range(100):
        batch = sampler.draw(Randomness(seed, step), 5)
        weight |= dict(zip(batch.indices.tolist(), batch.weights.tolist(), strict=True))
    assert weight.keys() == p.keys()
    sizes = np.bincount(classes)
    for index in weight:
        assert p[index] * weight[index] * sizes[LABELS[index]] == pytest.approx(1, rel=1e-6)


def test_over_both_draws_a_corrected_estimate_is_unbiased_for_the_whole_class():
    """Every choice of 3 candidates of 5 is equally likely; averaged over them all, the corrected estimate is the mean
    of all 5, though each by itself is the mean of its candidates only."""
    values, scores = np.array([1.0, 5.0, -2.0, 7.0, 0.5]), np.array([0.1, 2.0, 0.7, 1.0, 0.2])
    estimates = []
    for chosen in map(list, itertools.combinations(range(5), 3)):
        p = SamplingLaw().of(scores[chosen])
        estimates.append((p * corrections(p)) @ values[chosen])
        assert estimates[-1] == pytest.approx(values[chosen].mean())
    assert np.mean(estimates) == pytest.approx(values.mean())


def test_emphasised_batches_have_no_weights():
    assert sampler_of(scored_pool()).draw(Randomness(0, 1), 5).weights.eq(1).all()


def test_a_pool_without_a_class_is_refused():
    with pytest.raises(ValueError, match="no image of class 2"):
        sampler_of(Pool(np.array([0, 9])))


def test_the_state_is_the_pool_and_restores_it():
    sampler = sampler_of(scored_pool(), mode="corrected")
    other = sampler_of(scored_pool(seed=1), mode="corrected")
    before, elsewhere = sampler.draw(Randomness(0, 3), 5), other.draw(Randomness(0, 3), 5)
    assert not torch.equal(before.indices, elsewhere.indices)
    other.restore(sampler.state())
    after = other.draw(Randomness(0, 3), 5)
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    assert toy.problem().sampler.state() == {}, "a sampler that never changes adds nothing to a checkpoint"


# -- when they are chosen


def test_the_pool_is_chosen_before_every_rth_step_and_counted_to_it():
    seen = []

    class Watched(Fixed):
        def choose(self, view, images, labels, rng, progress=None):
            seen.append(rng.step)
            return self.pool

    problem = toy.problem(follower=Watched(scored_pool(), refresh_every=3))
    list(distill(problem, DistributionMatching(batch_real=2), toy.synthetic(), 8, seed=0))
    assert seen == [1, 4, 7]
    assert not any(toy.problem().sampler.due(step) for step in range(1, 100))


def test_an_interrupted_choice_leaves_everything_as_it_was():
    follower = StudentLoss(refresh_every=1, student_steps=2)
    problem, method = toy.problem(follower=follower), DistributionMatching(batch_real=2)
    asked = []

    def progress(done, total, note=""):
        asked.append(note)
        if stopping:
            raise Stopped

    stopping = False
    events = distill(problem, method, toy.synthetic(), 3, seed=0, progress=progress)
    next(events)
    state = next(events).state
    kept = {name: value.clone() for name, value in state["sampler"].items()}
    stopping, images = True, state["images"].clone()
    with pytest.raises(Stopped):
        next(events)
    assert {"training students", "taking the student's losses"} <= set(asked)
    assert torch.equal(state["images"], images)
    for held in (state["sampler"], problem.sampler.state()):
        assert all(torch.equal(held[name], kept[name]) for name in kept)
