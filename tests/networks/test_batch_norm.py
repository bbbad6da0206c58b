"""Batch normalisation against torch.nn.BatchNorm2d in a plain chain of layers (`reference/networks.py`), in float64."""

import pytest
import torch
import torch.nn.functional as F
import toy
from reference import networks as torchs

from ddcore.networks.base import calibrated
from ddcore.randomness import torch_generator
from ddcore.training.optimisers import EFFICIENT_ADAM, sgd
from ddcore.training.trainer import Step, Trainer, plain, trained

TEXTS = ["convnet:norm=batch,width=4,depth=2", "convnet:norm=batch,width=3,depth=1,pooling=none,activation=swish"]
EVERY = pytest.mark.parametrize("text", TEXTS)
SHAPE = (2, 8, 6)
LABELS = torch.tensor([0, 1, 2, 2, 1])


def images(seed, count=5):
    """Far from mean 0 and variance 1, where running statistics begin."""
    return 3 * torch.randn(count, *SHAPE, generator=torch_generator(seed, "images"), dtype=torch.float64) + 2


def made(text):
    network, generator = toy.network(text, SHAPE), torch_generator(0, "network")
    parameters = {name: value.double() for name, value in network.init(generator).items()}
    for name, value in parameters.items():
        if name.startswith("norm"):
            value += torch.rand(value.shape, generator=generator, dtype=torch.float64)
    buffers = {name: value.double() for name, value in network.fresh_buffers("cpu").items()}
    return network, parameters, buffers


def gradients_of(loss, x, parameters):
    names = ["images", *parameters]
    return dict(zip(names, torch.autograd.grad(loss, [x, *parameters.values()]), strict=True))


@EVERY
def test_running_statistics_begin_as_those_of_pytorch(text):
    network, parameters, buffers = made(text)
    theirs = torchs.statistics(torchs.module(network, parameters))
    assert buffers.keys() == theirs.keys()
    assert all(torch.equal(buffers[name], theirs[name]) for name in theirs)


@EVERY
def test_in_training_outputs_statistics_and_gradients_are_pytorchs(text):
    network, parameters, _ = made(text)
    chain = torchs.module(network, parameters)
    for layer in chain:
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = 1.0  # running statistics are then those of the batch
    leaves = {name: value.requires_grad_(True) for name, value in parameters.items()}
    x, same = images(1).requires_grad_(True), images(1).requires_grad_(True)
    logits, theirs = network.logits(leaves, x), chain(same)
    torch.testing.assert_close(logits, theirs)
    _, seen = network.observed(leaves, x)
    torch.testing.assert_close(seen, torchs.statistics(chain))
    ours = gradients_of(F.cross_entropy(logits, LABELS), x, leaves)
    torch.testing.assert_close(ours, gradients_of(F.cross_entropy(theirs, LABELS), same, torchs.named(chain)))


@EVERY
def test_once_trained_outputs_and_gradients_are_pytorchs(text):
    network, parameters, _ = made(text)
    buffers = network.observed(parameters, images(2, count=9))[1]
    chain = torchs.module(network, parameters, buffers).eval()
    leaves = {name: value.requires_grad_(True) for name, value in parameters.items()}
    before = {name: value.clone() for name, value in buffers.items()}
    x, same = images(1).requires_grad_(True), images(1).requires_grad_(True)
    logits, theirs = network.logits(leaves, x, buffers), chain(same)
    torch.testing.assert_close(logits, theirs)
    assert not torch.allclose(logits, network.logits(leaves, x)), "not the statistics of these images"
    ours = gradients_of(F.cross_entropy(logits, LABELS), x, leaves)
    torch.testing.assert_close(ours, gradients_of(F.cross_entropy(theirs, LABELS), same, torchs.named(chain)))
    assert all(torch.equal(buffers[name], before[name]) for name in before), "looking changes nothing"


@EVERY
@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_after_several_steps_parameters_and_running_statistics_are_pytorchs(text, optimiser):
    network, parameters, buffers = made(text)
    chain = torchs.module(network, parameters)
    if optimiser == "sgd":
        ours, theirs = sgd(0.9, 5e-4), torch.optim.SGD(chain.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    else:
        ours, theirs = EFFICIENT_ADAM, torch.optim.Adam(chain.parameters(), lr=0.1)
    trainer = Trainer(plain(network), ours, F.cross_entropy)
    state = trainer.begin(parameters, buffers)
    for step in range(6):
        trainer.step(state, Step(images(step), LABELS, 0.1))
        theirs.zero_grad()
        F.cross_entropy(chain(images(step)), LABELS).backward()
        theirs.step()
        torch.testing.assert_close(state["buffers"], torchs.statistics(chain))
    found = {name: value.detach() for name, value in torchs.named(chain).items()}
    torch.testing.assert_close(parameters, found, atol=1e-6, rtol=1e-6)
    done = trained(state)
    logits = network.logits(done.parameters, images(9), done.buffers)
    torch.testing.assert_close(logits, chain.eval()(images(9)).detach(), atol=1e-6, rtol=1e-6)


def test_running_statistics_by_hand():
    """One channel, one block: 0.9 of what was and 0.1 of the batch's own, the variance without bias."""
    network = toy.network("convnet:norm=batch,width=1,depth=1", (1, 2, 2))
    parameters = network.init(torch_generator(0, "network"))
    parameters["conv0.weight"].zero_()[0, 0, 1, 1] = 1.0  # the image as it is
    parameters["conv0.bias"].zero_()
    x = torch.tensor([[1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 0.0, 6.0]]).view(2, 1, 2, 2)
    trainer = Trainer(plain(network), sgd(0.0, 0.0), F.cross_entropy)
    state = trainer.begin(parameters, network.fresh_buffers("cpu"))
    trainer.step(state, Step(x, torch.tensor([0, 1]), 0.0))
    assert state["buffers"]["norm0.mean"].item() == pytest.approx(0.1 * 2)
    assert state["buffers"]["norm0.variance"].item() == pytest.approx(0.9 * 1 + 0.1 * (66 - 8 * 4) / 7)


@EVERY
def test_a_calibrated_network_has_the_statistics_of_the_images_it_is_given(text):
    """They pass for the images of a batch but for the bias of the variance, which the batch itself is divided by."""
    network, parameters, _ = made(text)
    found = calibrated(network, parameters, images(3, count=40))
    chain = torchs.module(network, parameters)
    for layer in chain:
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = 1.0
    chain(images(3, count=40))
    torch.testing.assert_close(found.buffers, torchs.statistics(chain))
    assert found.parameters is parameters and not any(value.requires_grad for value in found.buffers.values())
