"""Every distiller with networks other than the usual one; DM and FRePo with batch norm against PyTorch's own layers."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
import toy
from reference import networks as torchs
from test_distillers import assert_equal, run

from ddcore.distillers import DISTILLERS
from ddcore.distillers.dm import DistributionMatching
from ddcore.distillers.frepo import NeuralFeatureRegression, margins
from ddcore.errors import BadInput
from ddcore.networks.compute import Compute
from ddcore.randomness import Randomness
from ddcore.sampling.following import FOLLOWERS
from ddcore.sampling.law import SamplingLaw
from ddcore.training.optimisers import fresh_moments, lamb

BATCH_NORM = "convnet:norm=batch,width=4"
OTHERS = pytest.mark.parametrize("text", ["mlp:width=6,depth=2", BATCH_NORM])
K = toy.CLASSES


@pytest.fixture(params=DISTILLERS.names())
def method(request):
    return DISTILLERS.make(request.param, **toy.small("distillers", request.param))


def skip_if_refused(method, text):
    """Some methods refuse some networks, before anything is computed."""
    try:
        method.check_fit(toy.network(text), 1)
    except BadInput as refused:
        pytest.skip(str(refused))


def copied(state):
    """As a checkpoint is: nothing in it is shared with the run that goes on."""
    return copy.deepcopy(state)


@OTHERS
def test_two_steps_run_and_a_stop_between_them_changes_nothing(method, text):
    skip_if_refused(method, text)
    whole = run(toy.problem(through=text), method, toy.synthetic(), steps=2)
    assert [step for step, _, _ in whole] == [0, 1, 2]
    for _, metrics, state in whole[1:]:
        assert all(np.isfinite(value) for value in metrics.values())
        assert state["images"].isfinite().all() and state["targets"].isfinite().all()
    rest = run(toy.problem(through=text), method, None, steps=2, resume_from=(1, copied(whole[1][2])))
    assert [step for step, _, _ in rest] == [2] and rest[0][1] == whole[2][1]
    assert_equal(rest[0][2], whole[2][2])


@OTHERS
@pytest.mark.parametrize("follower", FOLLOWERS.names())
def test_batches_that_follow_look_through_it_and_go_on_as_if_never_stopped(text, follower):
    method = DistributionMatching(**toy.small("distillers", "dm"))
    rule = toy.rule(follower, refresh_every=1, candidates=6)

    def problem():
        return toy.problem(follower=rule, through=text)

    whole = run(problem(), method, toy.synthetic(), steps=2)
    rest = run(problem(), method, None, steps=2, resume_from=(1, copied(whole[1][2])))
    assert_equal(rest[0][2], whole[2][2])


@OTHERS
def test_how_many_images_go_through_at_once_does_not_change_the_result(method, text, monkeypatch):
    """With a ridge that holds rounding down where there are more images than features."""
    skip_if_refused(method, text)
    if hasattr(method, "jitter"):
        method = replace(method, jitter=0.01)
    found = []
    for size in (1000, 2):
        monkeypatch.setattr(Compute, "chunk", lambda self, network, size=size: size)
        found.append(run(toy.problem(through=text), method, toy.synthetic(ipc=3), steps=2)[-1])
    (_, metrics, state), (_, metrics_again, state_again) = found
    assert metrics_again == pytest.approx(metrics, rel=1e-4)
    for name in ("images", "targets"):
        torch.testing.assert_close(state_again[name], state[name], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", ["dm", "frepo"])
def test_who_looks_through_the_network_comes_to_something_else_with_another(name):
    method = DISTILLERS.make(name, **toy.small("distillers", name))
    texts = ("convnet:width=4", BATCH_NORM, "mlp:width=6")
    found = [run(toy.problem(through=text), method, toy.synthetic(), steps=1)[-1][2]["images"] for text in texts]
    assert not any(torch.allclose(found[one], found[other]) for one, other in ((0, 1), (0, 2), (1, 2)))


@pytest.mark.parametrize("name", ["kip", "rfad", "select"])
def test_who_does_not_look_through_it_comes_to_the_same(name):
    """Random networks of RFAD are bare, and as deep as is usual where the network is no conv net."""
    method = DISTILLERS.make(name, **toy.small("distillers", name))
    usual, *others = (
        run(toy.problem(through=text), method, toy.synthetic(), steps=1)[-1][2]
        for text in ("convnet:width=4", BATCH_NORM, "mlp:width=6,depth=1")
    )
    for state in others:
        assert_equal(state, usual)


# -- batch norm against PyTorch's own layers


def frozen_at(chain, images):
    """A chain that is tested with the statistics of `images`."""
    for layer in chain:
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = 1.0
    chain.train()(images)
    return chain.eval()


@pytest.mark.parametrize("scores", [None, np.arange(24.0) + 1], ids=["uniform", "corrected"])
def test_the_loss_of_dm_takes_the_statistics_of_whole_batches(scores, monkeypatch):
    """All real images go through the network together, and all synthetic ones, however few fit at once."""
    monkeypatch.setattr(Compute, "chunk", lambda self, network: 2)
    problem = toy.problem(scores, SamplingLaw("corrected"), through=BATCH_NORM)
    method, synthetic, rng = DistributionMatching(batch_real=5), toy.synthetic(), Randomness(0).at(1)
    state = method.init(problem, synthetic, rng)
    metrics = method.step(problem, state, rng)

    chain = torchs.module(problem.network, problem.network.init(rng.torch("network")))[:-1]
    draw, batch = problem.augmentation.draw(rng.numpy("augmentation"), K), problem.sampler.draw(rng, 5)
    images = synthetic.images.clone().requires_grad_(True)
    real = chain(problem.augmentation.apply(batch.images, draw, batch.labels)).detach()
    mine = chain(problem.augmentation.apply(images, draw, synthetic.classes))
    loss = torch.zeros(())
    for c in range(K):
        members = batch.labels == c
        mean = (batch.weights[members, None] * real[members]).sum(0) / members.sum()
        loss = loss + (mean - mine[synthetic.classes == c].mean(0)).square().sum()
    (gradient,) = torch.autograd.grad(loss, images)
    assert metrics["loss"] == pytest.approx(loss.item(), rel=1e-5)
    torch.testing.assert_close(state["images"], synthetic.images - method.lr_images * gradient, atol=1e-5, rtol=1e-4)


def regression(see, images, labels, weights, test, jitter=1e-6):
    """Ridge regression on what `see` makes of images, from its formula."""
    support = see(images).double()
    gram = support @ support.T
    ridge = jitter * gram.trace() / len(images) / weights
    return see(test).double() @ support.T @ torch.linalg.inv(gram + ridge.diag()) @ labels


def learn(chain, optimiser, images, labels, weights):
    """One step of a chain on the squared error of its outputs on a weighted set."""
    optimiser.zero_grad()
    errors = (chain.train()(images) - labels.float()).square().sum(1) / 2
    ((weights * errors).sum() / weights.sum()).backward()
    optimiser.step()


def take_biases(chain, network):
    """Those before a norm, which takes them away: their gradient is rounding, and Adam makes much of it."""
    with torch.no_grad():
        for name, value in torchs.named(chain).items():
            if name.startswith("conv") and name.endswith("bias"):
                value.copy_(network["parameters"][name])


def test_frepo_looks_through_running_statistics_and_learns_by_those_of_the_batch():
    method = NeuralFeatureRegression(batch_real=4, pool_size=1, lr_images=0.05, lr_network=1e-3)
    problem, jitter = toy.problem(through=BATCH_NORM), method.jitter
    state = method.init(problem, toy.weighted(), Randomness(0))
    weights, network = state["weights"].clone(), one_of_pool(state)
    chain = torchs.module(problem.network, network["parameters"])
    optimiser = torch.optim.Adam(chain.parameters(), lr=method.lr_network)
    moments = fresh_moments(state["images"])
    for step in (1, 2, 3):
        rng = Randomness(0).at(step)
        batch = problem.sampler.draw_across(rng, 4)
        images, labels = state["images"].clone().requires_grad_(True), state["labels"].clone()
        see = chain.eval()[:-1]
        with torch.no_grad():
            current = method.current_predictor(problem, state, rng)(batch.images)
        predicted = regression(see, images, labels, weights, batch.images, jitter)
        torch.testing.assert_close(current, predicted.detach(), atol=1e-4, rtol=1e-4)
        truth = torch.eye(K)[batch.labels] - 1 / K
        loss = (batch.weights * (predicted - truth).square().sum(1) / 2).mean()
        (gradient,) = torch.autograd.grad(loss, images)
        metrics = method.step(problem, state, rng)
        assert metrics["loss"] == pytest.approx(loss.item() + margins(labels).mean().item(), rel=1e-4)
        expected = images.detach().clone()
        lamb(expected, gradient, moments, method.lr_images)
        torch.testing.assert_close(state["images"], expected, atol=1e-4, rtol=1e-3)
        learn(chain, optimiser, state["images"], state["labels"], weights)
        network = one_of_pool(state)
        take_biases(chain, network)
        expected = {name: value.detach() for name, value in (torchs.named(chain) | torchs.statistics(chain)).items()}
        torch.testing.assert_close(network["parameters"] | network["buffers"], expected, atol=1e-4, rtol=1e-4)


def one_of_pool(state, place=0):
    return {
        kind: {name: value[place].clone() for name, value in state["pool"][kind].items()}
        for kind in ("parameters", "buffers")
    }


def test_the_predictor_of_frepo_for_any_set_uses_the_statistics_it_has_seen():
    """Its parameters are held, as rounding in biases before a norm would be seen here."""
    method, given, rng = NeuralFeatureRegression(max_online_updates=3, lr_network=0.0), toy.weighted(), Randomness(5)
    problem = toy.problem(through=BATCH_NORM)
    chain = torchs.module(problem.network, problem.network.init(rng.torch("network")))
    labels, weights = (torch.eye(K)[given.classes] - 1 / K).double(), given.targets.double().sum(1)
    for _ in range(3):
        chain.train()(given.images)
    test = torch.as_tensor(np.random.default_rng(1).standard_normal((7, 1, 8, 8), np.float32))
    expected = regression(chain.eval()[:-1], given.images, labels, weights, test).detach()
    predictor = method.predictor(problem, given, rng)
    torch.testing.assert_close(predictor(test), expected, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(predictor(test[:1]), predictor(test)[:1], atol=1e-5, rtol=1e-4)


def test_what_followers_see_of_a_random_network_has_the_statistics_of_the_synthetic_set():
    problem, synthetic, rng = toy.problem(through=BATCH_NORM), toy.synthetic(), Randomness(3).at(4)
    view = toy.network_view(problem, synthetic, rng)
    chain = torchs.module(problem.network, problem.network.init(rng.torch("network")))
    images = problem.sampler.draw(rng, 4).images
    expected = frozen_at(chain, synthetic.images)[:-1](images)
    torch.testing.assert_close(view.features(images), expected.detach())


@OTHERS
def test_losses_that_followers_see_are_those_of_each_image_by_itself(text):
    problem, rng = toy.problem(through=text), Randomness(3).at(4)
    view, batch = toy.network_view(problem, toy.synthetic(), rng), problem.sampler.draw(rng, 4)
    together = view.losses(batch.images, batch.labels, 2)
    alone = [view.losses(batch.images[[i]], batch.labels[[i]], 2) for i in range(len(batch.labels))]
    torch.testing.assert_close(together, torch.cat(alone))
