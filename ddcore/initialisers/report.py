"""What a starting set cost and achieved: the same measures for every initialiser, so that they can be compared.

The certificate is the exact eps of `ddcore.coreset.certificate` for one stated cost: ridge regression (ridge 1) on 200
random Fourier features (median bandwidth) of the training images: of 20,000 of them, always the same, and the chosen
ones. A chosen image counts n / ipc times (n images of its class there), times its own weight.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from ddcore.coreset import certificate, kmeans_cost
from ddcore.features import make_features
from ddcore.importance.base import TrainSet
from ddcore.leverage import centred_targets
from ddcore.randomness import numpy_generator

FEATURES, RIDGE, MOST_IMAGES = 200, 1.0, 20_000  # of the certificate's cost


def achieved(
    train: TrainSet,
    images: np.ndarray,
    classes: np.ndarray,
    seed: int,
    seconds: float,
    indices: np.ndarray | None = None,
    weights: np.ndarray | None = None,
) -> dict[str, Any]:
    """The report on `images` (M, C, H, W) of ascending `classes` (M,), at training images `indices` if they are real.

    seconds      that the choice took, this report not counted
    cost         mean squared distance of a training image to the nearest image of its class
    random_cost  that of the images that the initialiser "random" chooses with the same seed
    cost_ratio   of the two (None where random images cost nothing)
    certificate  see above; None where the images are not real
    """
    ipc, cost, random_cost = len(classes) // train.num_classes, 0.0, 0.0
    for label in range(train.num_classes):
        members = np.flatnonzero(train.labels == label)
        points = train.normalised(members).reshape(len(members), -1)
        cost += kmeans_cost(points, images[classes == label].reshape(ipc, -1))
        random_cost += kmeans_cost(points, points[random_places(len(members), ipc, seed, label)])
    return {
        "seconds": round(seconds, 3),
        "cost": cost / len(train.labels),
        "random_cost": random_cost / len(train.labels),
        "cost_ratio": cost / random_cost if random_cost else None,
        "certificate": None if indices is None else round(_certificate(train, indices, classes, weights), 6),
    }


def _certificate(train: TrainSet, indices: np.ndarray, classes: np.ndarray, weights: np.ndarray | None) -> float:
    rows = np.union1d(_looked_at(len(train.labels)), indices)
    part = replace(train, images=train.images[rows], labels=train.labels[rows])
    features = make_features("rff", part, FEATURES, seed=0)
    shares = np.bincount(part.labels, minlength=train.num_classes) * train.num_classes / len(classes)
    counted = shares[classes] * (1.0 if weights is None else weights)
    targets = centred_targets(part.labels, train.num_classes)
    return certificate(features, targets, RIDGE, np.searchsorted(rows, indices), counted)


def _looked_at(count: int) -> np.ndarray:
    return numpy_generator(0, "certificate").permutation(count)[:MOST_IMAGES]


def random_places(count: int, ipc: int, seed: int, label: int) -> np.ndarray:
    """`ipc` different places (ipc,) among the `count` images of class `label`, uniformly."""
    return numpy_generator(seed, "init", label).choice(count, ipc, replace=False)
