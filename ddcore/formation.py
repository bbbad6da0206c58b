"""Several small images in one stored image: a grid of factor x factor tiles, each enlarged to a whole image.

Multi-formation of Kim et al., "Dataset Condensation via Efficient Synthetic-Data Parameterization", ICML 2022 (IDC),
here for every distiller but `analytic`. Decoding is linear and differentiable: a method works on what is decoded, and
the gradient reaches what is stored. Ours: a stored image whose side the factor does not divide is filled up with the
mean colour (theirs with mid-grey), starts are shrunk with smoothing (theirs without), and decoded images stay with the
image they come from, so that classes stay ascending.
Letters: M stored images, f the factor, C channels, H x W pixels, h x w pixels of a tile.
"""

from functools import lru_cache

import torch
import torch.nn.functional as F


def decode(images: torch.Tensor, factor: int) -> torch.Tensor:
    """(M, C, H, W) -> (M f^2, C, H, W): the tiles of each image, row by row, enlarged bilinearly.

    The very same tensor where the factor is 1. Enlarging is a matrix product: gradients of scattered sums would not
    repeat on GPUs.
    """
    if factor == 1:
        return images
    count, channels, height, width = images.shape
    rows, columns = -(-height // factor), -(-width // factor)
    filled = F.pad(images, (0, factor * columns - width, 0, factor * rows - height))
    tiles = filled.view(count, channels, factor, rows, factor, columns).permute(0, 2, 4, 1, 3, 5)
    tiles = tiles.reshape(count * factor**2, channels, rows, columns)
    like = images.dtype, str(images.device)
    return _enlarging(rows, height, *like) @ tiles @ _enlarging(columns, width, *like).T


def encode(images: torch.Tensor, factor: int) -> torch.Tensor:
    """(M f^2, C, H, W) -> (M, C, H, W): every f^2 images shrunk into the tiles of one; the same tensor at factor 1."""
    if factor == 1:
        return images
    count, channels, height, width = images.shape
    rows, columns = -(-height // factor), -(-width // factor)
    tiles = F.interpolate(images, size=(rows, columns), mode="bilinear", antialias=True, align_corners=False)
    grid = tiles.view(count // factor**2, factor, factor, channels, rows, columns).permute(0, 3, 1, 4, 2, 5)
    return grid.reshape(-1, channels, factor * rows, factor * columns)[:, :, :height, :width].contiguous()


def tiled(values: torch.Tensor, factor: int) -> torch.Tensor:
    """(M, ...) -> (M f^2, ...): what belongs to a stored image, for each of its tiles; the same tensor at factor 1."""
    return values if factor == 1 else values.repeat_interleave(factor**2, dim=0)


@lru_cache(maxsize=16)
def _enlarging(small: int, large: int, dtype: torch.dtype, device: str) -> torch.Tensor:
    """(large, small) the matrix of linear interpolation between pixel centres; kept, as each step needs the same."""
    eye = torch.eye(small, dtype=torch.float64)[None]
    return F.interpolate(eye, size=large, mode="linear", align_corners=False)[0].T.to(device, dtype)
