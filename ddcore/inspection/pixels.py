"""The images of a snapshot in normalised pixels, as real images are compared with them.

Snapshots between others hold only their pictures, clipped to black and white and in 8 bits. So that the steps of a run
can be held against each other, every snapshot is compared by its picture, also one that holds the images as learned.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.maps.embedding import feature_matrix
from ddcore.maps.tiles import enlarged_tiles

BOUND = 1e6  # of a value as learned, in standard deviations: real ones end at 10 or so
MOST_NUMBERS = 2**23  # of a set, enlarged: 34 MB, 2,700 images of 3x32x32


@dataclass(frozen=True, eq=False)
class SetImages:
    """What M stored images show to networks.

    `rows` (M tiles, D) float32, those of one stored image together, normalised; `classes` (M tiles,); `view` (M,H,W,C)
    uint8, the stored images as pages show them, of which `rows` are made. `largest` (M,): the largest size of a value
    of each stored image as it is learned (whitened if the run whitens), where the snapshot holds that, else of `rows`.
    """

    rows: np.ndarray
    classes: np.ndarray
    view: np.ndarray
    largest: np.ndarray
    tiles: int


def shown_images(view: np.ndarray, dataset: Dataset) -> np.ndarray:
    """(M,H,W,C) float32, the pictures `view` (M,H,W,C) uint8 of a snapshot in normalised pixels of `dataset`.

    ValueError if they have other channels.
    """
    return feature_matrix("pixels", view, dataset.mean, dataset.std).reshape(view.shape)


def set_images(arrays: Mapping[str, np.ndarray], dataset: Dataset) -> SetImages:
    """What a snapshot shows to networks, of its `arrays` view, classes, factor and images, as far as it has them.

    Tiles are enlarged, as students see them.

    BadInput if the images are not like those of `dataset`, or too many, or damaged.
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
    images = shown_images(view, dataset)
    largest = np.abs(arrays.get("images", images)).reshape(len(view), -1).max(axis=1)
    if not np.isfinite(largest).all():
        raise BadInput("The snapshot is damaged: it has pixels that are not numbers.")
    rows = enlarged_tiles(images, factor).reshape(len(view) * factor**2, -1)
    return SetImages(rows, np.repeat(classes, factor**2), view, largest, factor**2)


def shown_pixels(rows: np.ndarray, dataset: Dataset) -> np.ndarray:
    """(m, D) normalised pixels -> (m,H,W,C) uint8, clipped to black and white."""
    images = rows.reshape(len(rows), *dataset.train.images.shape[1:])
    return np.rint(
        255 * np.clip(images * np.asarray(dataset.std, np.float32) + np.asarray(dataset.mean, np.float32), 0, 1)
    ).astype(np.uint8)


def _size(images: np.ndarray) -> str:
    return "x".join(map(str, images.shape[1:]))
