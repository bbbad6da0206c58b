"""What holds for every network, and for every choice of its parameters; one that is new in `NETWORKS` is held to it."""

import json
from itertools import combinations

import pytest
import torch
import toy
from reference import networks as torchs
from torch.overrides import TorchFunctionMode

from ddcore.networks import NETWORKS, in_words, parsed
from ddcore.networks.base import calibrated, make_network, network_of
from ddcore.networks.compute import Compute
from ddcore.networks.convnet import ConvNet
from ddcore.networks.mlp import MLP
from ddcore.randomness import Randomness, torch_generator

TOGETHER = ["convnet:width=4,norm=batch,pooling=none,depth=1", "convnet:width=8,norm=layer,activation=swish,depth=3"]
EVERY = pytest.mark.parametrize("text", [*toy.networks(), *TOGETHER])
SHAPES = pytest.mark.parametrize("shape", [(1, 8, 8), (3, 9, 12), (1, 28, 28)], ids=str)


def images(count=5, shape=(1, 8, 8), seed=0):
    return torch.randn(count, *shape, generator=torch_generator(seed, "images"))


def uneven(network, seed=1):
    """Parameters of which none is 0 or 1, as norms start, so that every one has its say."""
    generator = torch_generator(seed, "network")
    drawn = network.init(generator)
    return {name: value + 0.3 * torch.rand(value.shape, generator=generator) for name, value in drawn.items()}


@EVERY
def test_the_generator_decides_and_nothing_else(text):
    network, state = toy.network(text), torch.get_rng_state()
    one, same, other = (network.init(torch_generator(seed, "network")) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), state)
    assert one.keys() == same.keys() == other.keys()
    assert all(torch.equal(one[name], same[name]) for name in one)
    drawn = [name for name in one if not torch.equal(one[name], other[name])]
    assert {name for name in one if not name.startswith("norm")} == set(drawn)
    in_turn = torch_generator(0, "network")
    first, second = network.init(in_turn), network.init(in_turn)
    assert torch.equal(first["linear.weight"], one["linear.weight"])
    assert not torch.equal(second["linear.weight"], one["linear.weight"]), "one generator gives one after another"


@pytest.mark.parametrize("text", [text for text in (*toy.networks(), *TOGETHER) if parsed(text)[0] in torchs.KNOWN])
@SHAPES
def test_features_and_logits_are_those_of_pytorchs_own_layers(text, shape):
    network = toy.network(text, shape)
    parameters, x = uneven(network), images(4, shape)
    chain = torchs.module(network, parameters)
    assert torchs.named(chain).keys() == parameters.keys()
    features = network.features(parameters, x)
    assert features.shape == (4, network.num_features)
    torch.testing.assert_close(features, chain[:-1](x))
    torch.testing.assert_close(network.logits(parameters, x), chain(x))


@EVERY
def test_the_head_is_the_last_layer(text):
    network = toy.network(text)
    parameters, x = uneven(network), images()
    weight, bias = network.head(parameters)
    assert weight.shape == (toy.CLASSES, network.num_features) and bias.shape == (toy.CLASSES,)
    features = network.features(parameters, x)
    torch.testing.assert_close(network.logits(parameters, x), features @ weight.T + bias)
    weight.zero_()
    assert torch.equal(network.features(parameters, x), features), "and of no other"
    assert torch.equal(network.logits(parameters, x), bias.expand(5, -1)), "the very tensors of the parameters"


@EVERY
def test_without_buffers_or_with_a_network_that_has_none_features_are_the_same(text):
    network = toy.network(text)
    parameters, x = uneven(network), images()
    features, seen = network.observed(parameters, x)
    assert torch.equal(features, network.features(parameters, x))
    fresh = network.fresh_buffers("cpu")
    assert seen.keys() == fresh.keys() and bool(fresh) == network.coupled
    assert {name: value.shape for name, value in seen.items()} == {name: value.shape for name, value in fresh.items()}
    assert not any(value.requires_grad for value in seen.values())
    made = calibrated(network, parameters, x)
    assert (made.buffers is None) == (not network.coupled)
    if not network.coupled:
        assert torch.equal(network.features(parameters, x, fresh), features)


@EVERY
def test_it_is_coupled_exactly_if_an_images_features_depend_on_its_companions(text):
    network = toy.network(text)
    parameters, x = uneven(network), images(6)
    together, apart = network.features(parameters, x)[:3], network.features(parameters, x[:3])
    assert network.coupled == (not torch.allclose(together, apart, atol=1e-5, rtol=1e-4))
    buffers = network.observed(parameters, images(9, seed=4))[1]
    with_others, alone = (network.features(parameters, part, buffers)[:1] for part in (x, x[:1]))
    torch.testing.assert_close(with_others, alone)


@EVERY
@pytest.mark.parametrize("given", [False, True], ids=["no buffers", "buffers"])
def test_in_chunks_features_are_the_same(text, given, monkeypatch):
    network, compute = toy.network(text), Compute()
    parameters, x = uneven(network), images(7)
    buffers = network.observed(parameters, images(9, seed=4))[1] if given else None
    whole = network.features(parameters, x, buffers)
    monkeypatch.setattr(Compute, "chunk", lambda self, network: 3)
    torch.testing.assert_close(compute.features(network, parameters, x, buffers), whole)
    x.requires_grad_(True)
    (gradient,) = torch.autograd.grad(compute.features(network, parameters, x, buffers).square().sum(), x)
    (expected,) = torch.autograd.grad(network.features(parameters, x, buffers).square().sum(), x)
    torch.testing.assert_close(gradient, expected, atol=1e-4, rtol=1e-4)


class Widest(TorchFunctionMode):
    """The most floats an image has in any tensor of images that a calculation makes."""

    def __init__(self, count):
        self.count, self.floats = count, 0

    def __torch_function__(self, function, types, args=(), kwargs=None):
        made = function(*args, **(kwargs or {}))
        if isinstance(made, torch.Tensor) and made.ndim > 1 and len(made) == self.count:
            self.floats = max(self.floats, made[0].numel())
        return made


@EVERY
@SHAPES
def test_its_cost_bounds_the_widest_activation(text, shape):
    """28 pixels are padded to 32 by the first convolution, which is not counted: the network may be wider by that."""
    network, count = toy.network(text, shape), 17
    parameters, x = network.init(torch_generator(0, "network")), images(count, shape)
    with Widest(count) as widest:
        network.features(parameters, x)
    padded, side = (32, 28) if shape[1] == 28 and isinstance(network, ConvNet) else (1, 1)
    assert 0 < widest.floats * side**2 <= network.cost * padded**2
    assert network.cost <= 2 * widest.floats, "and not idly"


@pytest.mark.parametrize("device", ["cpu", "cuda:0"])
def test_a_chunk_is_some_images_whatever_the_network(device):
    compute = Compute(device)
    small, large = (compute.chunk(network_of("convnet", (3, side, side), 10)) for side in (8, 256))
    assert small > large >= 8
    assert compute.chunk(toy.network("mlp:width=2")) > compute.chunk(toy.network("mlp:width=65536"))


def test_any_two_different_networks_are_told_apart():
    texts = [*toy.networks(), *TOGETHER, *NETWORKS.names(), "convnet:width=4,depth=1", "mlp:width=6,depth=3"]
    made = [toy.network(text) for text in texts]
    for one, other in combinations(made, 2):
        assert (one == other) == (one.describe() == other.describe()) == (one.identity == other.identity), (one, other)
        assert in_words(one.describe()) != in_words(other.describe()) or one == other
    shapes = [toy.network("mlp", (1, 8, 8)), toy.network("mlp", (1, 4, 16)), network_of("mlp", (1, 8, 8), 4)]
    assert len({network.identity for network in shapes}) == 3, "what is kept is kept by shape and classes too"


@EVERY
def test_a_description_is_json_and_makes_the_network_again(text):
    network = toy.network(text)
    said = json.loads(json.dumps(network.describe(), allow_nan=False))
    assert said == network.describe() and said["name"] == text.partition(":")[0]
    assert make_network(network.shape, network.num_classes, **said) == network


def test_what_was_kept_before_there_were_choices_has_the_same_name():
    network = ConvNet((1, 8, 8), 3, width=4, depth=2)
    assert network.identity == "ConvNet(shape=(1, 8, 8), num_classes=3, width=4, depth=2)"
    assert network.describe() == {"name": "convnet", "width": 4, "depth": 2}
    assert make_network((1, 8, 8), 3, "convnet", width=4, depth=None) == network


@EVERY
def test_all_parameters_and_the_images_have_a_gradient(text):
    network = toy.network(text)
    parameters = {name: value.requires_grad_(True) for name, value in uneven(network).items()}
    x = images().requires_grad_(True)
    loss = torch.nn.functional.cross_entropy(network.logits(parameters, x), torch.tensor([0, 1, 2, 0, 1]))
    gradients = torch.autograd.grad(loss, [x, *parameters.values()])
    assert all(gradient.isfinite().all() for gradient in gradients) and gradients[0].any()


@EVERY
def test_networks_side_by_side_are_the_single_ones(text):
    network = toy.network(text)
    singles = [uneven(network, seed) for seed in range(3)]
    stacked = {name: torch.stack([one[name] for one in singles]) for name in singles[0]}
    x = torch.stack([images(seed=seed) for seed in range(3)])
    together, seen = torch.vmap(network.observed)(stacked, x)
    for place, parameters in enumerate(singles):
        features, own = network.observed(parameters, x[place])
        torch.testing.assert_close(together[place], features)
        for name, value in own.items():
            torch.testing.assert_close(seen[name][place], value)


@EVERY
def test_random_features_of_it_are_those_of_a_bare_conv_net(text):
    network = toy.network(text)
    bare = network.bare(5)
    assert (bare.shape, bare.width) == (network.shape, 5)
    assert bare.depth == (network.depth if isinstance(network, ConvNet) else 2), "the usual depth for 8 pixels"
    layers = bare.init(Randomness(0).torch("network"))
    assert bare.features(layers, images()).shape == (5, bare.num_features)


def test_the_published_perceptron():
    parameters = MLP((1, 28, 28), 10).init(torch_generator(0, "network"))
    assert sum(value.numel() for value in parameters.values()) == 118_282
    for name, fan_in in (("hidden0", 784), ("hidden1", 128), ("linear", 128)):
        for part in ("weight", "bias"):
            most = parameters[f"{name}.{part}"].abs().max()
            assert 0.8 * fan_in**-0.5 < most <= fan_in**-0.5, "drawn as torch.nn.Linear draws them"
