"""Kernels of infinitely wide fully connected ReLU networks, block by block, with slopes written by hand.

NTK parametrisation (Jacot, Gabriel & Hongler 2018; the arc-cosine form of the ReLU step is Cho & Saul 2009), with
w = sqrt(2) and b = 0.1 as in Nguyen, Chen & Lee, "Dataset meta-learning from kernel ridge regression" (KIP, ICLR 2021).
From K = <x, x'> / D and T = 0, for each dense layer and the ReLU behind it

    S = w^2 K + b^2,  T <- S + w^2 T,      cos = S(x,x') / a,  a = sqrt(S(x,x) S(x',x')),  angle = arccos(cos)
    K = a / (2 pi) (sin(angle) + (pi - angle) cos),  T <- T (pi - angle) / (2 pi)

and a last dense layer: the NNGP kernel is its S, the NTK its T.

Equal images and nearly equal ones are common here (a set starts as real images, and a matrix K(x, x) has a diagonal),
and the cosine of a small angle says nothing of it: at 1e-8 it is 1. Ours: the *gap* 1 - cos is carried from layer to
layer instead, as a sum of what is positive, and starts from the difference of the two images where they are near. So
kernels and gradients are as exact there as elsewhere. The NTK as a function of one image has a kink where the two are
equal, as |x - x'| has; the slope there is that of its smooth part, the mean of both sides.

Slopes go back through S, T and the squared lengths P = S(x, x) and Q = S(x', x'). With c = w^2 / 2, E_S and E_T the
slopes of the result by S and T behind a ReLU and its weights, T the one in front, and c (1 - angle / pi) = left:

    dS / dS = dT / dT = left,         dS / dP = a sin / (2 pi P) c,
    d angle / dS = -1 / (a sin),      d angle / dP = cos / (2 P sin),
    V = E_T T / (a sin),    E_T <- E_T left,    E_S <- E_S left + E_T + c V / pi,
    E_P <- c E_P + c / (2 pi P) sum over x' of a (E_S sin - V cos) with the old E_S, and alike for Q.

All this is done for one block of rows after another, which stays in the processor's cache (one block on a GPU): half of
its time is that of a square root and an arctangent.
Letters: n, m images of D numbers.
"""

import math
from collections.abc import Iterator

import torch

from ddcore.errors import BadInput

WEIGHT_STD, BIAS_STD = math.sqrt(2), 0.1

_BIAS = BIAS_STD**2
_KEPT = WEIGHT_STD**2 / 2  # c: of a variance, behind a ReLU and the weights of the next layer
_TURN = _KEPT / math.pi

_PAIRS = 1024  # of near images compared number by number at a time
_BLOCK = 2**15  # pairs of images in a block, for each thread: torch gives a thread no less

Roots = list[torch.Tensor]
"""sqrt(S(x, x)) in front of every ReLU, each (n, 1) or (m,)."""


def fully_connected(x: torch.Tensor, z: torch.Tensor, hidden: int, tangent: bool) -> torch.Tensor:
    """(n, m) NTK if `tangent`, else NNGP kernel, of `hidden` ReLU layers between `x` (n, D) and `z` (m, D)."""
    if hidden < 0:
        raise BadInput(f"hidden={hidden} is not allowed; choose a whole number of at least 0.")
    if len(x) > len(z):  # a matrix product of few rows with many columns is the faster one, up to twice as fast
        return fully_connected(z, x, hidden, tangent).T
    return _FullyConnected.apply(x, z, hidden, tangent) if hidden else _first_cross(x, z)


class _FullyConnected(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: torch.Tensor, z: torch.Tensor, hidden: int, tangent: bool) -> torch.Tensor:
        cross, roots_x, roots_z = _first_cross(x, z), _roots(x, hidden), _roots(z, hidden)
        out, kept = torch.empty_like(cross), []
        ctx.blocks, ctx.hidden, ctx.tangent = list(_blocks(cross)), hidden, tangent
        for rows in ctx.blocks:
            for value, *layer in _layers(x[rows], z, cross[rows], _columns(roots_x, rows), roots_z, tangent):
                kept += layer if any(ctx.needs_input_grad) else []
                out[rows] = value
        ctx.save_for_backward(x, z, *roots_x, *roots_z, *kept)
        return out

    @staticmethod
    def backward(ctx, slope: torch.Tensor):
        slope = slope.contiguous()  # that of a transposed kernel may not be
        hidden, blocks, (x, z, *rest) = ctx.hidden, ctx.blocks, ctx.saved_tensors
        roots_x, roots_z, kept = rest[:hidden], rest[hidden : 2 * hidden], rest[2 * hidden :]
        if torch.is_grad_enabled():  # slopes of slopes: all that was kept has to be a function of x and z, in one block
            roots_x, roots_z, blocks = _roots(x, hidden), _roots(z, hidden), [slice(None)]
            layers = _layers(x, z, _first_cross(x, z), _columns(roots_x, blocks[0]), roots_z, ctx.tangent)
            kept = [tensor for _, *layer in layers for tensor in layer]
        size = len(kept) // len(blocks)
        found = [
            _slopes(slope[rows], kept[size * place :][:size], _columns(roots_x, rows), roots_z, ctx.tangent)
            for place, rows in enumerate(blocks)
        ]
        by_cross, by_x, by_z = zip(*found, strict=True)
        cross, share = torch.cat(by_cross), WEIGHT_STD**2 / x.shape[1]
        for_x, for_z = ctx.needs_input_grad[:2]
        x_slope = share * (cross @ z + 2 * torch.cat(by_x)[:, None] * x) if for_x else None
        z_slope = share * (cross.T @ x + 2 * sum(by_z)[:, None] * z) if for_z else None
        return x_slope, z_slope, None, None


def _blocks(matrix: torch.Tensor) -> Iterator[slice]:
    """Rows of `matrix` (n, m), a block at a time; at least one block."""
    count, width = max(len(matrix), 1), max(matrix.shape[1], 1)
    step = max(torch.get_num_threads() * _BLOCK // width, 1) if matrix.device.type == "cpu" else count
    for start in range(0, count, step):
        yield slice(start, start + step)


def _first_cross(x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """(n, m) S(x, x') of the first layer."""
    return torch.addmm(x.new_tensor(_BIAS), x, z.T, alpha=WEIGHT_STD**2 / x.shape[1])


def _roots(x: torch.Tensor, hidden: int) -> Roots:
    """`hidden` times (n,)."""
    square = torch.linalg.vector_norm(x, dim=1).square() * (WEIGHT_STD**2 / x.shape[1]) + _BIAS
    roots = [square.sqrt()]
    while len(roots) < hidden:
        roots.append((_KEPT * roots[-1].square() + _BIAS).sqrt())
    return roots


def _columns(roots: Roots, rows: slice) -> Roots:
    """Those of `rows`, each (n, 1)."""
    return [root[rows, None] for root in roots]


def _layers(
    x: torch.Tensor, z: torch.Tensor, cross: torch.Tensor, roots_x: Roots, roots_z: Roots, tangent: bool
) -> Iterator[tuple[torch.Tensor, ...]]:
    """For each ReLU: the kernel (n, m) of the dense layer behind it, and what `_slopes` needs of it: cos, sin, left,
    and for the NTK the T in front. `cross` (n, m) is S of the first layer."""
    gap, total = _first_gap(x, z, cross, (roots_x[0], roots_z[0])).clamp(0, 2), cross
    for place, (u, v) in enumerate(zip(roots_x, roots_z, strict=True)):
        before = (total,) if tangent else ()
        sine, cosine = (gap * (2 - gap)).sqrt_(), 1 - gap
        angle = torch.atan2(sine, cosine)
        lost = torch.add(gap, torch.addcmul(sine, angle, cosine, value=-1), alpha=-1 / math.pi)
        left = (angle * -_TURN).add_(_KEPT)
        kept = (_KEPT * u) * v
        cross = torch.addcmul(kept, kept, lost, value=-1).add_(_BIAS)
        total = torch.addcmul(cross, total, left) if tangent else cross
        yield total, cosine, sine, left, *before
        if place + 1 < len(roots_x):
            gap = _next_gap(lost, kept, (u, v), roots_x[place + 1] * roots_z[place + 1])


def _slopes(
    slope: torch.Tensor, layers: list[torch.Tensor], roots_x: Roots, roots_z: Roots, tangent: bool
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """E_S (n, m), E_P (n,) and E_Q (m,) of the first layer, where `slope` (n, m) is that of the last."""
    size = len(layers) // len(roots_x)
    by_cross = by_tangent = slope
    by_x, by_z = torch.zeros_like(roots_x[0][:, 0]), torch.zeros_like(roots_z[0])
    for place in reversed(range(len(roots_x))):
        cosine, sine, left, *before = layers[place * size : (place + 1) * size]
        u, v = roots_x[place], roots_z[place]
        across = by_cross * sine
        if tangent:
            # over sin, but 0 where that is 0: the mean over the two sides of the kink
            turned = (by_tangent * before[0]).mul_(sine).div_(sine.square().add_(torch.finfo(sine.dtype).tiny))
            turned = turned.mul_(1 / u).mul_(1 / v)
            across = across.addcmul_(turned, cosine, value=-1)
            by_tangent = by_tangent * left
            by_cross = torch.addcmul(by_tangent, by_cross, left).add_(turned, alpha=_TURN)
        else:
            by_cross = by_cross * left
        by_x = _KEPT * by_x + _TURN / 2 * (across @ v) / u[:, 0]
        by_z = _KEPT * by_z + _TURN / 2 * (u[:, 0] @ across) / v
    return by_cross, by_x, by_z


def _first_gap(
    x: torch.Tensor, z: torch.Tensor, cross: torch.Tensor, roots: tuple[torch.Tensor, torch.Tensor]
) -> torch.Tensor:
    """(n, m) 1 - cos of the first layer's S = `cross`, with `roots` |u| (n, 1) and |v| (m,) of S(x, x) and S(x', x').

    Where that is mostly rounding, its value is (|u - v|^2 - (|u| - |v|)^2) / (2 |u| |v|), number by number; its
    gradient needs no correction.
    """
    gap = 1 - cross / (roots[0] * roots[1])
    if gap.numel() == 0 or gap.detach().amin() >= (bound := torch.finfo(gap.dtype).eps ** 0.5):
        return gap
    exact = gap.detach().clone()
    with torch.no_grad():
        for rows, columns in (part.T for part in (exact < bound).nonzero().split(_PAIRS)):
            u, v = roots[0][rows, 0], roots[1][columns]
            apart = (x[rows] - z[columns]).square().sum(1) * (WEIGHT_STD**2 / x.shape[1])
            exact[rows, columns] = (apart - (u - v).square()) / (2 * u * v)
    return exact + (gap - gap.detach())


def _next_gap(
    lost: torch.Tensor, kept: torch.Tensor, roots: tuple[torch.Tensor, torch.Tensor], scale: torch.Tensor
) -> torch.Tensor:
    """(n, m) 1 - cos of the next layer, where S = `kept` (1 - `lost`) + b^2, `kept` = c |u| |v| and a = `scale`.

    a minus (kept + b^2) is c b^2 (|u| - |v|)^2 / (a + kept + b^2), which is positive.
    """
    unlike = (roots[0] - roots[1]).square()
    gap = torch.addcdiv(kept * lost, unlike, (scale + kept).add_(_BIAS), value=_KEPT * _BIAS)
    return gap.div_(scale)
