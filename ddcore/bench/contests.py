"""The two cost families of the bench: how far a coreset is off, and at which query."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ddcore.bench.settings import BenchSettings
from ddcore.coresets.clustering import nearest_centers
from ddcore.coresets.subsets import KMeansCost, RidgeCost
from ddcore.data.train_set import TrainSet
from ddcore.features.making import make_features
from ddcore.importance import SCORES
from ddcore.progress import Progress
from ddcore.ridge.leverage import centred_targets, ridge_terms

PICTURES = 12
"""Pictures of a worst query."""
_PIXEL_RIDGE = 1.0  # of the leverage scores of pixels

Coreset = tuple[np.ndarray, np.ndarray]  # indices (m,), weights (m,)


@dataclass(frozen=True, eq=False)
class Query:
    """Pictures (P,H,W,C) uint8 of a query, shares (P,2) of the full cost and of its estimate, classes (P,) or -1."""

    pictures: np.ndarray
    numbers: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True, eq=False)
class Contest:
    """A cost family on N images: its own sensitivities and plain leverage scores (N,), and how coresets are judged.

    The generator is for the search of a worst query.
    """

    own: np.ndarray
    leverage: np.ndarray
    error: Callable[[Coreset, np.random.Generator], tuple[float, Any]]  # the error, and what `query` needs to know
    query: Callable[[Coreset, Any], Query]


def contest(train: TrainSet, settings: BenchSettings, device: str, progress: Progress) -> Contest:
    """The contest of `settings.cost` on these images."""
    return (_ridge if settings.cost == "ridge" else _kmeans)(train, settings, device, progress)


def _ridge(train: TrainSet, settings: BenchSettings, device: str, progress: Progress) -> Contest:
    features = make_features(
        settings.features,
        train,
        settings.num_features,
        settings.seed,
        settings.bandwidth,
        device,
        progress,
        settings.feature_network,
    )
    targets = centred_targets(train.labels, train.num_classes)
    terms = ridge_terms(features, targets, settings.ridge, progress=progress)
    cost = RidgeCost(features, targets, settings.ridge, progress=progress)

    def error(coreset: Coreset, rng: np.random.Generator) -> tuple[float, None]:
        return cost.certificate(*coreset), None

    def query(coreset: Coreset, _: None) -> Query:
        """The images that carry most of the cost at the worst query, and what the coreset makes of them."""
        share = cost.worst_query(*coreset)[1]
        top = np.argsort(-share, kind="stable")[:PICTURES]
        weight = np.bincount(coreset[0], weights=coreset[1], minlength=len(share))
        numbers = np.stack([share[top], (weight * share)[top]], axis=1)
        return Query(np.asarray(train.images[top]), numbers, train.labels[top])

    own = terms["leverage"] + terms["residual"]
    return Contest(own, terms["leverage"], error, query)


def _kmeans(train: TrainSet, settings: BenchSettings, device: str, progress: Progress) -> Contest:
    points = train.pixels
    own = SCORES.make("kmeans", clusters=settings.k, seedings=settings.seedings)
    own = own.compute(train, settings.seed, progress).scores
    targets = centred_targets(train.labels, train.num_classes)
    leverage = ridge_terms(points, targets, _PIXEL_RIDGE, progress=progress)["leverage"]
    cost = KMeansCost(points, settings.k)

    def error(coreset: Coreset, rng: np.random.Generator) -> tuple[float, np.ndarray]:
        return cost.worst_found(*coreset, rng)

    def query(coreset: Coreset, centers: np.ndarray) -> Query:
        """The centres whose clusters the coreset misjudges most, and what they cost in full and by the coreset."""
        indices, weights = coreset
        nearest, distances = nearest_centers(points, centers)
        count = len(centers)
        full = np.bincount(nearest, weights=distances, minlength=count)
        estimate = np.bincount(nearest[indices], weights=weights * distances[indices], minlength=count)
        numbers = np.stack([full, estimate], axis=1) / (full.sum() or 1.0)
        top = np.argsort(-np.abs(numbers[:, 1] - numbers[:, 0]), kind="stable")[:PICTURES]
        return Query(as_images(centers[top], train), numbers[top], np.full(len(top), -1))

    return Contest(own, leverage, error, query)


def as_images(points: np.ndarray, train: TrainSet) -> np.ndarray:
    """Normalised pixels (n, D) as (n,H,W,C) uint8, cut to what a pixel can be."""
    shown = points.reshape(-1, *train.images.shape[1:]) * np.asarray(train.std) + np.asarray(train.mean)
    return np.rint(255 * np.clip(shown, 0, 1)).astype(np.uint8)
