"""KIP: a step against the loss in one autograd graph, learned and solved labels (the rest: `test_kip_contract.py`)."""

from functools import partial

import numpy as np
import pytest
import torch
import toy
from reference.kernel_ridge import predictions, weighted_squares
from reference.kip import whole_set
from test_distillers import run

from ddcore.distillers.base import set_of
from ddcore.distillers.kernel_method import first_state, keep_labels
from ddcore.distillers.kip import KernelInducingPoints
from ddcore.randomness import Randomness
from ddcore.ridge import kernels
from ddcore.ridge.regression import centred_one_hot
from ddcore.sampling.law import SamplingLaw

SCORES = np.arange(24.0) + 1


# -- a step


@pytest.mark.parametrize(
    ("options", "kernel"),
    [
        ({}, kernels.ntk),
        ({"labels": "learned"}, kernels.ntk),
        ({"kernel": "nngp", "hidden": 3}, partial(kernels.nngp, hidden=3)),
        ({"kernel": "rbf", "rbf_width": 0.7, "jitter": 1e-2, "labels": "learned"}, partial(kernels.rbf, width=0.7)),
    ],
    ids=["ntk", "learned", "nngp", "rbf"],
)
def test_steps_are_those_of_adam_on_the_loss_in_one_graph(options, kernel):
    """Corrected importance sampling, so that real images have weights; synthetic images that count differently."""
    problem, given = toy.problem(SCORES, SamplingLaw("corrected")), toy.weighted()
    method = KernelInducingPoints(batch_real=5, **options)
    images = given.images.double().requires_grad_(True)
    labels = centred_one_hot(given.classes, toy.CLASSES).requires_grad_(True)
    learned = [images, labels] if method.labels == "learned" else [images]
    optimiser = torch.optim.Adam(learned, lr=method.lr_images)
    state = method.init(problem, given, Randomness(0))
    for step in (1, 2, 3):
        rng = Randomness(0).at(step)
        batch = problem.sampler.draw_across(rng, 5)
        assert batch.weights.unique().numel() > 1
        weights = given.targets.sum(1)
        predicted = predictions(kernel, images, labels, method.jitter, weights, batch.images.double())
        loss = weighted_squares(predicted, centred_one_hot(batch.labels, toy.CLASSES), batch.weights)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        with torch.no_grad():
            labels -= labels.mean(1, keepdim=True)
        metrics = method.step(problem, state, rng)
        assert metrics["loss"] == pytest.approx(loss.item(), rel=1e-4)
        torch.testing.assert_close(state["images"].double(), images.detach(), rtol=0, atol=1e-4)
        torch.testing.assert_close(state["labels"], labels.detach(), rtol=0, atol=1e-4)
    assert (state["images"] - given.images).abs().max() > 0.05
    assert torch.equal(state["targets"], given.targets) == (method.labels == "fixed")


def test_the_loss_falls_and_so_does_that_on_all_training_images():
    problem, method = toy.problem(), KernelInducingPoints(batch_real=8)
    events = run(problem, method, toy.synthetic(), steps=30)
    assert events[-1][1]["loss"] < 0.3 * events[1][1]["loss"]
    images, truth = whole_set(problem)
    errors = [
        (method.current_predictor(problem, state, Randomness(0))(images) - truth).square().mean()
        for _, _, state in (events[0], events[-1])
    ]
    assert errors[1] < 0.3 * errors[0]


def test_parts_of_a_batch_do_not_change_a_step(monkeypatch):
    states = []
    for rows in (1000, 7):
        monkeypatch.setattr("ddcore.distillers.kernel_method.ROWS", rows)
        states.append(run(toy.problem(), KernelInducingPoints(batch_real=8), toy.synthetic(), steps=2)[-1][2])
    torch.testing.assert_close(states[0]["images"], states[1]["images"], rtol=0, atol=1e-5)


def test_kernel_sampling_draws_the_depth_of_a_step_and_the_predictor_has_all_layers(monkeypatch):
    depths = []

    def spied(x, z, hidden):
        depths.append(hidden)
        return ntk(x, z, hidden)

    ntk = kernels.ntk
    monkeypatch.setattr(kernels, "ntk", spied)
    problem, method = toy.problem(), KernelInducingPoints(batch_real=4, hidden=3, sample_depths=True)
    state, drawn = method.init(problem, toy.synthetic(), Randomness(0)), []
    for step in range(1, 31):
        method.step(problem, state, Randomness(0).at(step))
        assert len(set(depths)) == 1, "one kernel a step"
        drawn.append(depths[0])
        depths.clear()
    assert set(drawn) == {1, 2, 3}
    assert drawn == [Randomness(0, step).numpy("kernel-depth").integers(1, 4) for step in range(1, 31)]
    method.current_predictor(problem, state, Randomness(0).at(2))(toy.synthetic().images)
    assert set(depths) == {3}


# -- labels


def test_learned_labels_move_and_stay_centred_and_targets_keep_their_weight():
    given = toy.weighted()
    state = run(toy.problem(), KernelInducingPoints(batch_real=8, labels="learned"), given, steps=5)[-1][2]
    assert (state["labels"] - centred_one_hot(given.classes, toy.CLASSES)).abs().max() > 0.05
    torch.testing.assert_close(state["labels"].sum(1), torch.zeros(6).double(), atol=1e-12, rtol=0)
    torch.testing.assert_close(state["targets"].sum(1), given.targets.sum(1), atol=1e-5, rtol=0)


def test_a_step_of_zero_keeps_images_and_labels():
    for labels in ("fixed", "learned"):
        method, given = KernelInducingPoints(batch_real=4, lr_images=0.0, labels=labels), toy.weighted()
        state = run(toy.problem(), method, given)[-1][2]
        assert torch.equal(state["images"], given.images)
        torch.testing.assert_close(state["targets"], given.targets, atol=1e-6, rtol=0)


def test_centring_labels_changes_neither_their_order_nor_what_is_predicted():
    problem, method = toy.problem(), KernelInducingPoints()
    images, _ = whole_set(problem)
    state = first_state(toy.weighted(), learned=False)
    shifted = torch.randn(6, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64) + 5
    keep_labels(state, shifted)
    assert torch.equal(state["labels"].argmax(1), shifted.argmax(1))
    assert torch.equal(state["targets"].argmax(1), shifted.argmax(1))
    predicted = method.predictor(problem, set_of(state), Randomness(0))(images.float())
    plain = predictions(kernels.ntk, state["images"].double(), shifted, method.jitter, state["weights"], images)
    assert torch.equal(predicted.argmax(1), plain.argmax(1))
    torch.testing.assert_close(predicted, plain - plain.mean(1, keepdim=True), atol=1e-4, rtol=0)


@pytest.mark.parametrize("kernel", ["ntk", "rbf"])
def test_solved_labels_are_least_squares_on_all_training_images(kernel):
    problem, given = toy.problem(), toy.weighted()
    method = KernelInducingPoints(kernel=kernel, batch_real=4, labels="solved", lr_images=0.0, jitter=0.01)
    state = run(problem, method, given, steps=2)[-1][2]
    images, truth = whole_set(problem)
    support, function = given.images.double(), getattr(kernels, kernel)
    hat = predictions(function, support, torch.eye(6).double(), 0.01, given.targets.sum(1), images).numpy()
    expected = np.linalg.lstsq(hat, truth.numpy(), rcond=None)[0]
    np.testing.assert_allclose(state["labels"], expected, rtol=1e-6, atol=1e-8)
    assert torch.equal(state["images"], given.images)

    def error(labels):
        return ((hat @ labels - truth.numpy()) ** 2).sum()

    before = error(centred_one_hot(given.classes, toy.CLASSES).numpy())
    found = method.current_predictor(problem, state, Randomness(0))(images)
    assert ((found - truth) ** 2).sum() == pytest.approx(error(expected), rel=1e-4) and error(expected) < 0.9 * before


def test_labels_are_solved_before_the_first_step_and_after_every_so_many(monkeypatch):
    solved = []
    monkeypatch.setattr(
        KernelInducingPoints, "_solved", lambda self, problem, state: solved.append(1) or state["labels"].clone()
    )
    problem, method = toy.problem(), KernelInducingPoints(batch_real=4, labels="solved", solve_every=2)
    state, counts = method.init(problem, toy.synthetic(), Randomness(0)), []
    for step in range(1, 6):
        method.step(problem, state, Randomness(0).at(step))
        counts.append(len(solved))
    assert counts == [1, 2, 2, 3, 3]


def test_labels_solved_last_are_the_best_of_the_images_that_a_run_ends_with():
    problem, method = toy.problem(), KernelInducingPoints(batch_real=8, labels="solved", solve_every=3, hidden=2)
    state = run(problem, method, toy.synthetic(), steps=6)[-1][2]
    images, truth = whole_set(problem)
    ones = torch.ones(6)
    hat = predictions(
        partial(kernels.ntk, hidden=2), state["images"].double(), torch.eye(6).double(), 1e-6, ones, images
    )
    slope = hat.T @ (hat @ state["labels"] - truth)
    assert slope.abs().max() < 1e-6 * (hat.T @ truth).abs().max()
