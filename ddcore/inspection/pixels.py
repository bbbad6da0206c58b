"""The images of a snapshot in normalised pixels, as real images are compared with them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.maps.tiles import enlarged_tiles

MOST_NUMBERS = 2**23  # of a set, enlarged: 34 MB, 2,700 images of 3x32x32


@dataclass(frozen=True, eq=False)
class SetImages:
    """What M stored images show to networks.

    `rows` (M tiles, D) float32, those of one stored image together; `classes` (M tiles,); `view` (M,H,W,C) uint8, the
    stored images as pages show them. `clipped`: `rows` come from `view`, without what lies beyond black and white.
    """

    rows: np.ndarray
    classes: np.ndarray
    view: np.ndarray
    tiles: int = 1
    clipped: bool = False


def set_images(arrays: Mapping[str, np.ndarray], dataset: Dataset) -> SetImages:
    """The images of a snapshot's `arrays`: unclipped where it has them, unless they are whitened.

    Tiles are enlarged, as students see them. BadInput if the images are not like those of `dataset`, or too many.
    """
    view, classes, factor = arrays["view"], arrays["classes"], int(arrays.get("factor", 1))
    if view.shape[1:] != dataset.train.images.shape[1:] or classes.min() < 0 or classes.max() >= dataset.num_classes:
        raise BadInput(
            f"The snapshot has images of {_size(view)} in classes {classes.min()} to {classes.max()}; those of "
            f"{dataset.name} have {_size(dataset.train.images)} and classes 0 to {dataset.num_classes - 1}."
        )
    if not 1 <= factor <= min(view.shape[1:3]):
        raise BadInput(f"The snapshot has factor={factor}; 1 to {min(view.shape[1:3])} tiles fit a side.")
    if view.size * factor**2 > MOST_NUMBERS:
        raise BadInput(
            f"The set has {view.size * factor**2:,} pixel values; sets of up to {MOST_NUMBERS:,} are compared with "
            "real images."
        )
    images, clipped = normalised(view, dataset).reshape(view.shape), True
    if "images" in arrays and "zca" not in arrays:
        images, clipped = arrays["images"].transpose(0, 2, 3, 1), False
    if not np.isfinite(images).all():
        raise BadInput("The snapshot has pixels that are not numbers.")
    rows = enlarged_tiles(images, factor).reshape(len(view) * factor**2, -1)
    return SetImages(rows, np.repeat(classes, factor**2), view, factor**2, clipped)


def normalised(images: np.ndarray, dataset: Dataset) -> np.ndarray:
    """(n,H,W,C) uint8 -> (n, D) float32: per channel minus the mean and divided by the standard deviation."""
    rows = images.reshape(len(images), -1).astype(np.float32)
    each = rows.shape[1] // images.shape[-1]  # a row of constants an image: many times faster than one a pixel
    rows -= np.tile(255 * np.asarray(dataset.mean, np.float32), each)
    rows /= np.tile(255 * np.asarray(dataset.std, np.float32), each)
    return rows


def shown_pixels(rows: np.ndarray, dataset: Dataset) -> np.ndarray:
    """(m, D) normalised pixels -> (m,H,W,C) uint8, clipped to black and white."""
    images = rows.reshape(len(rows), *dataset.train.images.shape[1:])
    return np.rint(
        255 * np.clip(images * np.asarray(dataset.std, np.float32) + np.asarray(dataset.mean, np.float32), 0, 1)
    ).astype(np.uint8)


def _size(images: np.ndarray) -> str:
    return "x".join(map(str, images.shape[1:]))
