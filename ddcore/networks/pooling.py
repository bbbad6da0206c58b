"""Average pooling by two: the mean of every square of 2x2 pixels; a last odd row or column is left out.

What `torch.nn.functional.avg_pool2d(x, 2)` gives, whose loop over single pixels takes eleven times as long on a CPU as
sums of whole rows and then of columns (`benchmarks/network_speed.py`): half the time of a narrow network. Spreading a
pixel over its square is the transpose, so each of the two is the other's derivative, to any order.
"""

from typing import Any

import torch
import torch.nn.functional as F

_SMALLEST = 2**15
"""Floats from which it pays: below, calling PyTorch several times takes longer than its slow loop."""


def average_pool(x: torch.Tensor) -> torch.Tensor:
    """(..., C, H, W) -> (..., C, H // 2, W // 2)."""
    ours = x.device.type == "cpu" and x.numel() >= _SMALLEST and not torch.compiler.is_compiling()
    return _Means.apply(x) if ours else F.avg_pool2d(x, 2)


def in_planes(images: torch.Tensor) -> torch.Tensor:
    """`images` (B, C, H, W) with each channel a plane in memory, which is how the networks here are fast.

    PyTorch takes the layout of what it is given through a whole network, so images whose channels lie side by side
    (such as those that an augmentation has permuted) made all of it up to twice as slow.
    """
    return images.flatten(1).unflatten(1, images.shape[1:])


class _Means(torch.autograd.Function):
    """(..., H, W) -> (..., H // 2, W // 2)."""

    @staticmethod
    def forward(x: torch.Tensor) -> torch.Tensor:
        height, width = x.shape[-2] // 2 * 2, x.shape[-1] // 2 * 2
        rows = x[..., 0:height:2, :] + x[..., 1:height:2, :]
        return (rows[..., 0:width:2] + rows[..., 1:width:2]).mul_(0.25)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[torch.Tensor], output: torch.Tensor) -> None:
        ctx.sides = inputs[0].shape[-2:]

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        return _Spread.apply(gradient, *ctx.sides)

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int], x: torch.Tensor) -> tuple[torch.Tensor, int]:
        return _Means.apply(x.movedim(in_dims[0], 0)), 0


class _Spread(torch.autograd.Function):
    """(..., H // 2, W // 2), `height`, `width` -> (..., H, W): a quarter for each pixel of a square."""

    @staticmethod
    def forward(x: torch.Tensor, height: int, width: int) -> torch.Tensor:
        *several, rows, columns = x.shape
        quarters, wide = x * 0.25, x.new_empty(*several, rows, columns, 2)
        wide[..., 0], wide[..., 1] = quarters, quarters
        spread = wide.view(*several, rows, 1, 2 * columns).expand(*several, rows, 2, 2 * columns)
        spread = spread.reshape(*several, 2 * rows, 2 * columns)
        return spread if spread.shape[-2:] == (height, width) else F.pad(spread, (0, width % 2, 0, height % 2))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[torch.Tensor, int, int], output: torch.Tensor) -> None:
        pass

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        return _Means.apply(gradient), None, None

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int, ...], x: torch.Tensor, height: int, width: int) -> tuple:
        return _Spread.apply(x.movedim(in_dims[0], 0), height, width), 0
