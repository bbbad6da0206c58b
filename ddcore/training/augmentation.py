"""Differentiable Siamese augmentation (DSA).

Zhao & Bilen, "Dataset Condensation with Differentiable Siamese Augmentation", ICML 2021, in the
form their later work uses: one group of operations is drawn per use, then its parameters. *Siamese*: one draw is
shared by the real and the synthetic images of a class. Otherwise the group is shared by the batch and every image draws
its own parameters.

Here a `Draw` is data, made once and passed on (the authors share it by reseeding a global generator): row r of a
draw says what happens to every image i with `rows[i] == r`. Images are normalised, so zero fill means
"the mean colour".
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from ddcore.devices import on_device
from ddcore.training.bilinear import sampled

WITH_FLIP = ("color", "crop", "cutout", "flip", "scale", "rotate")
WITHOUT_FLIP = ("color", "crop", "cutout", "scale", "rotate")
NUM_PARAMETERS = 3  # the most any operation needs


@dataclass(frozen=True)
class Draw:
    """`operations` (R,) indices into `Augmentation.operations`; `uniforms` (R,3) numbers in [0,1)."""

    operations: np.ndarray
    uniforms: np.ndarray


@dataclass(frozen=True)
class Augmentation:
    """`operations` is `WITH_FLIP` or `WITHOUT_FLIP` (digits must not be mirrored)."""

    operations: tuple[str, ...] = WITH_FLIP

    def draw(self, rng: np.random.Generator, rows: int) -> Draw:
        """One independent draw for each of `rows` (Siamese use: one row per class)."""
        return Draw(rng.integers(len(self.operations), size=rows), rng.random((rows, NUM_PARAMETERS)))

    def draw_batch(self, rng: np.random.Generator, images: int) -> Draw:
        """One group for the whole batch, parameters per image (training and evaluation use: one row per image)."""
        operation = rng.integers(len(self.operations))
        return Draw(np.full(images, operation), rng.random((images, NUM_PARAMETERS)))

    def apply(self, images: torch.Tensor, draw: Draw, rows: torch.Tensor | None = None) -> torch.Tensor:
        """(B,C,H,W) -> (B,C,H,W), differentiable in `images`; image i follows row `rows[i]` (default: row i).

        An operation is applied once, to all images that drew it.
        """
        drawn, uniforms = draw.operations, draw.uniforms
        if rows is not None:
            chosen = rows.cpu().numpy()
            drawn, uniforms = drawn[chosen], uniforms[chosen]
        given = on_device(uniforms, images.device, images.dtype)
        if (drawn == drawn[0]).all():
            return _OPERATIONS[self.operations[drawn[0]]](images, given)
        order = np.argsort(drawn, kind="stable")
        groups = np.split(order, np.flatnonzero(np.diff(drawn[order])) + 1)
        parts = []
        for group in groups:
            members = on_device(group, images.device)
            parts.append(_OPERATIONS[self.operations[drawn[group[0]]]](images[members], given[members]))
        return torch.cat(parts)[on_device(np.argsort(order), images.device)]


def _column(uniforms: torch.Tensor, index: int) -> torch.Tensor:
    return uniforms[:, index].view(-1, 1, 1, 1)


def color(x: torch.Tensor, u: torch.Tensor) -> torch.Tensor:
    """Brightness shift in [-.5,.5], then saturation factor in [0,2], then contrast factor in [.5,1.5]."""
    x = x + (_column(u, 0) - 0.5)
    grey = x.mean(dim=1, keepdim=True)
    x = (x - grey) * (_column(u, 1) * 2) + grey
    mean = x.mean(dim=(1, 2, 3), keepdim=True)
    return (x - mean) * (_column(u, 2) + 0.5) + mean


def _integers(u: torch.Tensor, column: int, low: int, high: int) -> torch.Tensor:
    """Whole numbers uniform on low..high from uniforms, (B,)."""
    return (torch.floor(u[:, column] * (high - low + 1)) + low).long().clamp(low, high)


def crop(x: torch.Tensor, u: torch.Tensor) -> torch.Tensor:
    """Shift by up to an eighth of the side (4 pixels at 28 and 32) along each axis, zeros outside."""
    _, _, height, width = x.shape
    pad_y, pad_x = int(height * 0.125 + 0.5), int(width * 0.125 + 0.5)
    top = _integers(u, 0, 0, 2 * pad_y)[:, None] + torch.arange(height, device=x.device)
    left = _integers(u, 1, 0, 2 * pad_x)[:, None] + torch.arange(width, device=x.device)
    padded = F.pad(x, (pad_x, pad_x, pad_y, pad_y))
    batch = torch.arange(len(x), device=x.device)[:, None, None]
    return padded.permute(0, 2, 3, 1)[batch, top[:, :, None], left[:, None, :]].permute(0, 3, 1, 2)


def cutout(x: torch.Tensor, u: torch.Tensor) -> torch.Tensor:
    """Zero a square of half the side; near the border part of it falls outside."""

    def inside(size: int, column: int) -> torch.Tensor:
        side = int(size * 0.5 + 0.5)
        centre = _integers(u, column, 0, size - side % 2)[:, None]
        pixel = torch.arange(size, device=x.device)
        return (pixel >= centre - side // 2) & (pixel < centre - side // 2 + side)

    hole = inside(x.shape[2], 0)[:, :, None] & inside(x.shape[3], 1)[:, None, :]
    return x * (~hole)[:, None].to(x.dtype)


def flip(x: torch.Tensor, u: torch.Tensor) -> torch.Tensor:
    """Mirror left to right with probability one half."""
    return torch.where(_column(u, 0) < 0.5, x.flip(3), x)


def scale(x: torch.Tensor, u: torch.Tensor) -> torch.Tensor:
    """Shrink or enlarge each axis by a factor in [1/1.2, 1.2]."""
    factors = u[:, :2] * (1.2 - 1 / 1.2) + 1 / 1.2
    return _affine(x, torch.diag_embed(factors))


def rotate(x: torch.Tensor, u: torch.Tensor) -> torch.Tensor:
    """Rotate by up to 15 degrees."""
    angle = (u[:, 0] - 0.5) * 2 * (15 * math.pi / 180)
    rows = [torch.stack([torch.cos(angle), -torch.sin(angle)], 1), torch.stack([torch.sin(angle), torch.cos(angle)], 1)]
    return _affine(x, torch.stack(rows, 1))


def _affine(x: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    """Sample `x` on the grid that `matrix` (B,2,2) maps to; bilinear, zeros outside."""
    grid = F.affine_grid(F.pad(matrix, (0, 1)), list(x.shape), align_corners=False)
    if x.device.type != "cpu":
        return sampled(x, grid)
    return F.grid_sample(x, grid, padding_mode="zeros", align_corners=False)


_OPERATIONS = {"color": color, "crop": crop, "cutout": cutout, "flip": flip, "scale": scale, "rotate": rotate}
