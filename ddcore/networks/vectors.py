"""A network's parameters as one vector, for methods that compare whole networks.

Letters: P parameters.
"""

from functools import cache

import torch

from ddcore.networks.base import Network, Parameters


def flattened(parameters: Parameters) -> torch.Tensor:
    """(P,) all parameters one after another, in the order of the network."""
    return torch.cat([value.flatten() for value in parameters.values()])


def unflattened(network: Network, vector: torch.Tensor) -> Parameters:
    """The parameters in `vector` (P,), as views of it."""
    shapes = _shapes(network)
    parts = vector.split([shape.numel() for shape in shapes.values()])
    return {name: part.view(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)}


def count(network: Network) -> int:
    """The number P of parameters."""
    return sum(shape.numel() for shape in _shapes(network).values())


@cache
def _shapes(network: Network) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in network.init(torch.Generator().manual_seed(0)).items()}
