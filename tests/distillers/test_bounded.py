"""Gradients in parts: they are those of the whole, and no graph is larger than was said."""

import numpy as np
import pytest
import torch
import toy

from ddcore.distillers.bounded import parts, summed, value_and_gradient
from ddcore.distillers.dm import DistributionMatching
from ddcore.networks.compute import Compute
from ddcore.networks.convnet import ConvNet
from ddcore.randomness import Randomness
from ddcore.sampling.law import SamplingLaw


@pytest.mark.parametrize("at_once", [1, 2, 3, 7, 100])
def test_a_loss_of_sums_in_parts_is_the_loss_of_the_whole(at_once):
    images = torch.randn(7, 1, 2, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    weights = torch.arange(7, dtype=torch.float64)
    most = []

    def terms(images, part):
        if images.requires_grad:
            most.append(len(images))
        return [(images**2 * weights[part, None, None, None]).sum(0), images.sin().sum()]

    def loss(sums):
        return torch.stack([sums[0].square().sum(), sums[0].sum() * sums[1]])

    leaf = images.clone().requires_grad_(True)
    whole = loss(terms(leaf, slice(0, 7)))
    whole.sum().backward()
    most.clear()
    value, gradient = value_and_gradient(images, at_once, terms, loss)
    assert max(most) == min(at_once, 7) and not value.requires_grad and not images.requires_grad
    torch.testing.assert_close(value, whole.detach())
    torch.testing.assert_close(gradient, leaf.grad)


def test_parts_cover_their_rows_once():
    assert parts(slice(3, 10), 3) == [slice(3, 6), slice(6, 9), slice(9, 10)]
    assert parts(slice(0, 4), 9) == [slice(0, 4)]
    first = torch.ones(2)
    assert [one.tolist() for one in summed([[first.clone()], [first], [first]])] == [[3.0, 3.0]]
    assert first.tolist() == [1.0, 1.0], "what is added stays"


@pytest.fixture
def graphs(monkeypatch):
    """How many images each pass through a network had that kept a graph."""
    found, features = [], ConvNet.features

    def watched(self, parameters, images, buffers=None):
        made = features(self, parameters, images, buffers)
        if made.requires_grad:
            found.append(len(images))
        return made

    monkeypatch.setattr(ConvNet, "features", watched)
    return found


@pytest.mark.parametrize("factor", [1, 2])
@pytest.mark.parametrize("scores", [None, np.arange(24.0) + 1], ids=["uniform", "corrected"])
def test_dm_takes_a_class_of_many_images_in_parts(factor, scores, graphs, monkeypatch):
    """Each part keeps its own graph, and that of the part before has gone: no more than 8 images at a time."""
    states, most = [], []
    monkeypatch.setattr(torch.autograd, "grad", graph_ends(torch.autograd.grad, graphs, most))
    for chunk in (1000, 8):
        monkeypatch.setattr(Compute, "chunk", lambda self, network, size=chunk: size)
        problem = toy.problem(scores, SamplingLaw("corrected"))
        object.__setattr__(problem, "factor", factor)
        method = DistributionMatching(batch_real=5)
        state = method.init(problem, toy.synthetic(ipc=30), Randomness(0))
        most.clear()
        loss = method.step(problem, state, Randomness(0).at(1))["loss"]
        states.append((loss, state["images"]))
        decoded = 90 * factor**2
        assert sum(most) == decoded and max(most) == (decoded if chunk == 1000 else 8)
    (loss, images), (same_loss, same) = states
    assert same_loss == pytest.approx(loss, rel=1e-5)
    torch.testing.assert_close(same, images, atol=1e-6, rtol=1e-5)


def graph_ends(grad, graphs, most):
    """`torch.autograd.grad`, with which the graph of what went through the network since the last one goes."""

    def watched(outputs, *args, **kwargs):
        if graphs:
            most.append(sum(graphs))
            graphs.clear()
        return grad(outputs, *args, **kwargs)

    return watched


def test_dm_in_batch_norm_keeps_all_classes_together(graphs, monkeypatch):
    monkeypatch.setattr(Compute, "chunk", lambda self, network: 2)
    problem = toy.problem(through="convnet:norm=batch,width=4,depth=2")
    method = DistributionMatching(batch_real=5)
    method.step(problem, method.init(problem, toy.synthetic(ipc=4), Randomness(0)), Randomness(0).at(1))
    assert graphs == [12]
