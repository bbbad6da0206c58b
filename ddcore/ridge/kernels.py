"""Kernels between images: those of infinitely wide networks, of what finite networks see, the RBF kernel and the linear
one.

Fully connected ReLU networks in NTK parametrisation (Jacot, Gabriel & Hongler 2018; the arc-cosine form of the ReLU
step is Cho & Saul 2009), with w = sqrt(2) and b = 0.1 as in Nguyen, Chen & Lee, "Dataset meta-learning from kernel
ridge regression" (KIP, ICLR 2021). From K = <x, x'> / D and T = 0, for each dense layer and the ReLU behind it

    S = w^2 K + b^2,  T <- S + w^2 T,      cos = S(x,x') / a,  a = sqrt(S(x,x) S(x',x')),  angle = arccos(cos)
    K = a / (2 pi) (sin(angle) + (pi - angle) cos),  T <- T (pi - angle) / (2 pi)

and a last dense layer: the NNGP kernel is its S, the NTK its T.

Equal images and nearly equal ones are common here (a set starts as real images, and a matrix K(x, x) has a diagonal),
and the cosine of a small angle says nothing of it: at 1e-8 it is 1. Ours: the *gap* 1 - cos is carried from layer to
layer instead, as a sum of what is positive, and starts from the difference of the two images where they are near. So
kernels and gradients are as exact there as elsewhere. The NTK as a function of one image has a kink where the two are
equal, as |x - x'| has; the slope there is that of its smooth part, the mean of both sides.
All kernels are differentiable (`nngp` and `ntk` twice only where no two images are equal) and keep the type they are
given, except those of features, which are float64: what is solved with them is.
Letters: n, m images of D numbers, or of F features.
"""

import math

import torch

from ddcore.errors import BadInput

WEIGHT_STD, BIAS_STD = math.sqrt(2), 0.1

_BIAS = BIAS_STD**2
_KEPT = WEIGHT_STD**2 / 2  # of a variance, behind a ReLU and the weights of the next layer

_PAIRS = 1024  # of near images compared number by number at a time


def linear(x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """(n, m) inner products of `x` (n, ...) and `z` (m, ...): ridge regression on the numbers themselves."""
    return x.flatten(1) @ z.flatten(1).T


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
    """(n, m) float64 inner products of features `x` (n, F) and `z` (m, F): the kernel of a finite network (FRePo).

    Summed in float64 too: a set of more images than features has a singular matrix, which the rounding of float32
    sums would make indefinite beyond what a ridge of 1e-6 mends.
    """
    return x.double() @ z.double().T


def random_features(x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """(n, m) float64 estimate of the NNGP kernel from features (n, F), (m, F) of random networks (RFAD).

    Loo et al. 2022: `WEIGHT_STD`^2 <x, z> / F + `BIAS_STD`^2, a linear readout on top of F hidden numbers.
    """
    return (x @ z.T).double() * (WEIGHT_STD**2 / x.shape[1]) + BIAS_STD**2


def _fully_connected(x: torch.Tensor, z: torch.Tensor, hidden: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(NNGP, NTK), each (n, m), of `hidden` ReLU layers on `x` (n, D) and `z` (m, D)."""
    if hidden < 0:
        raise BadInput(f"hidden={hidden} is not allowed; choose a whole number of at least 0.")
    share = WEIGHT_STD**2 / x.shape[1]
    cross = tangent = torch.addmm(x.new_tensor(_BIAS), x, z.T, alpha=share)
    if hidden == 0:
        return cross, tangent
    root_x, root_z = ((torch.linalg.vector_norm(v, dim=1).square() * share + _BIAS).sqrt() for v in (x, z))
    roots = root_x[:, None], root_z
    gap = _first_gap(x, z, cross, roots)
    for layers_behind in reversed(range(hidden)):
        lost, angle = _ReLU.apply(gap)
        kept = _KEPT * roots[0] * roots[1]
        cross = kept * (1 - lost) + _BIAS
        tangent = cross + tangent * (_KEPT - _KEPT / math.pi * angle)
        if layers_behind:
            gap, roots = _next_gap(lost, kept, roots)
    return cross, tangent


class _ReLU(torch.autograd.Function):
    """`gap` (n, m) -> (1 - (sin(angle) + (pi - angle) cos) / pi, angle), with cos = 1 - gap.

    Cho & Saul 2009: the slopes by `gap` are 1 - angle / pi and 1 / sin(angle). The latter, infinite at equal or
    opposite images, is 0 there: the mean over the two sides of the kink.
    """

    @staticmethod
    def forward(ctx, gap: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        sine, cosine = _sine(gap), 1 - gap
        angle = torch.atan2(sine, cosine)
        ctx.save_for_backward(gap, angle)
        return gap - (sine - angle * cosine) / math.pi, angle

    @staticmethod
    def backward(ctx, lost: torch.Tensor, angle: torch.Tensor) -> torch.Tensor:
        gap, at = ctx.saved_tensors
        sine = _sine(gap)
        return lost * (1 - at / math.pi) + angle * sine / (sine.square() + torch.finfo(sine.dtype).tiny)


def _sine(gap: torch.Tensor) -> torch.Tensor:
    return (gap * (2 - gap)).clamp(min=0).sqrt()


def _first_gap(
    x: torch.Tensor, z: torch.Tensor, cross: torch.Tensor, roots: tuple[torch.Tensor, torch.Tensor]
) -> torch.Tensor:
    """(n, m) 1 - cos of the first layer's S = `cross`, with `roots` |u| (n, 1) and |v| (m,) of S(x, x) and S(x', x').

    Where that is mostly rounding, its value is (|u - v|^2 - (|u| - |v|)^2) / (2 |u| |v|), number by number; its
    gradient needs no correction.
    """
    gap = 1 - cross / (roots[0] * roots[1])
    near = (gap.detach() < torch.finfo(gap.dtype).eps ** 0.5).nonzero()
    if not len(near):
        return gap
    exact = gap.detach().clone()
    with torch.no_grad():
        for rows, columns in (part.T for part in near.split(_PAIRS)):
            u, v = roots[0][rows, 0], roots[1][columns]
            apart = (x[rows] - z[columns]).square().sum(1) * (WEIGHT_STD**2 / x.shape[1])
            exact[rows, columns] = (apart - (u - v).square()) / (2 * u * v)
    return exact + (gap - gap.detach())


def _next_gap(
    lost: torch.Tensor, kept: torch.Tensor, roots: tuple[torch.Tensor, torch.Tensor]
) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
    """(gap (n, m), roots) of the next layer, where S = `kept` (1 - `lost`) + b^2 and `kept` = c |u| |v|, c = `_KEPT`.

    Its a minus (kept + b^2) is c b^2 (|u| - |v|)^2 / (a + kept + b^2), which is positive.
    """
    left, right = ((_KEPT * root.square() + _BIAS).sqrt() for root in roots)
    scale = left * right
    unlike = _KEPT * _BIAS * (roots[0] - roots[1]).square() / (scale + kept + _BIAS)
    return (kept * lost + unlike) / scale, (left, right)
