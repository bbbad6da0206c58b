"""The networks of `ddcore/networks` as plain chains of PyTorch's own layers, with the same parameters.

`module` makes the chain; where it normalises by batches it keeps running statistics by itself, and uses them once it is
in `eval()`. `named` and `statistics` say which of its tensors is which of ours.
"""

import torch
from torch import nn

from ddcore.networks.convnet import ConvNet
from ddcore.networks.mlp import MLP

_ACTIVATIONS = {"relu": nn.ReLU, "leaky-relu": nn.LeakyReLU, "sigmoid": nn.Sigmoid, "swish": nn.SiLU}
_POOLINGS = {"average": lambda: nn.AvgPool2d(2), "max": lambda: nn.MaxPool2d(2), "none": nn.Identity}


KNOWN = ("convnet", "mlp")
"""Networks that are written here anew: those that come with the project."""


def _norm(kind, width, sides):
    if kind == "layer":
        return nn.LayerNorm([width, *sides])
    if kind == "batch":
        return nn.BatchNorm2d(width)
    return nn.Identity() if kind == "none" else nn.GroupNorm({"instance": width, "group": 4}[kind], width)


def _layers(network):
    """(our name, layer) from the first to the last; a name is empty where there is nothing to learn."""
    channels, height, width = network.shape
    sides = [32 if side == 28 else side for side in (height, width)]
    if isinstance(network, MLP):
        sizes = [channels * height * width, *[network.width] * network.depth]
        yield "", nn.Flatten()
        for place, (one, other) in enumerate(zip(sizes, sizes[1:], strict=False)):
            yield f"hidden{place}", nn.Linear(one, other)
            yield "", nn.ReLU()
    else:
        assert isinstance(network, ConvNet)
        for block in range(network.depth):
            padding = [3 if block == 0 and side == 28 else 1 for side in (height, width)]
            yield f"conv{block}", nn.Conv2d(channels, network.width, 3, padding=padding)
            yield f"norm{block}", _norm(network.norm, network.width, sides)
            yield "", _ACTIVATIONS[network.activation]()
            yield "", _POOLINGS[network.pooling]()
            channels = network.width
            sides = sides if network.pooling == "none" else [side // 2 for side in sides]
        yield "", nn.Flatten()
    yield "linear", nn.LazyLinear(network.num_classes)


def module(network, parameters, buffers=None):
    """A chain with copies of the `parameters`, ready to train; its last layer is `chain[-1]`."""
    names, layers = zip(*_layers(network), strict=True)
    chain = nn.Sequential(*layers).to(parameters["linear.weight"].dtype)
    chain.eval()(torch.zeros(1, *network.shape, dtype=parameters["linear.weight"].dtype))  # sizes of the last layer
    chain.names = names
    with torch.no_grad():
        for name, value in named(chain).items():
            value.copy_(parameters[name])
        for name, value in statistics(chain).items():
            if buffers:
                value.copy_(buffers[name])
    return chain.train()


def named(chain):
    """Our name -> parameter of the chain."""
    return {
        f"{name}.{which}": value
        for name, layer in zip(chain.names, chain, strict=True)
        for which, value in layer.named_parameters()
    }


def statistics(chain):
    """Our name -> running mean or variance of the chain."""
    found = {}
    for name, layer in zip(chain.names, chain, strict=True):
        if isinstance(layer, nn.BatchNorm2d):
            found |= {f"{name}.mean": layer.running_mean, f"{name}.variance": layer.running_var}
    return found
