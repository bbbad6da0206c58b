"""How a synthetic set starts: noise, real images, or real images solved for on a coreset.

An initialiser is a frozen dataclass with `start(train, ipc, seed, scores, progress) -> SyntheticArrays`. It sees
training images (and scores, where it uses them), never test images. Adding one is a class and a line in `INITIALISERS`.
Letters: M = ipc * K synthetic images of K classes, n images of one class, D numbers an image, m points of a coreset.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from threadpoolctl import threadpool_limits

from ddcore.clustering import weighted_kmeans
from ddcore.coreset import kmeans_cost, sensitivity_coreset
from ddcore.errors import BadInput
from ddcore.importance.base import TrainSet
from ddcore.importance.kmeans import kmeans_sensitivity
from ddcore.parameters import check, parameter
from ddcore.progress import Progress, silent
from ddcore.randomness import numpy_generator
from ddcore.registry import Registry

INITIALISERS = Registry(
    "initialiser",
    {
        "noise": "ddcore.initialisers:Noise",
        "random": "ddcore.initialisers:RandomImages",
        "kmeans-coreset": "ddcore.initialisers:KMeansCoreset",
    },
)


@dataclass(frozen=True, eq=False)
class SyntheticArrays:
    """A starting set: classes in ascending order, `ipc` images each."""

    images: np.ndarray  # (M, C, H, W) float32 in training space
    classes: np.ndarray  # (M,) int64
    indices: np.ndarray | None = None  # (M,) int64 training images they are, where they are real
    report: dict[str, Any] = field(default_factory=dict)  # what it cost and achieved; JSON can write it


class Initialiser(Protocol):
    """A frozen dataclass whose fields are the initialiser's parameters; `BadInput` where `ipc` does not fit."""

    def start(
        self, train: TrainSet, ipc: int, seed: int, scores: np.ndarray | None = None, progress: Progress = silent
    ) -> SyntheticArrays: ...


def initialiser(name: str, **fields: Any) -> Initialiser:
    """The initialiser called `name`; `BadInput` for an unknown name or field or a bad value."""
    return INITIALISERS.make(name, **fields)


@dataclass(frozen=True)
class Noise:
    """Independent normal pixels N(0, 1) in training space."""

    def start(self, train, ipc, seed, scores=None, progress=silent) -> SyntheticArrays:
        """The report says how many seconds it took."""
        began = time.perf_counter()
        rows = [
            numpy_generator(seed, "init", label).standard_normal((ipc, *train.shape), np.float32)
            for label, members in _classes(train, ipc, progress)
        ]
        return SyntheticArrays(np.concatenate(rows), _labels(train, ipc), None, {"seconds": _since(began)})


@dataclass(frozen=True)
class RandomImages:
    """Real images of each class, drawn uniformly without replacement."""

    def start(self, train, ipc, seed, scores=None, progress=silent) -> SyntheticArrays:
        """The report gives `cost`, the mean squared distance of an image to the nearest chosen one of its class."""
        began = time.perf_counter()
        chosen, cost = [], 0.0
        for label, members in _classes(train, ipc, progress):
            points = _pixels(train, members)
            places = _random_places(len(members), ipc, seed, label)
            chosen.append(members[places])
            cost += kmeans_cost(points, points[places])
        return _real_images(train, chosen, {"cost": cost / len(train.labels), "seconds": _since(began)})


@dataclass(frozen=True)
class KMeansCoreset:
    """Real images nearest to the k-means centres of each class, solved for on a weighted sensitivity coreset.

    Sensitivities (with ipc centres) and coreset: Bachem, Lucic & Krause 2017; initialising by sensitivity sampling:
    Tukan et al. 2023 (arXiv:2307.08086). Ours: solving weighted k-means on a coreset far larger than ipc instead of
    taking the sample itself, and choosing real images, ipc different ones even where centres share their nearest.
    """

    coreset_size: int = parameter(300, "Points of each class's coreset (at least 10 per image).", min=1, max=100_000)

    def __post_init__(self):
        check(self)

    def start(self, train, ipc, seed, scores=None, progress=silent) -> SyntheticArrays:
        """The report gives `cost` as `RandomImages` does, and `random_cost`, that of as many random images."""
        began = time.perf_counter()
        chosen, cost, random_cost = [], 0.0, 0.0
        for label, members in _classes(train, ipc, progress):
            points = _pixels(train, members)
            with threadpool_limits(1, "blas"):  # products this small wait for a busy machine's threads, up to 7x longer
                places = self._places(points, ipc, numpy_generator(seed, "init-coreset", label))
            chosen.append(members[places])
            cost += kmeans_cost(points, points[places])
            random_cost += kmeans_cost(points, points[_random_places(len(members), ipc, seed, label)])
        count = len(train.labels)
        report = {"cost": cost / count, "random_cost": random_cost / count, "seconds": _since(began)}
        return _real_images(train, chosen, report)

    def _places(self, points: np.ndarray, ipc: int, rng: np.random.Generator) -> np.ndarray:
        """`ipc` different rows of one class's `points` (n, D)."""
        m = max(self.coreset_size, 10 * ipc)
        if m >= len(points):
            coreset, weights = points, np.ones(len(points))
        else:
            terms, _ = kmeans_sensitivity(points, ipc, rng)
            rows, weights = sensitivity_coreset(sum(terms.values()), m, rng)
            coreset = points[rows]
        return nearest_distinct(points, weighted_kmeans(coreset, weights, ipc, rng), ipc, rng)


def nearest_distinct(points: np.ndarray, centers: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` different rows (count,) of `points` (n, D): one for each of `centers` (k <= count, D), nearest in total.

    Where fewer centres exist than rows are wanted (duplicates), the rest are drawn from the rows left.
    """
    from scipy.optimize import linear_sum_assignment  # not for the server, which reads the names above

    points = points.astype(np.float64)
    distances = (points**2).sum(axis=1) - 2 * centers @ points.T + (centers**2).sum(axis=1)[:, None]
    _, rows = linear_sum_assignment(distances)
    left = np.setdiff1d(np.arange(len(points)), rows)
    return np.concatenate([rows, rng.choice(left, count - len(rows), replace=False)])


def _classes(train: TrainSet, ipc: int, progress: Progress) -> Iterator[tuple[int, np.ndarray]]:
    """(class, indices of its n >= ipc images) in ascending order, telling `progress`."""
    sizes = np.bincount(train.labels, minlength=train.num_classes)
    smallest = int(sizes.min())
    if smallest == 0:
        raise BadInput(f"Class {int(sizes.argmin())} has 0 training images; every class needs at least one.")
    if ipc < 1:
        raise BadInput(f"ipc={ipc} is not allowed; choose 1 <= ipc <= {smallest}.")
    if ipc > smallest:
        raise BadInput(f"ipc={ipc} exceeds the smallest class ({smallest} images); choose ipc <= {smallest}.")
    for label in range(train.num_classes):
        progress(label, train.num_classes, "choosing initial images")
        yield label, np.flatnonzero(train.labels == label)


def _random_places(count: int, ipc: int, seed: int, label: int) -> np.ndarray:
    return numpy_generator(seed, "init", label).choice(count, ipc, replace=False)


def _pixels(train: TrainSet, members: np.ndarray) -> np.ndarray:
    return train.normalised(members).reshape(len(members), -1)


def _real_images(train: TrainSet, chosen: list[np.ndarray], report: dict[str, Any]) -> SyntheticArrays:
    indices = np.concatenate(chosen)
    return SyntheticArrays(train.normalised(indices), train.labels[indices].astype(np.int64), indices, report)


def _labels(train: TrainSet, ipc: int) -> np.ndarray:
    return np.repeat(np.arange(train.num_classes), ipc)


def _since(began: float) -> float:
    return round(time.perf_counter() - began, 3)
