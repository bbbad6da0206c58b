"""The pool of networks of NCFM: what they learn, when, and what a step sees through them."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
import toy
from test_distillers import assert_equal, run
from test_ncfm import AT_1, BATCH_NORM, K, assert_close, made, problem_of, ragged, stepped

from ddcore.data.device_images import DeviceImages
from ddcore.distillers.base import set_of
from ddcore.randomness import Randomness
from ddcore.sampling.batches import BatchSampler
from ddcore.sampling.law import SamplingLaw
from ddcore.training.trainer import Trainer


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
    monkeypatch.setattr(
        BatchSampler, "draw", lambda *given, **counted: (drawn.append(draw(*given, **counted)), drawn[-1])[1]
    )
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
