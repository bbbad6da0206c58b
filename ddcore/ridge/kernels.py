"""Kernels between images: those of infinitely wide networks, of what finite networks see, the RBF kernel and the linear
one.

Those of fully connected ReLU networks are in `ddcore.ridge.infinite_width`.
All kernels are differentiable (`nngp` and `ntk` twice only where no two images are equal) and keep the type they are
given, except those of features, which are float64: what is solved with them is.
Letters: n, m images of D numbers, or of F features.
"""

import torch

from ddcore.errors import BadInput
from ddcore.ridge.infinite_width import BIAS_STD, WEIGHT_STD, fully_connected


def linear(x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """(n, m) inner products of `x` (n, ...) and `z` (m, ...): ridge regression on the numbers themselves."""
    x, z = x.flatten(1), z.flatten(1)
    return (z @ x.T).T if len(x) > len(z) else x @ z.T  # few rows with many columns: up to twice as fast


def nngp(x: torch.Tensor, z: torch.Tensor, hidden: int = 1) -> torch.Tensor:
    """(n, m) covariances of a random network's outputs at `x` (n, ...) and `z` (m, ...), `hidden` ReLU layers."""
    return fully_connected(x.flatten(1), z.flatten(1), hidden, tangent=False)


def ntk(x: torch.Tensor, z: torch.Tensor, hidden: int = 1) -> torch.Tensor:
    """(n, m) neural tangent kernel between `x` (n, ...) and `z` (m, ...); one hidden layer is KIP's kernel."""
    return fully_connected(x.flatten(1), z.flatten(1), hidden, tangent=True)


def rbf(x: torch.Tensor, z: torch.Tensor, width: float = 1.0) -> torch.Tensor:
    """(n, m) exp(-|x - z|^2 / (2 width^2 D)) of `x` (n, ...) and `z` (m, ...), D numbers each.

    `width` 1 suits standardised images: two of them are about sqrt(2 D) apart.
    """
    if width <= 0:
        raise BadInput(f"width={width} is not allowed; choose a number above 0.")
    x, z = x.flatten(1), z.flatten(1)
    squared = x.square().sum(1)[:, None] + z.square().sum(1) - 2 * linear(x, z)
    return (squared.clamp(min=0) / (-2 * width**2 * x.shape[1])).exp()


def empirical(x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """(n, m) float64 inner products of features `x` (n, F) and `z` (m, F): the kernel of a finite network (FRePo).

    Summed in float64 too: a set of more images than features has a singular matrix, which the rounding of float32
    sums would make indefinite beyond what a ridge of 1e-6 mends.
    """
    return linear(x.double(), z.double())


def random_features(x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """(n, m) float64 estimate of the NNGP kernel from features (n, F), (m, F) of random networks (RFAD).

    Loo et al. 2022: `WEIGHT_STD`^2 <x, z> / F + `BIAS_STD`^2, a linear readout on top of F hidden numbers.
    """
    return linear(x, z).double() * (WEIGHT_STD**2 / x.shape[1]) + BIAS_STD**2
