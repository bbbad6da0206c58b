"""NCFM against its equation, and what its step may and may not depend on."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import toy
from reference.ncfm import differentiable_loss

from ddcore.distillers.ncfm import CharacteristicMatching
from ddcore.networks.compute import Compute
from ddcore.randomness import Randomness
from ddcore.sampling.batches import Batch
from ddcore.sampling.law import SamplingLaw
from ddcore.synthetic import SyntheticSet

K = toy.CLASSES
BATCH_NORM = "convnet:norm=batch,width=4"
AT_1 = Randomness(0).at(1)
NETWORKS = pytest.mark.parametrize("through", ["convnet:width=4,depth=2", BATCH_NORM])


def made(**given):
    return CharacteristicMatching(**({"batch_real": 5, "num_frequencies": 6} | given))


def problem_of(factor=1, **given):
    return replace(toy.problem(**given), factor=factor)


def ragged(weights=(1.0, 2.0, 0.5, 1.0, 3.0, 1.5)):
    """Images of classes of one, two and three."""
    classes = np.array([0, 1, 1, 2, 2, 2])
    images = np.random.default_rng(3).standard_normal((6, 1, 8, 8), np.float32)
    return SyntheticSet.of_classes(images, classes, K, "cpu", np.array(weights))


def stepped(method, problem, synthetic, rng=AT_1):
    """(gradient, metrics, state) of one step: Adam's first moment is a tenth of the first gradient."""
    state = method.init(problem, synthetic, rng)
    metrics = method.step(problem, state, rng)
    return state["moments"]["images"]["first"] * 10, metrics, state


def expected(method, problem, synthetic, rng=AT_1):
    """(gradient, loss) of the first step by the reference."""
    lens = method.lens(problem, method.init(problem, synthetic, rng), rng)
    batch = problem.sampler.draw(rng, method.batch_real)

    def see(images, classes):
        seen = problem.augmentation.apply(images, lens.draw, classes)
        return problem.network.features(lens.parameters, seen)

    images = synthetic.images.clone().requires_grad_(True)
    weights, classes = (problem.tiled(values) for values in (synthetic.targets.sum(1), synthetic.classes))
    mine = (see(problem.decode(images), classes), weights, classes)
    real = (see(batch.images, batch.labels).detach(), batch.weights, batch.labels)
    loss = differentiable_loss(real, mine, lens.frequencies, method.amplitude)
    return torch.autograd.grad(loss, images)[0], loss.item()


def assert_close(found, wanted):
    """Up to rounding: float32 sums of some ten terms, whose differences are a hundredth of them."""
    scale = wanted.abs().max().item()
    torch.testing.assert_close(found, wanted, atol=1e-4 * scale, rtol=1e-3)


@NETWORKS
@pytest.mark.parametrize("amplitude", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("factor", [1, 2])
def test_a_step_is_that_of_its_equation(through, amplitude, factor):
    problem = problem_of(factor, scores=np.arange(24.0) + 1, law=SamplingLaw("corrected"), through=through)
    method, synthetic = made(amplitude=amplitude), replace(ragged(), factor=factor)
    gradient, metrics, _ = stepped(method, problem, synthetic)
    wanted, loss = expected(method, problem, synthetic)
    assert metrics["loss"] == pytest.approx(loss, rel=1e-5)
    assert_close(gradient, wanted)


def test_images_move_by_adam():
    problem, method = toy.problem(), made(lr_images=0.3)
    state = method.init(problem, toy.synthetic(), Randomness(0))
    reference = toy.synthetic().images.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([reference], lr=0.3)
    for step in (1, 2, 3):
        before = state["moments"]["images"]["first"].clone()
        method.step(problem, state, Randomness(0).at(step))
        reference.grad = (state["moments"]["images"]["first"] - 0.9 * before) / 0.1
        optimizer.step()
        torch.testing.assert_close(state["images"], reference.detach(), atol=1e-3, rtol=1e-3)


def test_the_two_parts_are_the_squared_distance():
    problem, method, synthetic = toy.problem(), made(), ragged()
    _, metrics, state = stepped(method, problem, synthetic)
    state = method.init(problem, synthetic, AT_1)
    lens = method.lens(problem, state, AT_1)
    real = lens.of_real(problem.sampler.draw(AT_1, 5))
    shares = torch.tensor([[1, 0, 0], [0, 2 / 2.5, 0], [0, 0.5 / 2.5, 0], *([0, 0, w / 5.5] for w in (1, 3, 1.5))])
    mine = lens.of_synthetic(synthetic.images, synthetic.classes, shares)
    squared = (real - mine).square().sum(0).mean().item()
    assert metrics["part/amplitude"] + metrics["part/phase"] == pytest.approx(squared, rel=1e-4)


def test_a_set_that_is_the_real_batch_is_where_it_should_be():
    problem = toy.problem(per_class=4)
    batch = problem.sampler.draw(AT_1, 4)
    same = SyntheticSet.of_classes(batch.images, batch.labels, K, "cpu")
    _, metrics, _ = stepped(made(batch_real=4), problem, same)
    assert metrics["loss"] < 1e-4 * K, "float32 rounding, and a root of 1e-12"


# -- memory


@pytest.mark.parametrize("factor", [1, 2])
@pytest.mark.parametrize("calibration", [0.0, 0.5])
def test_a_class_of_any_size_goes_through_in_chunks_and_the_step_is_the_same(monkeypatch, factor, calibration):
    """Never more than a chunk is in the network, with a graph or without."""
    method = made(match_in="pool", pool_size=1, pool_steps=0, calibration=calibration)
    synthetic, found, sizes = replace(toy.synthetic(ipc=7), factor=factor), [], []
    features = type(toy.network()).features

    def seen(network, parameters, images, buffers=None):
        sizes.append(len(images))
        return features(network, parameters, images, buffers)

    monkeypatch.setattr(type(toy.network()), "features", seen)
    for chunk in (1000, 5):
        sizes.clear()
        monkeypatch.setattr(Compute, "chunk", lambda self, network, size=chunk: size)
        found.append(stepped(method, problem_of(factor), synthetic)[:2])
    assert max(sizes) <= 5
    assert_close(found[1][0], found[0][0])
    assert found[1][1] == pytest.approx(found[0][1], rel=1e-4)


def test_the_gradient_in_chunks_is_exact(monkeypatch):
    """By finite differences, in float64."""
    monkeypatch.setattr(Compute, "chunk", lambda self, network: 2)
    problem, method = problem_of(factor=2), made()
    lens = method.lens(problem, {}, AT_1)
    lens = replace(
        lens,
        parameters={name: value.double() for name, value in lens.parameters.items()},
        frequencies=lens.frequencies.double(),
    )
    classes, shares = torch.zeros(3, dtype=torch.int64), torch.full((3, 1), 1 / 3, dtype=torch.float64)
    images = torch.randn(3, 1, 8, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert torch.autograd.gradcheck(
        lambda images: lens.of_synthetic(images, classes, shares), images.requires_grad_(True), fast_mode=True
    )


# -- weights


def of_real(batch):
    return made().lens(toy.problem(), {}, AT_1).of_real(batch)


def test_constant_weights_and_repeated_real_images_change_nothing():
    batch = toy.problem().sampler.draw(AT_1, 5)
    usual = of_real(batch)
    torch.testing.assert_close(of_real(batch._replace(weights=batch.weights * 7)), usual)
    torch.testing.assert_close(of_real(Batch(*(values.repeat_interleave(2, 0) for values in batch))), usual)


def test_a_real_image_that_weighs_twice_is_there_twice():
    batch = toy.problem().sampler.draw(AT_1, 5)
    heavy, twice = batch.weights.clone(), torch.ones(15, dtype=torch.int64)
    heavy[3], twice[3] = 2, 2
    repeated = Batch(*(values.repeat_interleave(twice, 0) for values in batch))
    torch.testing.assert_close(of_real(batch._replace(weights=heavy)), of_real(repeated))
    assert not torch.allclose(of_real(repeated), of_real(batch))


def test_weights_of_synthetic_images_count_within_their_class():
    same = [stepped(made(), toy.problem(), ragged(w))[:2] for w in ((1, 2, 0.5, 1, 3, 1.5), (9, 4, 1, 2, 6, 3))]
    assert_close(same[0][0], same[1][0])
    assert same[0][1] == pytest.approx(same[1][1], rel=1e-5)
    assert stepped(made(), toy.problem(), ragged((1, 1, 1, 1, 1, 1)))[1]["loss"] != pytest.approx(same[0][1]["loss"])


# -- chance


def test_frequencies_are_drawn_for_each_step_by_the_seed_from_a_normal_law():
    method = made(num_frequencies=500)
    one, again, later, other = (
        method.lens(toy.problem(), {}, rng).frequencies
        for rng in (AT_1, AT_1, Randomness(0).at(2), Randomness(1).at(1))
    )
    assert torch.equal(one, again) and not torch.equal(one, later) and not torch.equal(one, other)
    assert one.shape == (500, toy.network().num_features)
    errors = 5 / one.numel() ** 0.5
    assert abs(one.mean()) < errors and abs(one.var() - 1) < 2 * errors


def test_networks_are_drawn_for_each_step():
    one, later = (made().lens(toy.problem(), {}, Randomness(0).at(step)).parameters for step in (1, 2))
    assert not torch.equal(one["conv0.weight"], later["conv0.weight"])


# -- the pool
