"""Networks as published: sizes, initial distribution, and the same function whichever way it is called."""

import pytest
import torch
import torch.nn.functional as F

from ddcore.errors import BadInput
from ddcore.networks import default_depth, largest_depth
from ddcore.networks.convnet import ConvNet
from ddcore.randomness import torch_generator


def count(network: ConvNet) -> int:
    return sum(value.numel() for value in network.init(torch_generator(0, "test")).values())


@pytest.mark.parametrize(("shape", "classes", "expected"), [((3, 32, 32), 10, 320_010), ((3, 32, 32), 100, 504_420)])
def test_published_parameter_counts(shape, classes, expected):
    assert count(ConvNet(shape, classes)) == expected


def test_28_pixels_are_padded_to_32_as_published():
    network = ConvNet((1, 28, 28), 10)
    assert network.num_features == 2048
    features = network.features(network.init(torch_generator(0, "test")), torch.zeros(2, 1, 28, 28))
    assert features.shape == (2, 2048)


@pytest.mark.parametrize(("size", "depth"), [(8, 2), (16, 3), (28, 3), (32, 3), (64, 4), (128, 5)])
def test_default_depth(size, depth):
    assert default_depth(size, size) == depth


@pytest.mark.parametrize("size", [4, 8, 28, 32])
def test_depth_never_pools_below_one_pixel(size):
    deepest = largest_depth(size, size)
    network = ConvNet((1, size, size), 2, width=2, depth=deepest)
    assert network.num_features >= 2
    with pytest.raises(BadInput, match=rf"depth={deepest + 1} does not fit {size}x{size} images; .* 1 to {deepest}"):
        ConvNet((1, size, size), 2, width=2, depth=deepest + 1)


def test_parameters_are_those_of_pytorchs_own_layers():
    """Same function as a chain of torch.nn layers given the same weights, and the same range of initial weights."""
    network = ConvNet((3, 16, 16), 5, width=6, depth=2)
    p = network.init(torch_generator(1, "test"))
    layers, channels = [], 3
    for block in range(2):
        conv, norm = torch.nn.Conv2d(channels, 6, 3, padding=1), torch.nn.GroupNorm(6, 6)
        assert p[f"conv{block}.weight"].abs().max() <= conv.weight.abs().max() * 1.1
        assert p[f"conv{block}.weight"].abs().max() >= conv.weight.abs().max() * 0.9
        conv.load_state_dict({"weight": p[f"conv{block}.weight"], "bias": p[f"conv{block}.bias"]})
        layers += [conv, norm, torch.nn.ReLU(), torch.nn.AvgPool2d(2)]
        channels = 6
    linear = torch.nn.Linear(network.num_features, 5)
    linear.load_state_dict({"weight": p["linear.weight"], "bias": p["linear.bias"]})
    chain = torch.nn.Sequential(*layers, torch.nn.Flatten(), linear)
    x = torch.randn(4, 3, 16, 16, generator=torch_generator(2, "test"))
    torch.testing.assert_close(network.logits(p, x), chain(x))


def test_fresh_networks_differ_and_repeat():
    network = ConvNet((1, 8, 8), 3, width=4, depth=2)
    one, same, other = (network.init(torch_generator(seed, "network")) for seed in (0, 0, 1))
    assert torch.equal(one["conv0.weight"], same["conv0.weight"])
    assert not torch.equal(one["conv0.weight"], other["conv0.weight"])


def test_stacked_parameters_are_the_single_networks():
    network = ConvNet((1, 8, 8), 3, width=4, depth=2)
    singles = [network.init(torch_generator(seed, "network")) for seed in range(3)]
    stacked = {name: torch.stack([p[name] for p in singles]) for name in singles[0]}
    x = torch.randn(3, 5, 1, 8, 8, generator=torch_generator(2, "test"))
    together = torch.vmap(network.logits)(stacked, x)
    for number, parameters in enumerate(singles):
        torch.testing.assert_close(together[number], network.logits(parameters, x[number]))
    assert F.softmax(together, -1).isfinite().all()
