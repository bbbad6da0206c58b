"""The gradient through the steps of a student against autograd through all of them at once, in float64."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import toy
from reference.mtt import naive_loss

from ddcore.distillers.unrolling import Unroll
from ddcore.networks.vectors import count, flattened, unflattened
from ddcore.randomness import Randomness
from ddcore.training.augmentation import WITH_FLIP, Augmentation

M, SIDE = 6, 8
EXACT = {"atol": 0.0, "rtol": 1e-10}


def whole(steps):
    return [torch.arange(M)] * steps


def repeating(steps):
    """Batches of two from permutations of the set, so that five steps use images twice."""
    generator = np.random.default_rng(0)
    chunks = [part for _ in range(steps) for part in torch.as_tensor(generator.permutation(M)).split(2)]
    return chunks[:steps]


def tiles(images):
    """Each image as the four quarters of it, enlarged."""
    parts = [images[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)]
    return F.interpolate(torch.stack(parts, 1).flatten(0, 1), scale_factor=2, mode="bilinear")


class Case:
    """A toy student of random numbers in float64; `factor` 2 shows it four tiles of every image."""

    def __init__(self, batches, factor=1, weights=None, step_size=0.05):
        rng = np.random.default_rng(5)
        self.network, self.batches, self.factor = toy.network("convnet:width=3,depth=2"), batches, factor
        shares = rng.random((M, toy.CLASSES)) + 0.1
        shares *= (np.ones(M) if weights is None else weights)[:, None] / shares.sum(1, keepdims=True)
        self.images = torch.as_tensor(rng.standard_normal((M, 1, SIDE, SIDE)))
        self.targets, self.step_size = torch.as_tensor(shares), torch.tensor(step_size, dtype=torch.float64)
        self.start, self.target = (
            flattened(self.network.init(Randomness(seed).torch("network"))).double() for seed in (0, 1)
        )
        augmentation, draws = Augmentation(WITH_FLIP), np.random.default_rng(6)
        self.draws = [augmentation.draw_batch(draws, len(rows) * factor**2) for rows in batches]
        self.views = [lambda x, draw=draw: augmentation.apply(self.decoded(x), draw) for draw in self.draws]

    def decoded(self, images):
        return images if self.factor == 1 else tiles(images)

    def logits(self, theta, images):
        return self.network.logits(unflattened(self.network, theta), images)

    def loss(self, step, theta, images, labels):
        labels = labels.repeat_interleave(self.factor**2, 0)
        return F.cross_entropy(self.logits(theta, self.views[step](images)), labels)

    def by_adjoint(self, kept=0):
        unroll = Unroll(self.loss, self.images, self.targets, self.batches, self.step_size, kept)
        path, size = unroll.path(self.start), (self.start - self.target).square().sum()
        away = path[-1] - self.target
        return away.square().sum() / size, unroll.gradients(path, 2 * away / size)

    def by_autograd(self):
        leaves = [given.clone().requires_grad_(True) for given in (self.images, self.targets, self.step_size)]
        images, targets, step_size = leaves
        if self.factor == 2:  # the tiles are so many images of the same batch
            order = [torch.cat([4 * rows[:, None] + torch.arange(4)], 1).flatten() for rows in self.batches]
            images, targets, batches = tiles(images), targets.repeat_interleave(4, 0), order
            augmentation = Augmentation(WITH_FLIP)
            views = [lambda x, draw=draw: augmentation.apply(x, draw) for draw in self.draws]
        else:
            batches, views = self.batches, self.views
        loss = naive_loss(self.logits, images, targets, step_size, batches, views, self.start, self.target)
        return loss, torch.autograd.grad(loss, leaves)


@pytest.mark.parametrize("steps", [1, 2, 5, 20])
@pytest.mark.parametrize("schedule", [whole, repeating])
def test_it_is_the_gradient_through_the_whole_unroll(steps, schedule):
    case = Case(schedule(steps))
    (loss, found), (expected_loss, expected) = case.by_adjoint(), case.by_autograd()
    torch.testing.assert_close(loss, expected_loss, **EXACT)
    for one, other in zip(found, expected, strict=True):
        assert other.norm() > 0 and (one - other).norm() <= 1e-10 * other.norm()


@pytest.mark.parametrize("kept", [1, 3, 5, 9])
def test_graphs_that_wait_for_the_way_back_change_nothing(kept):
    loss, found = Case(repeating(5)).by_adjoint(kept)
    expected_loss, expected = Case(repeating(5)).by_adjoint()
    for one, other in zip((loss, *found), (expected_loss, *expected), strict=True):
        torch.testing.assert_close(one, other, **EXACT)


def test_it_goes_through_tiles_and_counts_weights():
    case = Case(repeating(5), factor=2, weights=np.linspace(0.5, 2, M))
    (loss, found), (expected_loss, expected) = case.by_adjoint(), case.by_autograd()
    torch.testing.assert_close(loss, expected_loss, **EXACT)
    for one, other in zip(found, expected, strict=True):
        assert other.norm() > 0 and (one - other).norm() <= 1e-10 * other.norm()


def test_with_the_adjoint_left_as_it_was_it_is_another_gradient():
    """What TESLA leaves out is no rounding: so the tests above can fail."""
    case = Case(whole(20))
    _, expected = case.by_autograd()
    unroll = Unroll(case.loss, case.images, case.targets, case.batches, case.step_size)
    path, size = unroll.path(case.start), (case.start - case.target).square().sum()
    end, frozen = 2 * (path[-1] - case.target) / size, torch.zeros_like(case.images)
    for step, rows in enumerate(case.batches):
        part = Unroll(lambda _, *given, i=step: case.loss(i, *given), case.images, case.targets, [rows], case.step_size)
        frozen += part.gradients(path[step : step + 2], end).images
    assert (frozen - expected[0]).norm() > 1e-3 * expected[0].norm()


def test_images_that_no_batch_has_stay_as_they_are():
    case = Case([torch.tensor([0, 2]), torch.tensor([4, 0])])
    _, found = case.by_adjoint()
    touched = found.images.flatten(1).norm(dim=1) > 0
    assert touched.tolist() == [True, False, True, False, True, False]


def test_a_vector_is_the_parameters_one_after_another():
    network = toy.network()
    parameters = network.init(Randomness(0).torch("network"))
    vector = flattened(parameters)
    assert vector.shape == (count(network),) and list(unflattened(network, vector)) == list(parameters)
    for name, value in unflattened(network, vector).items():
        assert torch.equal(value, parameters[name]) and value.data_ptr() in range(
            vector.data_ptr(), vector.data_ptr() + 4 * len(vector)
        )
