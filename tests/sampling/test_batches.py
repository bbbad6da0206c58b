"""Real batches: the law they follow, the corrections, and that they depend on (seed, step) alone."""

import numpy as np
import pytest
import torch
from toy import CLASSES, MEAN, STD, images_and_labels

from ddcore.data.device_images import DeviceImages
from ddcore.errors import BadInput
from ddcore.randomness import Randomness
from ddcore.sampling.batches import BatchSampler
from ddcore.sampling.law import SamplingLaw, across_classes, corrections, probabilities

IMAGES, LABELS = images_and_labels()
SCORES = np.random.default_rng(0).random(len(LABELS)) ** 3


def sampler(scores=None, **law):
    return BatchSampler(DeviceImages(IMAGES, MEAN, STD, "cpu"), LABELS, scores, SamplingLaw(**law))


@pytest.mark.parametrize("scores", [None, SCORES])
def test_a_batch_is_balanced_sorted_and_made_of_training_images(scores):
    batch = sampler(scores).draw(Randomness(0, 1), 5)
    assert batch.labels.tolist() == np.repeat(range(CLASSES), 5).tolist()
    assert torch.equal(batch.labels, torch.as_tensor(LABELS)[batch.indices])
    mean, std = MEAN[0], STD[0]
    expected = (torch.as_tensor(IMAGES[batch.indices.numpy()]).permute(0, 3, 1, 2) / 255 - mean) / std
    torch.testing.assert_close(batch.images, expected)


def test_uniform_batches_are_without_replacement_and_never_larger_than_the_class():
    batch = sampler().draw(Randomness(0, 1), 50)
    assert sorted(batch.indices.tolist()) == list(range(len(LABELS)))
    assert batch.weights.eq(1).all()


def test_important_batches_are_no_larger_than_the_class_either():
    batch = sampler(SCORES).draw(Randomness(0, 1), 50)
    assert len(batch.indices) == len(LABELS)
    assert len(set(batch.indices.tolist())) < len(LABELS), "drawn with replacement"


@pytest.mark.parametrize("direction", ["hard", "easy"])
def test_images_come_as_often_as_their_probability_says(direction):
    law = probabilities(SCORES, LABELS, 0.5, 2.0, direction)
    drawer = sampler(SCORES, temperature=2.0, direction=direction)
    drawn = np.concatenate([drawer.draw(Randomness(0, step), 8).indices.numpy() for step in range(5000)])
    shares = np.bincount(drawn, minlength=len(LABELS)) / 40_000
    assert np.abs(shares - law).max() < 5 * np.sqrt(0.25 / 40_000)


def test_across_classes_images_come_as_often_as_the_law_across_says_and_classes_ascend():
    """A class that matters more comes more often; without scores the batch is the class-balanced one."""
    scores = SCORES * (1 + 9 * (LABELS == 1))
    law, drawer = across_classes(scores, LABELS, 0.5), sampler(scores)
    batches = [drawer.draw_across(Randomness(0, step), 8) for step in range(2000)]
    assert all(len(batch.labels) == 24 and batch.labels.diff().min() >= 0 for batch in batches[:20])
    shares = np.bincount(np.concatenate([b.indices.numpy() for b in batches]), minlength=len(LABELS)) / 48_000
    assert np.abs(shares - law).max() < 5 * np.sqrt(0.25 / 48_000)
    assert shares[LABELS == 1].sum() > 0.5
    one, other = sampler().draw_across(Randomness(0, 1), 5), sampler().draw(Randomness(0, 1), 5)
    assert torch.equal(one.indices, other.indices)
    weights = sampler(scores, mode="corrected").draw_across(Randomness(0, 1), 6)
    expected = 1 / len(LABELS) / law[weights.indices.numpy()]  # the classes are equally large
    np.testing.assert_allclose(weights.weights.numpy(), expected, rtol=1e-6)


def test_corrected_weights_are_the_inverse_law_and_emphasis_has_none():
    law = probabilities(SCORES, LABELS, 0.5)
    batch = sampler(SCORES, mode="corrected").draw(Randomness(0, 1), 6)
    expected = corrections(law, LABELS)[batch.indices.numpy()]
    np.testing.assert_allclose(batch.weights.numpy(), expected, rtol=1e-6)
    assert sampler(SCORES).draw(Randomness(0, 1), 6).weights.eq(1).all()


def test_batches_depend_on_seed_and_step_alone():
    s = sampler(SCORES)
    first = s.draw(Randomness(0, 7), 5).indices
    s.draw(Randomness(0, 8), 5)
    assert torch.equal(first, s.draw(Randomness(0, 7), 5).indices)
    assert not torch.equal(first, s.draw(Randomness(0, 8), 5).indices)
    assert not torch.equal(first, s.draw(Randomness(1, 7), 5).indices)


def test_sweep_sees_every_image_once():
    batches = list(sampler(SCORES).sweep(7))
    assert torch.cat([b.indices for b in batches]).tolist() == list(range(len(LABELS)))
    assert all(b.weights.eq(1).all() for b in batches)


@pytest.mark.parametrize("bad", [{"mode": "both"}, {"uniform": 1.5}, {"temperature": -1.0}, {"direction": "up"}])
def test_bad_laws_are_refused(bad):
    with pytest.raises(BadInput):
        SamplingLaw(**bad)


@pytest.mark.parametrize("scores", [None, SCORES])
def test_every_image_that_is_handed_out_is_counted(scores):
    """One that comes twice in a batch counts twice; a sweep sees every image once, and counts none."""
    given, handed = sampler(scores), []
    for step in range(1, 5):
        handed += given.draw(Randomness(0, step), 5).indices.tolist()
        handed += given.draw_across(Randomness(1, step), 7).indices.tolist()
        list(given.sweep(10))
    assert given.drawn.tolist() == np.bincount(handed, minlength=len(LABELS)).tolist()
    assert (scores is None) or max(np.bincount(handed[:15])) > 1, "else this tests little"


def test_a_batch_that_is_not_for_the_loss_is_drawn_alike_and_not_counted():
    passing, counting = sampler(SCORES), sampler(SCORES)
    batch = passing.draw(Randomness(0), 3, counted=False)
    assert torch.equal(batch.indices, counting.draw(Randomness(0), 3).indices)
    assert passing.drawn.sum() == 0 and counting.drawn.sum() == len(batch.indices)
