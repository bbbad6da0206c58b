"""Nearest real images of synthetic ones, and the reverse, from one pass over the real images.

A chunk of real images r at a time is normalised and multiplied with the synthetic ones x:
|x - r|^2 = |x|^2 - 2 x.r + |r|^2 in float32. Where that cannot tell images apart, or loses too many digits, distances
are computed from differences by `ddcore.maps.nearest`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ddcore.data.dataset import Dataset
from ddcore.maps.embedding import feature_matrix
from ddcore.maps.nearest import RIVALS, nearest
from ddcore.progress import Progress, silent

CHUNK_VALUES = 3_200_000  # of real images at a time: 4,000 of MNIST
MOST_PRODUCTS = 25_000_000_000  # of one comparison: about a second on two cores
MOST_ONCE = 4 * MOST_PRODUCTS  # of what is computed once for a dataset
READING = 40  # products that take as long as to read and normalise a value
_UNSURE = 1e-5  # of |x|^2 + |r|^2, over ten times what float32 products lose
_CLOSE = 1e-2  # of |x|^2 + |r|^2: below, a distance from products would lose more than four digits


@dataclass(frozen=True, eq=False)
class Alike:
    """The real images most like one synthetic image: ids (k,) and distances (k,), nearest first.

    `aligned` (k,): ids of those with the largest inner product with it, in no order. `compared`: how many there were.
    """

    ids: np.ndarray
    distances: np.ndarray
    aligned: np.ndarray
    compared: int


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Synthetic images (m) and the real images `real` (n,) that they were compared with (ids, ascending).

    For each synthetic image: `nearest` (m,), the id of the nearest real image, and `away` (m,), its distance.
    For each of `real`: `owner` (n,), the place of the nearest synthetic image, and `distance` (n,).
    """

    real: np.ndarray
    nearest: np.ndarray
    away: np.ndarray
    owner: np.ndarray
    distance: np.ndarray


def alike(row: np.ndarray, dataset: Dataset, k: int) -> Alike:
    """The `k` training images nearest to one image `row` (D,), and the `k` with the largest inner product with it.

    Among all, or a fixed random sample where to read them takes more than `MOST_PRODUCTS`.
    """
    real = sampled(len(dataset.train), MOST_PRODUCTS // (row.size * READING))
    k, squares, products = min(k, len(real)), [], []
    for _, part in _chunks(dataset, real, 1):
        products.append(part @ row)
        squares.append(np.einsum("nd,nd->n", part, part) - 2 * products[-1])
    close = real[np.sort(_lowest(np.concatenate(squares), k + RIVALS))]
    places, distances = nearest(row[None], pixels_of(dataset, close), k)
    return Alike(close[places[0]], distances[0], real[_lowest(-np.concatenate(products), k)], len(real))


def neighbours(rows: np.ndarray, dataset: Dataset, progress: Progress = silent) -> Neighbours:
    """Both directions for the images `rows` (m, D) and the training images; distances to four digits or better.

    Where that takes more than `MOST_PRODUCTS`, a fixed random sample of training images stands for all of them.
    """
    real = sampled(len(dataset.train), MOST_PRODUCTS // (rows.shape[1] * (len(rows) + READING)))
    count, lengths = len(rows), np.einsum("md,md->m", rows, rows)
    owner, distance = np.empty(len(real), np.int64), np.empty(len(real), np.float32)
    best, lowest = np.zeros(count, np.int64), np.full(count, np.inf, np.float32)
    done = 0
    for ids, part in _chunks(dataset, real, count):
        progress(done, len(real), "comparing images")
        chunk = slice(done, done := done + len(ids))
        sums = np.einsum("nd,nd->n", part, part)[:, None] + lengths
        squares = sums - 2 * (part @ rows.T)
        owner[chunk], distance[chunk] = _owners(part, rows, squares, sums)
        best, lowest = _better(squares, ids, best, lowest)
    progress(len(real), len(real), "comparing images")
    return Neighbours(real, best, _apart(rows, pixels_of(dataset, best)), owner, distance)


def nearest_others(ids: np.ndarray, dataset: Dataset, progress: Progress = silent) -> np.ndarray:
    """(n,) float32: distances from the training images `ids` (n,) to the nearest other one; infinite for a single one.

    An exact copy is another image, at distance 0. Among all, or a fixed random sample (in which the nearest is farther
    away) where that takes more than `MOST_ONCE`.
    """
    rows = pixels_of(dataset, ids)
    others = sampled(len(dataset.train), MOST_ONCE // (rows.shape[1] * (len(rows) + READING)))
    best, lowest, done = np.zeros(len(ids), np.int64), np.full(len(ids), np.inf, np.float32), 0
    for among, part in _chunks(dataset, others, len(ids)):
        progress(done, len(others), "comparing real images")
        done += len(among)
        squares = np.einsum("nd,nd->n", part, part)[:, None] - 2 * (part @ rows.T)
        _, here, own = np.intersect1d(among, ids, assume_unique=True, return_indices=True)
        squares[here, own] = np.inf
        best, lowest = _better(squares, among, best, lowest)
    return np.where(np.isinf(lowest), np.float32(np.inf), _apart(rows, pixels_of(dataset, best)))


def sampled(count: int, most: int, seed: int = 0) -> np.ndarray:
    """(n,) ascending: all of `count` places if they are at most `most`, else a random sample of that many."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, max(1, most), replace=False))


def pixels_of(dataset: Dataset, ids: np.ndarray) -> np.ndarray:
    """(n, D) float32: normalised pixels of the training images `ids` (n,)."""
    return feature_matrix("pixels", dataset.train.images[ids], dataset.mean, dataset.std)


def _apart(rows: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(n,) float32: the distance of each of `rows` (n, D) from the one of `others` (n, D) beside it."""
    return np.sqrt(np.square(rows - others).sum(axis=1, dtype=np.float64)).astype(np.float32)


def _chunks(dataset: Dataset, ids: np.ndarray, beside: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(ids (n,), normalised pixels (n, D)) of the training images `ids`, of `CHUNK_VALUES` at a time.

    So many are also the distances of a chunk to `beside` other images.
    """
    step = max(1, CHUNK_VALUES // max(beside, dataset.train.images[0].size))
    for start in range(0, len(ids), step):
        part = ids[start : start + step]
        yield part, pixels_of(dataset, part)


def _owners(part: np.ndarray, rows: np.ndarray, squares: np.ndarray, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(places (n,), distances (n,)) of the nearest of `rows` (m, D) to each of `part` (n, D).

    `squares` (n, m): squared distances by products; `sums` (n, m): |x|^2 + |r|^2.
    """
    places = squares.argmin(axis=1)
    lowest, sum_ = (np.take_along_axis(values, places[:, None], axis=1) for values in (squares, sums))
    distances = np.sqrt(np.maximum(lowest[:, 0], 0))
    rivals = (squares <= lowest + _UNSURE * sum_).sum(axis=1) > 1
    exactly = np.flatnonzero(rivals | (lowest <= _CLOSE * sum_)[:, 0])
    if len(exactly):
        ids, found = nearest(part[exactly], rows, 1)
        places[exactly], distances[exactly] = ids[:, 0], found[:, 0]
    return places, distances


def _better(
    squares: np.ndarray, ids: np.ndarray, best: np.ndarray, lowest: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(ids (m,), lowest (m,)) of each column: so far, or of `squares` (n, m), whose rows are called `ids` (n,)."""
    first = squares.argmin(axis=0)
    found = squares[first, np.arange(len(best))]
    return np.where(found < lowest, ids[first], best), np.minimum(found, lowest)


def _lowest(values: np.ndarray, count: int) -> np.ndarray:
    """(count,) places of the lowest of `values`, in no order; all of them if there are fewer."""
    return np.argpartition(values, count - 1)[:count] if count < len(values) else np.arange(len(values))
