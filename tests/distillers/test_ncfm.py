"""NCFM against its equation, and what its step may and may not depend on."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
import toy
from reference.ncfm import differentiable_loss
from test_distillers import assert_equal, run

from ddcore.data.device_images import DeviceImages
from ddcore.distillers.base import set_of
from ddcore.distillers.ncfm import CharacteristicMatching
from ddcore.networks.compute import Compute
from ddcore.randomness import Randomness
from ddcore.sampling.batches import Batch, BatchSampler
from ddcore.sampling.law import SamplingLaw
from ddcore.synthetic import SyntheticSet
from ddcore.training.trainer import Trainer

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


def pooled(**given):
    return made(**({"match_in": "pool", "pool_size": 2, "pool_steps": 25} | given))


@pytest.mark.parametrize("calibration", [0.0, 0.5])
@pytest.mark.parametrize("through", ["convnet:width=4,depth=2", BATCH_NORM])
def test_a_pool_goes_on_as_if_never_stopped(calibration, through, tmp_path):
    method, path = pooled(calibration=calibration), tmp_path / "checkpoint"
    whole = run(toy.problem(through=through), method, toy.synthetic(), steps=4)
    torch.save(whole[2][2], path)
    rest = run(toy.problem(through=through), method, None, 4, resume_from=(2, torch.load(path, weights_only=True)))
    for (_, metrics, state), (_, metrics_again, state_again) in zip(whole[3:], rest, strict=True):
        assert metrics == metrics_again
        assert_equal(state, state_again)


def test_the_network_of_a_step_learns_after_it_and_until_it_has_learned_enough():
    method, problem = pooled(), toy.problem()
    state = method.init(problem, toy.synthetic(), Randomness(0))
    assert [int(network["steps"]) for network in state["pool"].values()] == [0, 0], "a run starts at once"
    for step in range(1, 13):
        before = copy.deepcopy(state["pool"])
        method.step(problem, state, Randomness(0).at(step))
        taken = {name: int(state["pool"][name]["steps"]) - int(before[name]["steps"]) for name in before}
        for name, steps in taken.items():
            same = torch.equal(
                state["pool"][name]["parameters"]["conv0.weight"], before[name]["parameters"]["conv0.weight"]
            )
            assert same == (steps == 0)
        assert sum(taken.values()) in (0, 5, 10)
    assert [int(network["steps"]) for network in state["pool"].values()] == [25, 25]


def test_networks_of_the_pool_learn_the_real_classes():
    method, problem = pooled(pool_size=1, pool_steps=100), toy.problem()
    state, batch = method.init(problem, toy.synthetic(), Randomness(0)), problem.sampler.draw(Randomness(5), 8)

    def loss():
        logits = problem.network.logits(state["pool"]["0"]["parameters"], batch.images)
        return torch.nn.functional.cross_entropy(logits, batch.labels).item()

    before = loss()
    for step in range(1, 11):
        method.step(problem, state, Randomness(0).at(step))
    assert loss() < before / 2


def test_networks_of_the_pool_learn_by_the_published_step_sizes_from_batches_of_their_own(monkeypatch):
    taken, step = [], Trainer.step
    monkeypatch.setattr(Trainer, "step", lambda self, state, given: (taken.append(given), step(self, state, given)))
    run(toy.problem(), pooled(pool_size=1, pool_steps=12), toy.synthetic(), steps=3)
    assert [given.lr for given in taken] == pytest.approx([0.01] * 8 + [0.002] * 2 + [0.0004] * 2)
    assert len({given.images.numpy().tobytes() for given in taken}) == 12


def test_networks_of_the_pool_learn_by_the_law_of_the_runs_step(monkeypatch):
    drawn, draw = [], BatchSampler.draw
    monkeypatch.setattr(BatchSampler, "draw", lambda *given: (drawn.append(draw(*given)), drawn[-1])[1])
    images, labels = toy.images_and_labels(8)
    first = np.arange(len(labels)) % 8 == 0  # of each class: only it is hard, and never easy
    laws = [SamplingLaw(uniform=0.0, direction=direction) for direction in ("hard", "easy")]
    sampler = BatchSampler(
        DeviceImages(images, toy.MEAN, toy.STD, "cpu"), labels, first.astype(float), laws[0], later=(2, laws[1])
    )
    run(replace(toy.problem(), sampler=sampler), pooled(pool_size=1, pool_steps=40), toy.synthetic(), steps=4)
    assert len(drawn) == 4 * 11
    assert [bool(first[batch.indices].all()) for batch in drawn] == [True] * 22 + [False] * 22


def test_a_step_looks_through_a_blend_of_where_a_network_began_and_where_it_is():
    method, problem = pooled(pool_size=1), toy.problem()
    state = method.init(problem, toy.synthetic(), Randomness(0))
    start = copy.deepcopy(state["pool"]["0"]["parameters"])
    first = method.lens(problem, state, AT_1).parameters
    assert all(torch.equal(first[name], start[name]) for name in start), "both ends are one"
    for step in (1, 2):
        method.step(problem, state, Randomness(0).at(step))
    now, shares = state["pool"]["0"]["parameters"], []
    for step in range(3, 23):
        blend = method.lens(problem, state, Randomness(0).at(step)).parameters
        line = torch.cat([(now[name] - start[name]).flatten() for name in now])
        along = torch.cat([(now[name] - blend[name]).flatten() for name in now])
        shares.append(((along @ line) / (line @ line)).item())
        torch.testing.assert_close(along, shares[-1] * line, atol=1e-6, rtol=1e-4)
    assert min(shares) >= 0 and max(shares) <= 1 and max(shares) - min(shares) > 0.5


def test_calibration_adds_the_cross_entropy_of_the_network_itself():
    problem, synthetic = problem_of(factor=2), replace(ragged(), factor=2)
    plain, more = (stepped(pooled(calibration=weight), problem, synthetic) for weight in (0.0, 0.25))
    method = pooled()
    state = method.init(problem, synthetic, AT_1)
    lens = method.lens(problem, state, AT_1)  # nothing is learned yet, so the blend is the network itself
    images, total = synthetic.images.clone().requires_grad_(True), 0.0
    seen = problem.augmentation.apply(problem.decode(images), lens.draw, problem.tiled(synthetic.classes))
    losses = torch.nn.functional.cross_entropy(
        problem.network.logits(lens.parameters, seen), problem.tiled(synthetic.classes), reduction="none"
    )
    weights = problem.tiled(synthetic.targets.sum(1))
    for c in range(K):
        rows = problem.tiled(synthetic.classes) == c
        total = total + (weights[rows] * losses[rows]).sum() / weights[rows].sum()
    assert more[1]["loss"] - plain[1]["loss"] == pytest.approx(0.25 * total.item(), rel=1e-4)
    assert_close(more[0] - plain[0], 0.25 * torch.autograd.grad(total, images)[0])


def test_rules_that_follow_the_set_look_through_the_network_of_the_step():
    method, problem = pooled(pool_size=1), toy.problem()
    state = method.init(problem, toy.synthetic(), Randomness(0))
    method.step(problem, state, AT_1)
    rng, before = Randomness(0).at(2), copy.deepcopy(state)
    images = set_of(state).images
    wanted = problem.network.features(method.lens(problem, state, rng).parameters, images)
    torch.testing.assert_close(method.view(problem, state, rng).features(images), wanted)
    assert_equal(state, before)
