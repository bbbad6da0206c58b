"""The images that networks see of a set of tiles, with NumPy alone (safe in the server process).

The same numbers as `ddcore.formation.decode`, for images as the map has them. Letters: M stored images of H x W pixels
and C channels, f the factor, h x w pixels of a tile.
"""

import numpy as np


def enlarged_tiles(images: np.ndarray, factor: int) -> np.ndarray:
    """(M,H,W,C) float -> (M f^2,H,W,C): the tiles of each image, row by row, enlarged bilinearly.

    Images whose side the factor does not divide are filled up with zeros, the mean colour of normalised pixels.
    """
    if factor == 1:
        return images
    count, height, width, channels = images.shape
    rows, columns = -(-height // factor), -(-width // factor)
    filled = np.pad(images, ((0, 0), (0, factor * rows - height), (0, factor * columns - width), (0, 0)))
    tiles = filled.reshape(count, factor, rows, factor, columns, channels).transpose(0, 1, 3, 2, 4, 5)
    tiles = tiles.reshape(count * factor**2, rows, columns, channels)
    down, across = (_enlarging(*sides).astype(images.dtype) for sides in ((rows, height), (columns, width)))
    return np.einsum("Hh,mhwc,Ww->mHWc", down, tiles, across, optimize=True)


def _enlarging(small: int, large: int) -> np.ndarray:
    """(large, small) the matrix of linear interpolation between pixel centres."""
    places = np.clip((np.arange(large) + 0.5) * small / large - 0.5, 0, small - 1)
    return np.maximum(0, 1 - np.abs(places[:, None] - np.arange(small)))
