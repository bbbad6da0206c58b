"""The images of a snapshot in normalised pixels, as real images are compared with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ddcore.data.dataset import Dataset
from ddcore.data.zca import stored_zca
from ddcore.errors import BadInput
from ddcore.maps.embedding import feature_matrix
from ddcore.maps.tiles import enlarged_tiles

BOUND = 1e6  # of a normalised pixel: float32 squares of whole images hold that; real ones end at 10 or so
MOST_NUMBERS = 2**23  # of a set, enlarged: 34 MB, 2,700 images of 3x32x32


@dataclass(frozen=True, eq=False)
class SetImages:
    """What M stored images show to networks.

    `rows` (M tiles, D) float32, those of one stored image together; `classes` (M tiles,); `view` (M,H,W,C) uint8, the
    stored images as pages show them. `clipped`: `rows` come from `view`, without what lies beyond black and white.
    `largest` (M,): the largest size of a value of each stored image; `rows` end at `BOUND`.
    """

    rows: np.ndarray
    classes: np.ndarray
    view: np.ndarray
    largest: np.ndarray
    tiles: int
    clipped: bool


class Pixels(NamedTuple):
    """Stored images in normalised pixels, see `SetImages`."""

    images: np.ndarray  # (M,H,W,C) float32, none beyond `BOUND`
    largest: np.ndarray  # (M,)
    clipped: bool


def stored_pixels(path: Path, arrays: Mapping[str, np.ndarray], dataset: Dataset) -> Pixels:
    """The images of the snapshot in the file `path`, of its `arrays` view, images and zca, as far as it has them.

    They are the unclipped images (unwhitened by the run's own transform); of a snapshot between others, its view.
    ValueError if they are damaged; BadInput if there is no whitening to undo.
    """
    view = arrays["view"]
    if clipped := "images" not in arrays:
        images = feature_matrix("pixels", view, dataset.mean, dataset.std).reshape(view.shape)
    else:
        stored = arrays["images"].astype(np.float32)
        if "zca" in arrays and np.isfinite(stored).all():
            stored = stored_zca(path, str(arrays["zca"])).undo(stored)
        if not np.isfinite(stored).all():
            raise ValueError("it has pixels that are not numbers")
        images = stored.transpose(0, 2, 3, 1)
    largest = np.abs(images).reshape(len(images), -1).max(axis=1)
    return Pixels(np.clip(images, -BOUND, BOUND), largest, clipped)


def set_images(path: Path, arrays: Mapping[str, np.ndarray], dataset: Dataset) -> SetImages:
    """What the snapshot in the file `path` shows to networks, of its `arrays`: tiles enlarged, as students see them.

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
    try:
        images, largest, clipped = stored_pixels(path, arrays, dataset)
    except BadInput:
        raise
    except ValueError as error:
        raise BadInput(f"The snapshot is damaged: {error}.") from None
    rows = enlarged_tiles(images, factor).reshape(len(view) * factor**2, -1)
    return SetImages(rows, np.repeat(classes, factor**2), view, largest, factor**2, clipped)


def shown_pixels(rows: np.ndarray, dataset: Dataset) -> np.ndarray:
    """(m, D) normalised pixels -> (m,H,W,C) uint8, clipped to black and white."""
    images = rows.reshape(len(rows), *dataset.train.images.shape[1:])
    return np.rint(
        255 * np.clip(images * np.asarray(dataset.std, np.float32) + np.asarray(dataset.mean, np.float32), 0, 1)
    ).astype(np.uint8)


def _size(images: np.ndarray) -> str:
    return "x".join(map(str, images.shape[1:]))
