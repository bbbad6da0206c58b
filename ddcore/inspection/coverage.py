"""Which real images a synthetic set stands for: each counts for the synthetic image nearest to it."""

from dataclasses import dataclass

import numpy as np

from ddcore.data.dataset import Dataset
from ddcore.inspection.neighbours import Neighbours


@dataclass(frozen=True, eq=False)
class Coverage:
    """What M stored images cover of the K classes of the real images that were compared.

    `counts` (M, K): real images of each class whose nearest is this one. Of each class of real images, `mean` (K,):
    their mean distance to it; `astray` (K,): the share whose nearest is of another class. NaN for a class without
    images. `bare`: ids of the real images that nobody covers, the worst first, farther than `limit` from every
    synthetic image; `bare_distances` of them; `bare_share` (K,) of each class.
    """

    counts: np.ndarray
    mean: np.ndarray
    astray: np.ndarray
    limit: float
    bare: np.ndarray
    bare_distances: np.ndarray
    bare_share: np.ndarray


def coverage(found: Neighbours, classes: np.ndarray, tiles: int, limit: float, dataset: Dataset) -> Coverage:
    """From the neighbours of a set of images of `classes` (m,), of which `tiles` are stored together."""
    labels, size = dataset.train.labels[found.real], dataset.num_classes
    counts = np.zeros((len(classes) // tiles, size), np.int64)
    np.add.at(counts, (found.owner // tiles, labels), 1)
    of_class = np.bincount(labels, minlength=size)
    astray, bare = classes[found.owner] != labels, found.distance > limit

    def per_class(values: np.ndarray) -> np.ndarray:
        sums = np.bincount(labels, values.astype(np.float64), minlength=size)
        return np.divide(sums, of_class, out=np.full(size, np.nan), where=of_class > 0)

    worst = np.flatnonzero(bare)[np.argsort(-found.distance[bare], kind="stable")]
    return Coverage(
        counts, per_class(found.distance), per_class(astray), limit, found.real[worst], found.distance[worst],
        per_class(bare),
    )  # fmt: skip
