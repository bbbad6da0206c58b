"""Lightweight coreset scores: half uniform, half by squared distance to the mean of all images.

Bachem, Lucic & Krause, "Scalable k-means clustering via lightweight coresets", KDD 2018: with mean mu,

    q(x) = 1/2 * 1/n  +  1/2 * d(x, mu)^2 / sum_x' d(x', mu)^2

is a sampling law already (it sums to 1), got in two passes. Its guarantee is weaker than that of sensitivities: the
error is up to eps/2 times the cost plus eps/2 times the cost of the single centre mu. Ours: 0/0 = 0, so equal images
are left with the uniform share.
"""

from dataclasses import dataclass

import numpy as np

from ddcore.data.train_set import TrainSet
from ddcore.importance.base import Importance, Score
from ddcore.progress import Progress, silent

_ROWS = 4096  # points whose float64 differences are held at a time


@dataclass(frozen=True)
class Lightweight(Score):
    """Terms: `share` (every image's equal part, 1/2n) and `distance` (far from the mean image)."""

    def compute(self, train: TrainSet, seed: int, progress: Progress = silent) -> Importance:
        """Importance of normalised pixels; `seed` has no effect."""
        terms = lightweight_terms(train.pixels, progress)
        return Importance(terms["share"] + terms["distance"], terms)


def lightweight_terms(points: np.ndarray, progress: Progress = silent) -> dict[str, np.ndarray]:
    """The two terms, each (n,) float64, for `points` (n, D)."""
    center = points.mean(axis=0, dtype=np.float64)
    distances = np.empty(len(points))
    for start in range(0, len(points), _ROWS):
        progress(start, len(points), "measuring distances")
        away = points[start : start + _ROWS] - center
        distances[start : start + _ROWS] = np.einsum("ij,ij->i", away, away)
    equal = np.all(points == points[0])  # the rounded mean of equal points need not be that point
    total = np.inf if equal else distances.sum() or np.inf
    return {"share": np.full(len(points), 0.5 / len(points)), "distance": 0.5 * distances / total}
