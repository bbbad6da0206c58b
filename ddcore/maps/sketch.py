"""A map at once: principal coordinates of the pixels, from a sample of the images, with NumPy and SciPy alone.

UMAP takes a minute for 60,000 images; this takes a second or two, so that a page has something to show meanwhile. It
has the arrays of a whole map (`ddcore.maps.embedding.embed`), so further images are placed on it in the same way.
"""

import json
from pathlib import Path

import numpy as np

from ddcore.data.dataset import Dataset
from ddcore.features.pca import fit_pca, principal_coordinates
from ddcore.kept import SKETCHES
from ddcore.maps.embedding import CHUNK, feature_matrix
from ddcore.maps.projection import flat, typical_distance
from ddcore.randomness import numpy_generator

SAMPLE = 4000  # images from which the components are taken, ...
SAMPLE_OF_LARGE = 1000  # ... and if they have more than so many numbers: their products with one another decide
COMPONENTS = 50
_QUERIES = 500  # images whose distance to the nearest other one is looked at


def sketch_path(dataset_hash: str) -> Path:
    """Where the sketch of a dataset's training images is kept."""
    return SKETCHES.path(dataset_hash)


def sketch(dataset: Dataset) -> dict[str, np.ndarray]:
    """The arrays of a map of `dataset`'s training images whose `xy` (N,2) are their first two principal coordinates.

    Components come from 4,000 images drawn at random (the same every time), or 1,000 of more than 1,000 numbers each.
    All N images are then projected, in chunks.
    """
    images = dataset.train.images
    most = SAMPLE_OF_LARGE if images[0].size > SAMPLE_OF_LARGE else SAMPLE
    drawn = numpy_generator(0, "sketch").choice(len(images), min(most, len(images)), replace=False)
    seen = _features(dataset, images[np.sort(drawn)])
    mean, components, explained = fit_pca(seen, COMPONENTS)
    reduced = np.empty((len(images), len(components)), np.float32)
    for start in range(0, len(images), CHUNK):
        part = slice(start, start + CHUNK)
        reduced[part] = principal_coordinates(_features(dataset, images[part]), mean, components)
    return {
        "xy": flat(reduced),
        "ids": np.arange(len(images)),
        "reduced": reduced,
        "pca_mean": mean,
        "pca_components": components,
        "explained": np.array(explained, np.float64),
        "typical_distance": np.array(typical_distance(reduced, numpy_generator(0, "map-distances"), _QUERIES)),
        "head": _features(dataset, images[:5]),
        "dataset_hash": np.array(dataset.hash),
        "settings": np.array(json.dumps({"features": "pca", "method": "pca"})),
    }


def _features(dataset: Dataset, images: np.ndarray) -> np.ndarray:
    return feature_matrix("pca", images, dataset.mean, dataset.std)
