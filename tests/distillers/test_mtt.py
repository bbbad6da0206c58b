"""MTT against its equations, its guard, its step size, and what a checkpoint holds of it."""

import copy
import math
import weakref
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import toy
from reference.mtt import naive_loss
from test_distillers import assert_equal, check_going_on, run
from torch.utils._python_dispatch import TorchDispatchMode

from ddcore.distillers import DISTILLERS
from ddcore.distillers.base import set_of
from ddcore.distillers.mtt import TrajectoryMatching, batches_of
from ddcore.loop import Diverged
from ddcore.networks.compute import Compute
from ddcore.networks.convnet import ConvNet
from ddcore.networks.vectors import count, unflattened
from ddcore.randomness import Randomness
from ddcore.synthetic import SyntheticSet

STEPS = 4


def method(**given):
    return TrajectoryMatching(**toy.small("distillers", "mtt") | {"syn_steps": STEPS} | given)


def stepped(made, problem, given, step=1):
    """(state before, state after, metrics) of one step."""
    state = made.init(problem, given, Randomness(0))
    before = copy.deepcopy(state)
    return before, state, made.step(problem, state, Randomness(0).at(step))


def naive(made, problem, given, step=1):
    """(loss, gradients by images and step size) of the same step, by autograd through the unroll."""
    rng = Randomness(0).at(step)
    generator = rng.numpy("trajectory")
    expert = int(generator.integers(2))
    epoch = int(generator.integers(made.min_start, made.max_start))
    start, target = (problem.experts.parameters(expert, e) for e in (epoch, epoch + made.expert_epochs))
    batches = batches_of(len(given.images), made.batch_syn, made.syn_steps, rng.numpy("synthetic-batches"))
    augmenting, tiles = rng.numpy("augmentation"), problem.factor**2
    draws = [problem.augmentation.draw_batch(augmenting, len(rows) * tiles) for rows in batches]
    views = [lambda x, draw=draw: problem.augmentation.apply(x, draw) for draw in draws]
    if tiles > 1:
        batches = [(tiles * rows[:, None] + torch.arange(tiles)).flatten() for rows in batches]
    images = given.images.clone().requires_grad_(True)
    step_size = torch.tensor(made.lr_student, requires_grad=True)

    def logits(theta, seen):
        return problem.network.logits(unflattened(problem.network, theta), seen)

    loss = naive_loss(
        logits, problem.decode(images), problem.tiled(given.targets), step_size, batches, views, start, target
    )
    return loss.item(), *torch.autograd.grad(loss, (images, step_size))


@pytest.mark.parametrize("factor", [1, 2])
@pytest.mark.parametrize("batch_syn", [0, 4])
def test_a_step_follows_the_equations(factor, batch_syn):
    made = method(batch_syn=batch_syn, lr_images=2.0, lr_alpha=0.3, lr_student=0.05)
    problem, given = replace(toy.problem(), factor=factor), replace(toy.weighted(), factor=factor)
    before, after, metrics = stepped(made, problem, given)
    loss, by_images, by_step_size = naive(made, problem, given)
    assert metrics["loss"] == pytest.approx(loss, rel=1e-4)
    torch.testing.assert_close(after["images"], before["images"] - 2.0 * by_images, atol=1e-5, rtol=1e-3)
    moved = (after["log_lr_student"] - before["log_lr_student"]).item()
    assert moved == pytest.approx(-0.3 * 0.05 * by_step_size.item(), rel=1e-3)


def test_momentum_is_that_of_sgd_for_images_and_step_size():
    made, problem = method(momentum=0.5, lr_images=0.5, lr_alpha=0.2), toy.problem()
    state = made.init(problem, toy.synthetic(), Randomness(0))
    values = [state[name].clone().requires_grad_(True) for name in ("images", "log_lr_student")]
    optimiser = torch.optim.SGD([{"params": values[:1], "lr": 0.5}, {"params": values[1:], "lr": 0.2}], momentum=0.5)
    for step in (1, 2, 3):
        before = [state[name].clone() for name in ("velocity", "velocity_lr")]
        made.step(problem, state, Randomness(0).at(step))
        for value, name, was in zip(values, ("velocity", "velocity_lr"), before, strict=True):
            value.grad = state[name] - 0.5 * was  # the plain gradient of this step
        optimiser.step()
    torch.testing.assert_close(state["images"], values[0].detach(), atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(state["log_lr_student"], values[1].detach())


def test_the_step_size_stays_positive_and_goes_with_the_set():
    """Its own step size is such that a step of a itself, a - lr a^2 dL/da, would end at -a, or at 3 a."""
    problem, given = toy.problem(), toy.synthetic()
    _, _, by_step_size = naive(method(lr_student=0.05), problem, given)
    wild = method(lr_alpha=2 / (0.05 * abs(by_step_size.item())), lr_student=0.05)
    _, after, metrics = stepped(wild, problem, given)
    assert metrics["lr_student"] == pytest.approx(0.05)
    assert set_of(after).lr_student == pytest.approx(0.05 * math.exp(-2 * np.sign(by_step_size.item())), rel=1e-3)
    still = stepped(method(lr_alpha=0.0), problem, given)[1]
    assert set_of(still).lr_student == pytest.approx(0.01)


def test_a_step_that_leaves_the_way_changes_nothing_but_its_count():
    made, problem = method(threshold=0.0), toy.problem()
    before, after, metrics = stepped(made, problem, toy.synthetic())
    assert metrics["loss"] > 0 and metrics["skipped"] == 1
    assert_equal({**before, "skipped": after["skipped"]}, after)
    assert stepped(method(threshold=metrics["loss"] * 1.01), problem, toy.synthetic())[2]["skipped"] == 0


def test_it_tells_of_the_way_and_of_the_expert():
    problem = toy.problem()
    _, _, metrics = stepped(method(syn_steps=30), problem, toy.synthetic())
    way = {int(name.partition("/")[2]): value for name, value in metrics.items() if name.startswith("unroll/")}
    assert list(way) == [0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30] and way[0] == pytest.approx(1)
    assert way[30] ** 2 == pytest.approx(metrics["loss"])
    shown = [value for name, value in metrics.items() if name.startswith("expert/")]
    assert shown in [[problem.experts.accuracy(expert, epoch) for epoch in (1, 2, 3)] for expert in (0, 1)]
    few = stepped(method(syn_steps=2), problem, toy.synthetic())[2]
    assert [name for name in few if name.startswith("unroll/")] == ["unroll/0", "unroll/1", "unroll/2"]


def test_starts_are_spread_over_experts_and_epochs():
    made = method(min_start=1, max_start=3, epochs_of_experts=5)
    starts = {made._start(Randomness(0).at(step), 2) for step in range(200)}
    assert starts == {(expert, epoch) for expert in (0, 1) for epoch in (1, 2)}


def test_a_set_that_is_the_training_data_of_plain_experts_is_nearly_a_match():
    """An expert without augmentation whose batches are all images: a student on those very images takes its steps."""
    problem = toy.problem(per_class=4)
    batch = problem.sampler.draw(Randomness(0), 4)
    given = SyntheticSet.of_classes(batch.images, batch.labels, toy.CLASSES, "cpu")

    class Unchanged(type(problem.augmentation)):
        def apply(self, images, draw, rows=None):
            return images

    problem = replace(problem, augmentation=Unchanged())
    theta, rows = problem.experts.parameters(0, 1), []
    for _ in range(4):
        rows.append(np.concatenate([theta.numpy(), [0, 0]]).astype(np.float32))
        theta = theta.clone().requires_grad_(True)
        logits = problem.network.logits(unflattened(problem.network, theta), given.images)
        theta = (theta - 0.05 * torch.autograd.grad(F.cross_entropy(logits, given.classes), theta)[0]).detach()
    problem = replace(problem, experts=replace(problem.experts, rows=[np.stack(rows)]))
    one = method(syn_steps=1, lr_student=0.05, experts=1)
    assert stepped(one, problem, given)[2]["loss"] < 1e-8


@pytest.mark.parametrize(("kept", "most_alive"), [(0, 2), (2, 3)])
def test_memory_does_not_grow_with_the_number_of_steps(kept, most_alive, monkeypatch):
    """As many graphs wait for the way back as fit, whatever the number of steps; the others are built twice."""
    alive, most = [], []
    whole = ConvNet._forward

    def counted(self, parameters, images, buffers, seen):
        found = whole(self, parameters, images, buffers, seen)
        alive.append(weakref.ref(found))
        most.append(sum(ref() is not None for ref in alive))
        return found

    monkeypatch.setattr(ConvNet, "_forward", counted)
    images, network = len(toy.synthetic().images), toy.network()
    each = images + 4 * count(network) / network.cost  # activations and parameters
    monkeypatch.setattr(Compute, "chunk", lambda self, network: kept * each)
    for steps in (3, 12):
        alive.clear()
        most.clear()
        stepped(method(syn_steps=steps, batch_syn=0), toy.problem(), toy.synthetic())
        assert len(most) == 2 * steps - kept and max(most) <= most_alive


@pytest.mark.parametrize(("count", "size"), [(6, 0), (6, 6), (6, 9), (6, 2), (7, 3)])
def test_mini_batches_are_permutations_of_the_set(count, size):
    batches = batches_of(count, size, 7, np.random.default_rng(0))
    assert len(batches) == 7
    if not 0 < size < count:
        assert all(rows.tolist() == list(range(count)) for rows in batches)
        return
    per_pass = -(-count // size)
    for first in range(0, 7 - per_pass + 1, per_pass):
        assert sorted(torch.cat(batches[first : first + per_pass]).tolist()) == list(range(count))
    assert max(len(rows) for rows in batches) == size


def test_a_checkpoint_holds_no_expert_and_goes_on_bit_for_bit(tmp_path):
    made = method(batch_syn=4, threshold=1.0)
    check_going_on(made, toy.problem, 3, tmp_path / "checkpoint")
    state = run(toy.problem(), made, toy.synthetic(), steps=1)[-1][2]
    numbers = sum(value.numel() for value in state.values())
    assert numbers < 3 * state["images"].numel() + state["targets"].numel() + 20
    assert "experts" not in state


@pytest.mark.parametrize("logarithm", [800.0, 100.0, -800.0])
def test_a_step_size_that_is_no_number_any_more_ends_the_run(logarithm, monkeypatch):
    def follow(self, state, gradients):
        state["log_lr_student"].fill_(logarithm)

    monkeypatch.setattr(TrajectoryMatching, "_follow", follow)
    with pytest.raises(Diverged, match="step size is .* after step 1; a smaller lr_alpha"):
        run(toy.problem(), method(), toy.synthetic(), steps=1)


class _WithoutFloat64(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        found = func(*args, **(kwargs or {}))
        made = found if isinstance(found, (tuple, list)) else [found]
        if func is torch.ops.aten.lift_fresh.default:  # of an array, still on the CPU
            return found
        assert not any(isinstance(one, torch.Tensor) and one.dtype == torch.float64 for one in made), str(func)
        return found


@pytest.mark.parametrize("name", ["mtt", "datm"])
def test_a_device_without_float64_is_asked_for_none(name):
    class Apple(Compute):
        kind = "mps"

    problem = replace(toy.problem(), compute=Apple("cpu"))
    made = DISTILLERS.make(name, **toy.small("distillers", name))
    with _WithoutFloat64():
        state = made.init(problem, toy.synthetic(), Randomness(0))
        before = state["images"].clone()
        made.step(problem, state, Randomness(0).at(1))
    assert not torch.equal(before, state["images"])
