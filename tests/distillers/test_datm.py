"""DATM: which epochs it starts from, how its labels start and are learned."""

import copy
from dataclasses import replace

import pytest
import torch
import toy
from test_distillers import check_going_on

from ddcore.distillers.datm import DifficultyAligned, labels_of, starting_logits
from ddcore.distillers.mtt import TrajectoryMatching
from ddcore.networks.vectors import unflattened
from ddcore.randomness import Randomness

EPOCHS = toy.EXPERTS["epochs_of_experts"]


def method(**given):
    return DifficultyAligned(**toy.small("distillers", "datm") | given)


def schedule(**given):
    return DifficultyAligned(epochs_of_experts=60, expert_epochs=2, **given)


@pytest.mark.parametrize(("start", "end", "steps"), [(10, 20, 1000), (10, 20, 7), (4, 4, 100), (30, 20, 100)])
def test_start_epochs_grow_as_published(start, end, steps):
    made = schedule(first_max_start=start, max_start=end, growth_steps=steps)
    for it in (0, 1, steps // 2, steps - 1, steps, 3 * steps):
        first = min(start, end)
        assert made.start_limit(it + 1) == min(end, first + int((end - first) * it / steps))


def test_without_growth_they_are_below_the_last_and_always_at_least_the_first():
    assert schedule(first_max_start=3, max_start=9, growth_steps=0).start_limit(1) == 9
    made = schedule(min_start=5, first_max_start=3, max_start=9, growth_steps=100)
    starts = {made._start(Randomness(0).at(step), 2)[1] for step in range(1, 300)}
    assert made.start_limit(1) == 6 and starts == {5, 6, 7, 8}


def naive_logits(problem, given, factor=1):
    """(M, K) sums and counts over experts that are right, image by image."""
    decoded, means = problem.decode(given.images), []
    for image, label in enumerate(given.classes.tolist()):
        found = []
        for expert in range(len(problem.experts)):
            parameters = unflattened(problem.network, problem.experts.parameters(expert, EPOCHS))
            tiles = decoded[image * factor**2 : (image + 1) * factor**2]
            logits = torch.stack([problem.network.logits(parameters, tile[None])[0] for tile in tiles]).mean(0)
            found += [logits] if int(logits.argmax()) == label else []
        means.append(torch.stack(found).mean(0) if found else None)
    return means


@pytest.mark.parametrize("factor", [1, 2])
def test_labels_start_as_the_mean_logits_of_the_experts_that_are_right(factor):
    problem = replace(toy.problem(), factor=factor)
    images, labels = toy.images_and_labels(2)
    pixels = torch.as_tensor((images / 255 - toy.MEAN[0]) / toy.STD[0], dtype=torch.float32).permute(0, 3, 1, 2)
    given = replace(toy.synthetic(), images=pixels, classes=torch.as_tensor(labels))
    found = starting_logits(problem, problem.experts, EPOCHS, given.images, given.classes)
    expected = naive_logits(problem, given, factor)
    assert any(mean is not None for mean in expected) and any(mean is None for mean in expected)
    for image, mean in enumerate(expected):
        if mean is not None:
            torch.testing.assert_close(found[image], mean, atol=1e-5, rtol=1e-5)
        else:
            shares, label = torch.softmax(found[image], 0), given.classes[image]
            assert shares[label].item() == pytest.approx(0.9) and shares.sum().item() == pytest.approx(1)


def test_targets_are_the_softmax_of_what_is_learned_times_the_weights():
    made, problem, given = method(lr_labels=5.0), toy.problem(), toy.weighted()
    state = made.init(problem, given, Randomness(0))
    first = copy.deepcopy(state)
    torch.testing.assert_close(state["targets"].sum(1), given.targets.sum(1))
    for step in (1, 2):
        made.step(problem, state, Randomness(0).at(step))
    assert not torch.equal(state["logits"], first["logits"])
    assert torch.equal(state["targets"], labels_of(state["logits"], first["weights"]))
    torch.testing.assert_close(state["targets"].sum(1), given.targets.sum(1))


def test_labels_follow_the_gradient_through_the_student_with_momentum():
    """One student step, whose gradient autograd takes."""
    made, problem, given = method(syn_steps=1, lr_labels=3.0, lr_images=1e-6), toy.problem(), toy.weighted()
    state, rng = made.init(problem, given, Randomness(0)), Randomness(0).at(1)
    before, step_size = copy.deepcopy(state), state["log_lr_student"].exp().item()
    expert, epoch = made._start(rng, 2)
    start, target = (problem.experts.parameters(expert, e) for e in (epoch, epoch + made.expert_epochs))
    draw = problem.augmentation.draw_batch(rng.numpy("augmentation"), len(given.images))
    logits, theta = before["logits"].clone().requires_grad_(True), start.clone().requires_grad_(True)
    seen = problem.augmentation.apply(given.images, draw)
    shares = torch.log_softmax(problem.network.logits(unflattened(problem.network, theta), seen), 1)
    loss = -(before["weights"][:, None] * torch.softmax(logits, 1) * shares).sum() / len(seen)
    moved = theta - step_size * torch.autograd.grad(loss, theta, create_graph=True)[0]
    match = (moved - target).square().sum() / (start - target).square().sum()
    (gradient,) = torch.autograd.grad(match, logits)
    made.step(problem, state, rng)
    torch.testing.assert_close(state["logits"], before["logits"] - 3.0 * gradient, atol=1e-6, rtol=1e-4)
    made.step(problem, state, Randomness(0).at(2))
    torch.testing.assert_close(state["logits"], before["logits"] - 3.0 * (gradient + state["velocity_logits"]))


def test_it_is_mtt_where_labels_stay_and_starts_do_not_grow():
    """But for the labels that it starts from: with MTT's as logits both move images alike."""
    few = {"lr_labels": 0.0, "growth_steps": 0, "batch_syn": 4}
    one, other, problem = method(**few), TrajectoryMatching(**toy.small("distillers", "mtt") | {"batch_syn": 4}), toy
    given, problem = toy.synthetic(), toy.problem()
    state = one.init(problem, given, Randomness(0))
    twin = other.init(problem, replace(given, targets=state["targets"]), Randomness(0))
    for step in (1, 2):
        found, expected = (
            made.step(problem, its, Randomness(0).at(step)) for made, its in ((one, state), (other, twin))
        )
        assert found["loss"] == pytest.approx(expected["loss"], rel=1e-6)
    torch.testing.assert_close(state["images"], twin["images"], atol=1e-6, rtol=1e-5)


def test_a_skipped_step_leaves_labels_alone():
    made, problem = method(threshold=0.0), toy.problem()
    state = made.init(problem, toy.synthetic(), Randomness(0))
    before = state["logits"].clone()
    assert made.step(problem, state, Randomness(0).at(1))["skipped"] == 1 and torch.equal(state["logits"], before)


def test_stopping_and_going_on_is_never_having_stopped(tmp_path):
    check_going_on(method(batch_syn=4), toy.problem, 2, tmp_path / "checkpoint")
