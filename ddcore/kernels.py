"""Kernels of infinitely wide networks, and kernel ridge regression with them.

Fully connected ReLU networks in NTK parametrisation (Jacot, Gabriel & Hongler 2018; the arc-cosine form of the ReLU
step is Cho & Saul 2009), with w = sqrt(2) and b = 0.1 as in Nguyen, Chen & Lee, "Dataset meta-learning from kernel
ridge regression" (KIP, ICLR 2021). From K = <x, x'> / D and T = 0, for each dense layer and the ReLU behind it

    S = w^2 K + b^2,  T <- S + w^2 T,      cos = S(x,x') / a,  a = sqrt(S(x,x) S(x',x')),  angle = arccos(cos)
    K = a / (2 pi) (sin(angle) + (pi - angle) cos),  T <- T (pi - angle) / (2 pi)

and a last dense layer: the NNGP kernel is its S, the NTK its T. Gradients stay finite where two images are equal.
Letters: n, m images of D numbers, M images of a support set, K classes.
"""

import math
from collections.abc import Callable
from functools import partial

import torch

from ddcore.errors import BadInput

Kernel = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

WEIGHT_STD, BIAS_STD = math.sqrt(2), 0.1
_ROWS = 2048  # test images at a time


def nngp(x: torch.Tensor, z: torch.Tensor, hidden: int = 1) -> torch.Tensor:
    """(n, m) covariances of a random network's outputs at `x` (n, ...) and `z` (m, ...), `hidden` ReLU layers."""
    return _fully_connected(x.flatten(1), z.flatten(1), hidden)[0]


def ntk(x: torch.Tensor, z: torch.Tensor, hidden: int = 1) -> torch.Tensor:
    """(n, m) neural tangent kernel between `x` (n, ...) and `z` (m, ...); one hidden layer is KIP's kernel."""
    return _fully_connected(x.flatten(1), z.flatten(1), hidden)[1]


def krr_predict(
    support: torch.Tensor,
    targets: torch.Tensor,
    test: torch.Tensor,
    kernel: Kernel = ntk,
    ridge: float = 1e-6,
    weights: torch.Tensor | None = None,
) -> torch.Tensor:
    """(n, K) predictions at `test` (n, ...) of the f minimising sum_i w_i |f(x_i) - y_i|^2 + r |f|^2 over the support.

    `support` (M, ...) images x_i, `targets` (M, K) y_i, `weights` (M,) > 0 (1 where not given); r = `ridge` times the
    mean of the kernel's diagonal on the support. `kernel(x (n, ...), z (m, ...)) -> (n, m)`. Where the ridge is so
    small that f interpolates, weights change nothing. Same type (float64 advised) and device throughout.
    """
    if ridge < 0:
        raise BadInput(f"ridge={ridge} is not allowed; choose a number of at least 0.")
    within = kernel(support, support)
    shares = torch.ones_like(within[0]) if weights is None else weights.to(within)
    penalty = ridge * within.diagonal().mean() / shares
    coefficients = torch.linalg.solve(within + torch.diag(penalty), targets.to(within))
    return torch.cat([kernel(rows, support) @ coefficients for rows in test.split(_ROWS)])


def krr_accuracy(
    support: torch.Tensor,
    targets: torch.Tensor,
    test: torch.Tensor,
    labels: torch.Tensor,
    kernel: Kernel = ntk,
    ridge: float = 1e-6,
    weights: torch.Tensor | None = None,
) -> float:
    """Share of `test` (n, ...) images whose label in `labels` (n,) has the largest prediction of `krr_predict`."""
    predicted = krr_predict(support, targets, test, kernel, ridge, weights).argmax(1)
    return (predicted == labels).double().mean().item()


def centred_one_hot(classes: torch.Tensor, num_classes: int) -> torch.Tensor:
    """(M, K) float64 targets of kernel ridge regression: one-hot minus 1/K."""
    return torch.nn.functional.one_hot(classes, num_classes).double() - 1 / num_classes


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
