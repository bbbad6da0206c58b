"""Sheets of training images under the film, and how their distances are measured."""

import numpy as np

from ddcore.data.dataset import Dataset
from pages.parts.browser.image_sheet import image_sheet

SPACE = (
    "Distances are Euclidean, between images as they are shown, in pixels minus their mean and divided by their "
    "standard deviation."
)
_WIDTH = 80  # CSS pixels of an image, at least


def scale_of(width: int) -> int:
    """CSS pixels a pixel of an image that is `width` pixels wide, so that small ones are seen."""
    return max(1, -(-_WIDTH // width))


def show_real(dataset: Dataset, ids: np.ndarray, words: list[str], key: str) -> None:
    """A sheet of training images, each with its class, its id and a word."""
    labels = dataset.train.labels[ids]
    captions = [
        f"{dataset.classes[k]}\nimage {id:,}\n{word}" for k, id, word in zip(labels, ids.tolist(), words, strict=True)
    ]
    pixels = dataset.train.images[ids]
    image_sheet(pixels, ids, captions, key=key, marks=class_marks(dataset, labels), scale=scale_of(pixels.shape[2]))


def class_marks(dataset: Dataset, labels: np.ndarray) -> list[str] | None:
    """The colour of each image's class; None if there are more classes than colours."""
    from ddcore.figures.colours import PALETTE

    return [PALETTE[k] for k in labels] if dataset.num_classes <= len(PALETTE) else None
