"""Kernels between images: those of infinitely wide networks, of what finite networks see, and the RBF kernel.

Fully connected ReLU networks in NTK parametrisation (Jacot, Gabriel & Hongler 2018; the arc-cosine form of the ReLU
step is Cho & Saul 2009), with w = sqrt(2) and b = 0.1 as in Nguyen, Chen & Lee, "Dataset meta-learning from kernel
ridge regression" (KIP, ICLR 2021). From K = <x, x'> / D and T = 0, for each dense layer and the ReLU behind it

    S = w^2 K + b^2,  T <- S + w^2 T,      cos = S(x,x') / a,  a = sqrt(S(x,x) S(x',x')),  angle = arccos(cos)
    K = a / (2 pi) (sin(angle) + (pi - angle) cos),  T <- T (pi - angle) / (2 pi)

and a last dense layer: the NNGP kernel is its S, the NTK its T. Gradients stay finite where two images are equal.
All kernels are differentiable and keep the type they are given, except those of features, which are float64: what is
solved with them is.
Letters: n, m images of D numbers, or of F features.
"""

import math
from functools import partial

import torch

from ddcore.errors import BadInput

WEIGHT_STD, BIAS_STD = math.sqrt(2), 0.1


def nngp(x: torch.Tensor, z: torch.Tensor, hidden: int = 1) -> torch.Tensor:
    """(n, m) covariances of a random network's outputs at `x` (n, ...) and `z` (m, ...), `hidden` ReLU layers."""
    return _fully_connected(x.flatten(1), z.flatten(1), hidden)[0]


def ntk(x: torch.Tensor, z: torch.Tensor, hidden: int = 1) -> torch.Tensor:
    """(n, m) neural tangent kernel between `x` (n, ...) and `z` (m, ...); one hidden layer is KIP's kernel."""
    return _fully_connected(x.flatten(1), z.flatten(1), hidden)[1]


def rbf(x: torch.Tensor, z: torch.Tensor, width: float = 1.0) -> torch.Tensor:
    """(n, m) exp(-|x - z|^2 / (2 width^2 D)) of `x` (n, ...) and `z` (m, ...), D numbers each.

    `width` 1 suits standardised images: two of them are about sqrt(2 D) apart.
    """
    if width <= 0:
        raise BadInput(f"width={width} is not allowed; choose a number above 0.")
    x, z = x.flatten(1), z.flatten(1)
    squared = x.square().sum(1)[:, None] + z.square().sum(1) - 2 * x @ z.T
    return (squared.clamp(min=0) / (-2 * width**2 * x.shape[1])).exp()


def empirical(x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """(n, m) float64 inner products of features `x` (n, F) and `z` (m, F): the kernel of a finite network (FRePo)."""
    return (x @ z.T).double()


def random_features(x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """(n, m) float64 estimate of the NNGP kernel from features (n, F), (m, F) of random networks (RFAD).

    Loo et al. 2022: `WEIGHT_STD`^2 <x, z> / F + `BIAS_STD`^2, a linear readout on top of F hidden numbers.
    """
    return (x @ z.T).double() * (WEIGHT_STD**2 / x.shape[1]) + BIAS_STD**2


def _fully_connected(x: torch.Tensor, z: torch.Tensor, hidden: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(NNGP, NTK), each (n, m), of `hidden` ReLU layers on `x` (n, D) and `z` (m, D)."""
    if hidden < 0:
        raise BadInput(f"hidden={hidden} is not allowed; choose a whole number of at least 0.")
    inputs = x.shape[1]
    dense = partial(torch.add, torch.tensor(BIAS_STD**2, dtype=x.dtype, device=x.device), alpha=WEIGHT_STD**2)
    cross, own_x, own_z = (dense(k / inputs) for k in (x @ z.T, x.square().sum(1), z.square().sum(1)))
    tangent = cross
    for _ in range(hidden):
        scale = (own_x[:, None] * own_z).sqrt()
        cosine, sine, angle = _angles(cross / scale)
        cross = dense(scale * (sine + (math.pi - angle) * cosine) / (2 * math.pi))
        tangent = cross + WEIGHT_STD**2 * tangent * (math.pi - angle) / (2 * math.pi)
        own_x, own_z = dense(own_x / 2), dense(own_z / 2)  # the ReLU step at angle 0
    return cross, tangent


def _angles(cosine: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(cosine, sine, angle); where rounding reaches +-1 they are constants: the slope of arccos is infinite there."""
    inside = cosine.abs() < 1
    safe = torch.where(inside, cosine, 0.0)
    cosine = torch.where(inside, cosine, cosine.sign())
    angle = torch.where(inside, safe.arccos(), math.pi * (cosine < 0))
    return cosine, torch.where(inside, (1 - safe.square()).sqrt(), 0.0), angle
