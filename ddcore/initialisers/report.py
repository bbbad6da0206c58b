"""What a starting set cost and achieved: the same measures for every initialiser, so that they can be compared.

The certificate is the exact eps of `ddcore.coresets.subsets.certificate` for one stated cost: ridge regression (ridge
1) on 200 random Fourier features (median bandwidth) of the training images: of 20,000 of them, always the same, and the
chosen ones. A chosen image counts n / ipc times (n images of its class there), times its own weight.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from ddcore.coresets.subsets import FixedRidgeCost, certificate, kmeans_cost
from ddcore.data.train_set import TrainSet
from ddcore.features.making import make_features
from ddcore.features.rbf_kernel import median_distance
from ddcore.features.rff import rff_features
from ddcore.randomness import numpy_generator
from ddcore.ridge.leverage import centred_targets

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
    cost_ratio   of the two (None if random images cost nothing)
    certificate  see above; None if the images are not real
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


class SetCertificate:
    """The certificate of any set, synthetic images with labels of their own too, for the report's cost.

    Up to 20,000 training images it is that of the report where the images are real; above, the report's cost counts the
    chosen images too, this one the same 20,000 for every set. Set up once: what a set costs then is small.
    """

    def __init__(self, train: TrainSet):
        rows = np.sort(_looked_at(len(train.labels)))
        points, labels = replace(train, images=train.images[rows], labels=train.labels[rows]).pixels, train.labels[rows]
        self._bandwidth = median_distance(points, numpy_generator(0, "bandwidth"))
        self._cost = FixedRidgeCost(self._features(points), centred_targets(labels, train.num_classes), RIDGE)
        self._members = np.bincount(labels, minlength=train.num_classes)

    def of(self, images: np.ndarray, labels: np.ndarray, classes: np.ndarray, weights: np.ndarray) -> float:
        """eps of `images` (M, C, H, W) in training space with centred `labels` (M, K), ipc of each of `classes` (M,).

        An image counts n / ipc times, times its own weight of `weights` (M,).
        """
        points = np.ascontiguousarray(np.moveaxis(images, 1, -1), np.float32).reshape(len(images), -1)
        counted = self._members[classes] * (len(self._members) / len(classes)) * weights
        return self._cost.certificate(self._features(points), labels, counted)

    def _features(self, points: np.ndarray) -> np.ndarray:
        """The very map that `make_features` gives the training images, (n, D) float32 -> (n, 200)."""
        return rff_features(points, FEATURES, self._bandwidth, numpy_generator(0, "rff"))


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
