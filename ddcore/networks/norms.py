"""Group normalisation whose second derivative is one expression.

    y = gamma x^ + beta,    x^ = r (x - mean),    r = 1 / sqrt(variance + 1e-5)

with mean and variance over a group of channels of one image; instance norm has one group for every channel. PyTorch
puts the second derivative together from some forty passes over the activations, a quarter of the time of gradient
matching. With P the projection that removes mean and x^ from a group, P(u) = u - mean(u) - x^ mean(u x^), the first
derivatives along g are

    U = r P(gamma g) by x,    sum g x^ by gamma,    sum g by beta.

U is linear and symmetric in gamma g, so in the direction v, with V = r P(v), the derivatives of <v, U> are

    gamma V                                                  by g
    sum g V                                                  by gamma
    -r [x^ mean(v U) + U mean(v x^) + V mean(gamma g x^)]    by x

and those of <w, sum g x^> are w x^ by g and r P(w g) by x. Ours: an exact rewriting, held against PyTorch's in the
tests.

Letters: B images, C channels, H x W pixels, G groups of channels, P pixels of a group.
"""

from typing import Any

import torch
import torch.nn.functional as F

_EPS = 1e-5
Derivatives = tuple[torch.Tensor | None, ...]


def group_norm(x: torch.Tensor, groups: int, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """(B, C, H, W) -> (B, C, H, W), as `torch.nn.functional.group_norm`; can be differentiated twice.

    Compiled code has PyTorch's own expression, which a compiler fuses, and one derivative; so do activations that are
    coarser than the weights, which PyTorch then converts.
    """
    if torch.compiler.is_compiling() or x.dtype != weight.dtype:
        return F.group_norm(x, groups, weight, bias, _EPS)
    return _Normalised.apply(x, weight, bias, groups)[0]


class _Normalised(torch.autograd.Function):
    """x, gamma, beta, G -> y, and mean and r (B, G), which are not differentiated."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, groups: int) -> tuple[torch.Tensor, ...]:
        sizes = (x.shape[0], x.shape[1], x.shape[2] * x.shape[3])
        return torch.ops.aten.native_group_norm(x.contiguous(), weight, bias, *sizes, groups, _EPS)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: tuple[torch.Tensor, ...]) -> None:
        x, weight, _, ctx.groups = inputs
        ctx.mark_non_differentiable(*output[1:])
        ctx.save_for_backward(x, weight, *output[1:])

    @staticmethod
    def backward(ctx: Any, g: torch.Tensor, *_: torch.Tensor) -> Derivatives:
        return *_First.apply(g, *ctx.saved_tensors, ctx.groups, ctx.needs_input_grad[1]), None


class _First(torch.autograd.Function):
    """g, x, gamma, mean, r, G -> the first derivatives along g: by x and, where `scaled`, by gamma and beta."""

    generate_vmap_rule = True

    @staticmethod
    def forward(
        g: torch.Tensor,
        x: torch.Tensor,
        weight: torch.Tensor,
        mean: torch.Tensor,
        r: torch.Tensor,
        groups: int,
        scaled: bool,
    ) -> Derivatives:
        return _derivatives(g, x, weight, mean, r, scaled)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple, output: Derivatives) -> None:
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(*inputs[:5], output[0])

    @staticmethod
    def backward(ctx: Any, v: torch.Tensor | None, w: torch.Tensor | None, w_bias: torch.Tensor | None) -> Derivatives:
        """Along v (B, C, H, W), and along w and `w_bias` (C,), directions of the derivatives by gamma and beta."""
        g, x, weight, mean, r, u = ctx.saved_tensors
        groups, by_weight = mean.shape[1], None
        by_g: list[torch.Tensor] = []
        by_x: list[torch.Tensor] = []
        normal = (_grouped(x, groups) * r[..., None]).sub_((mean * r)[..., None])
        if v is not None:
            scale, back = weight[:, None, None], _along(v, x, None, mean, r)
            vs, us, backs, gs = (_grouped(one, groups) for one in (v, u, back, scale * g))
            along = normal * _mean(vs, us, r) + us * _mean(vs, normal, r) + backs * _mean(gs, normal, r)
            by_x.append(along.neg_().view_as(x))
            by_g.append(scale * back)
            by_weight = (g * back).sum((0, 2, 3)) if ctx.needs_input_grad[2] else None
        if w is not None:
            by_x.append(_along(g, x, w, mean, r))
            by_g.append(w[:, None, None] * normal.view_as(x))
        if w_bias is not None:
            by_g.append(w_bias[:, None, None].expand_as(x))
        return _total(by_g), _total(by_x), by_weight, None, None, None, None


def _total(terms: list[torch.Tensor]) -> torch.Tensor | None:
    return sum(terms[1:], terms[0]) if terms else None


def _derivatives(
    g: torch.Tensor, x: torch.Tensor, weight: torch.Tensor | None, mean: torch.Tensor, r: torch.Tensor, scaled: bool
) -> Derivatives:
    """r P(gamma g) and, where `scaled`, sum g x^ and sum g; gamma is 1 without `weight`."""
    sizes = (x.shape[0], x.shape[1], x.shape[2] * x.shape[3], mean.shape[1])
    return torch.ops.aten.native_group_norm_backward(g.contiguous(), x, mean, r, weight, *sizes, [True, scaled, scaled])


def _along(
    g: torch.Tensor, x: torch.Tensor, weight: torch.Tensor | None, mean: torch.Tensor, r: torch.Tensor
) -> torch.Tensor:
    """r P(gamma g)."""
    by_x = _derivatives(g, x, weight, mean, r, False)[0]
    assert by_x is not None
    return by_x


def _grouped(x: torch.Tensor, groups: int) -> torch.Tensor:
    """(B, C, H, W) -> (B, G, P)."""
    return x.reshape(x.shape[0], groups, -1)


def _mean(one: torch.Tensor, other: torch.Tensor, r: torch.Tensor) -> torch.Tensor:
    """r times the mean of the products of each group, of (B, G, P) and (B, G, P): (B, G, 1)."""
    return ((one * other).mean(-1) * r)[..., None]
