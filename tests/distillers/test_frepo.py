"""FRePo against its equations, and what of it is shown (its pool of networks: `test_frepo_pool.py`)."""

import copy
import math

import numpy as np
import pytest
import torch
import toy
from reference.frepo import assert_close, assert_same_network, equal, made, network_at, started, torch_adam, torch_step

from ddcore.distillers.base import set_of
from ddcore.distillers.frepo import margins
from ddcore.errors import BadInput
from ddcore.loop import Diverged, distill
from ddcore.randomness import Randomness
from ddcore.ridge.regression import centred_one_hot
from ddcore.sampling.law import SamplingLaw
from ddcore.synthetic import SyntheticSet

K = toy.CLASSES


def regression(network, parameters, images, labels, weights, test, jitter=1e-6):
    """Ridge regression on a network's features, from its formula."""
    support = network.features(parameters, images).double()
    gram = support @ support.T
    ridge = jitter * gram.trace() / len(images) / weights
    return network.features(parameters, test).double() @ support.T @ torch.linalg.inv(gram + ridge.diag()) @ labels


def whole_loss(problem, method, parameters, images, labels, weights, batch):
    predicted = regression(problem.network, parameters, images, labels, weights, batch.images)
    truth = torch.eye(K)[batch.labels] - 1 / K
    loss = (batch.weights * (predicted - truth).square().sum(1) / 2).mean()
    if method.labels == "learned":
        first, second = labels.sort(1, descending=True).values[:, :2].unbind(1)
        loss = loss + (-torch.minimum(first - second, torch.tensor(1 / K))).mean()
    return loss


class Lamb:
    """You et al. 2020, Algorithm 2, written out for one tensor and no weight decay."""

    def __init__(self, lr):
        self.lr, self.first, self.second, self.count = lr, 0.0, 0.0, 0

    def __call__(self, values, gradient):
        self.count += 1
        self.first = 0.9 * self.first + 0.1 * gradient
        self.second = 0.999 * self.second + 0.001 * gradient**2
        direction = self.first / (1 - 0.9**self.count) / ((self.second / (1 - 0.999**self.count)).sqrt() + 1e-6)
        return values - self.lr * values.norm() / direction.norm() * direction


# -- a step


@pytest.mark.parametrize("labels", ["learned", "fixed"])
@pytest.mark.parametrize("scores", [None, np.arange(24.0) + 1], ids=["uniform", "corrected"])
@pytest.mark.parametrize("synthetic", [toy.synthetic, toy.weighted])
def test_steps_are_their_equations(labels, scores, synthetic):
    method, problem = made(labels=labels, pool_size=1), toy.problem(scores, SamplingLaw("corrected"))
    state = started(method, problem, synthetic())
    weights = state["weights"].clone()
    move_images, move_labels = Lamb(method.lr_images), Lamb(method.lr_images)
    leaves, optimizer = torch_adam(network_at(state, 0), method.lr_network)
    for step in (1, 2, 3):
        rng = Randomness(0).at(step)
        batch = problem.sampler.draw_across(rng, 4)
        parameters = network_at(state, 0)
        images, y = (state[name].clone().requires_grad_(True) for name in ("images", "labels"))
        loss = whole_loss(problem, method, parameters, images, y, weights, batch)
        loss.backward()
        metrics = method.step(problem, state, rng)
        assert metrics["loss"] == pytest.approx(loss.item(), rel=1e-5)
        assert_close(state["images"], move_images(images.detach(), images.grad))
        if labels == "learned":
            moved = move_labels(y.detach(), y.grad)
            assert_close(state["labels"], moved - moved.mean(1, keepdim=True))
        torch_step(problem.network, leaves, optimizer, state["images"], state["labels"], weights)
        assert_same_network(network_at(state, 0), leaves)


def test_the_loss_falls():
    """The same batch (all of the real images) and network at every step."""
    method = made(pool_size=1, lr_network=0.0, lr_images=0.02, batch_real=8)
    losses = [event.metrics["loss"] for event in distill(toy.problem(), method, toy.synthetic(), 30, 0) if event.step]
    assert losses[-1] < losses[0] - 0.05


def test_a_real_batch_in_parts_is_the_same_step(monkeypatch):
    method, problem, found = made(batch_real=6), toy.problem(), []
    for rows in (1000, 5):
        monkeypatch.setattr("ddcore.distillers.kernel_method.ROWS", rows)
        state = started(method, problem)
        metrics = method.step(problem, state, Randomness(0).at(1))
        found.append((state, metrics))
    (whole, metrics), (parts, metrics_of_parts) = found
    assert metrics_of_parts == pytest.approx(metrics, rel=1e-6)
    assert_close(parts["images"], whole["images"])
    assert_close(parts["labels"], whole["labels"])


def test_the_label_margin_by_hand():
    labels = torch.tensor([[0.9, 0.1, -0.2], [0.3, -0.7, 0.4]], dtype=torch.float64, requires_grad=True)
    found = margins(labels)
    assert_close(found.detach(), torch.tensor([-1 / 3, -0.1]))  # the first lead of 0.8 pays no more than 1/K
    found.sum().backward()
    assert labels.grad.tolist() == [[0, 0, 0], [1, 0, -1]]


# -- labels


@pytest.mark.parametrize("synthetic", [toy.synthetic, toy.weighted])
def test_learned_labels_start_smaller_the_more_classes(synthetic):
    given = synthetic()
    state = started(made(), synthetic=given)
    expected = (torch.eye(K)[given.classes] - 1 / K) / math.sqrt(K / 10)
    assert_close(state["labels"], expected)
    assert_close(state["targets"], state["weights"][:, None] * (expected + 1 / K))
    assert_close(state["targets"].sum(1), given.targets.sum(1))


def test_fixed_labels_stay():
    method, problem, given = made(labels="fixed"), toy.problem(), toy.weighted()
    state = started(method, problem, given)
    assert torch.equal(state["targets"], given.targets) and "labels" not in state["moments"]
    labels = state["labels"].clone()
    assert_close(labels, torch.eye(K)[given.classes] - 1 / K)
    for step in (1, 2):
        assert method.step(problem, state, Randomness(0).at(step))["loss"] > 0, "no margin to be gained"
    assert torch.equal(state["targets"], given.targets) and torch.equal(state["labels"], labels)


# -- predictors


@pytest.mark.parametrize("labels", ["learned", "fixed"])
def test_the_current_predictor_is_what_the_step_looks_through(labels):
    method, problem = made(labels=labels), toy.problem()
    state = started(method, problem)
    for step in (1, 2, 3):
        rng = Randomness(0).at(step)
        before, random_state = copy.deepcopy(state), torch.get_rng_state()
        current = method.current_predictor(problem, state, rng)
        view = method.view(problem, state, rng)
        assert equal(state, before) and torch.equal(torch.get_rng_state(), random_state), "looking changes nothing"
        margin = margins(state["labels"]).mean().item() if labels == "learned" else 0.0
        metrics = method.step(problem, state, rng)
        batch = problem.sampler.draw_across(rng, 4)
        losses = view.losses(batch.images, batch.labels, student_steps=0)  # still of the network before the step
        assert metrics["loss"] == pytest.approx(losses.mean().item() + margin, rel=1e-6)
        truth = centred_one_hot(batch.labels, toy.CLASSES)
        torch.testing.assert_close(0.5 * (current(batch.images) - truth).square().sum(1), losses)
        (place,) = torch.nonzero(state["pool"]["ages"] != before["pool"]["ages"]).flatten().tolist()
        seen = problem.network.features(network_at(before, place), batch.images)
        torch.testing.assert_close(view.features(batch.images), seen)


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_the_predictor_of_a_set_is_a_network_trained_on_it(steps):
    method, problem, given, rng = made(max_online_updates=steps), toy.problem(), toy.weighted(), Randomness(5)
    leaves, optimizer = torch_adam(problem.network.init(rng.torch("network")), method.lr_network)
    labels, weights = torch.eye(K)[given.classes] - 1 / K, given.targets.double().sum(1)
    for _ in range(steps):
        torch_step(problem.network, leaves, optimizer, given.images, labels, weights)
    test = torch.as_tensor(np.random.default_rng(1).standard_normal((7, 1, 8, 8), np.float32))
    expected = regression(problem.network, leaves, given.images, labels.double(), weights, test).detach()
    assert_close(method.predictor(problem, given, rng)(test), expected)
    assert not torch.allclose(method.predictor(problem, given, Randomness(6))(test), expected), "random by rng"


def test_any_set_is_tested_by_the_same_predictor():
    """The set in a state, and the same images and targets from elsewhere."""
    method, problem = made(max_online_updates=2), toy.problem()
    state = started(method, problem)
    method.step(problem, state, Randomness(0).at(1))
    own, other = set_of(state), SyntheticSet(*(state[name].clone() for name in ("images", "targets", "classes")))
    images = problem.sampler.draw(Randomness(0), 3).images
    rng, before = Randomness(9), copy.deepcopy(state)
    assert torch.equal(method.predictor(problem, own, rng)(images), method.predictor(problem, other, rng)(images))
    assert equal(state, before)


@pytest.mark.parametrize(("steps", "words"), [(100, "for 100 steps"), (1, "for 1 step,"), (0, "drawn at random")])
def test_the_predictor_is_put_in_words(steps, words):
    said = made(max_online_updates=steps).predictor_in_words
    assert words in said and said.startswith("features of a network") and said.endswith("ridge 1e-06")


@pytest.mark.parametrize("bad", [{"pool_size": 0}, {"max_online_updates": -1}, {"labels": "solved"}, {"lr_images": 0}])
def test_hyper_parameters_out_of_bounds_are_refused(bad):
    with pytest.raises(BadInput, match=f"{next(iter(bad))}="):
        made(**bad)


@pytest.mark.parametrize("labels", ["learned", "fixed"])
def test_what_grows_beyond_numbers_ends_the_run_with_a_clear_sentence(labels):
    with pytest.raises(Diverged, match="images or labels of step . are too large .*; a smaller lr_images may help"):
        for _ in distill(toy.problem(), made(lr_images=1e3, labels=labels), toy.synthetic(), steps=60, seed=0):
            pass
