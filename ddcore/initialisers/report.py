"""What a starting set cost and achieved: the same measures for every initialiser, so that they can be compared.

The certificate is the exact eps of `ddcore.coreset.certificate` for one stated cost: ridge regression (ridge 1) on 200
random Fourier features (median bandwidth) of the training images, of which at most 20,000, always the same ones, are
looked at beside the chosen ones. A chosen image counts n / ipc times (n images of its class), times its own weight.
"""

from typing import Any

import numpy as np

from ddcore.coreset import kmeans_cost
from ddcore.importance.base import TrainSet
from ddcore.randomness import numpy_generator


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
        "certificate": None,
    }


def random_places(count: int, ipc: int, seed: int, label: int) -> np.ndarray:
    """`ipc` different places (ipc,) among the `count` images of class `label`, uniformly."""
    return numpy_generator(seed, "init", label).choice(count, ipc, replace=False)
