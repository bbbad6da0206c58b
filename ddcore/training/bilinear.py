"""Bilinear sampling whose gradient is the same every time, for GPUs: the backward pass of `grid_sample` there adds by
whoever comes first. Sorted indices do not.

Letters: B images, C channels, H x W pixels.
"""

import torch
import torch.nn.functional as F


def sampled(images: torch.Tensor, grid: torch.Tensor) -> torch.Tensor:
    """(B,C,H,W) `images` at the points of `grid` (B,H,W,2): `F.grid_sample` with zeros outside and `align_corners`
    False, differentiable in the images."""
    height, width = images.shape[2:]
    left, right_share = _split(grid[..., 0], width)
    top, lower_share = _split(grid[..., 1], height)
    padded = F.pad(images, (1, 2, 1, 2)).permute(0, 2, 3, 1)  # a frame of zeros, and one more behind the last pixel
    image = torch.arange(len(images), device=images.device)[:, None, None]
    rows = []
    for row in (top, top + 1):
        first, second = padded[image, row, left], padded[image, row, left + 1]
        rows.append(first * (1 - right_share)[..., None] + second * right_share[..., None])
    upper, lower = rows
    return (upper * (1 - lower_share)[..., None] + lower * lower_share[..., None]).permute(0, 3, 1, 2)


def _split(places: torch.Tensor, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(the padded pixel before, the share of the next one) of `places` from -1 to 1 along a side of `size` pixels."""
    pixels = (((places + 1) * size - 1) / 2).clamp(-1, size)  # farther out it is as zero
    before = pixels.floor()
    return before.long() + 1, pixels - before
