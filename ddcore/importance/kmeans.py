"""k-means sensitivity: how much of the k-means cost of *any* k centres a point can be responsible for.

Bachem, Lucic & Krause, "Practical coreset constructions for machine learning", 2017, Algorithm 2. With B the k centres
of a D^2-sampling, B_x the cluster of x, c = (1/n) sum_j d(x_j, B)^2 and alpha = 16 (log2 k + 2),

    s(x) = [ 2 alpha d(x,B)^2 / c  +  4 alpha (sum_{x' in B_x} d(x',B)^2) / (|B_x| c)  +  4 n / |B_x| ] / n

bounds the sensitivity of x (theorem) for every B within a factor alpha of the optimum, which one D^2-sampling is with
probability at least 1/2. Ours: the cheapest of eight draws is kept, so that the chance of no such B is at most 1/256;
classes are scored apart on request; 0/0 = 0, so where the centres cover every distinct point only the third term
is left. Over n points the three terms sum to 2 alpha, 4 alpha and 4 k.
"""

from dataclasses import dataclass

import numpy as np

from ddcore.coresets.clustering import d2_sampling, nearest_centers
from ddcore.data.train_set import TrainSet
from ddcore.importance.base import Importance, Score
from ddcore.parameters import check, parameter
from ddcore.progress import Progress, silent
from ddcore.randomness import numpy_generator

_DRAWS = 8


@dataclass(frozen=True)
class KMeansSensitivity(Score):
    """Terms: `distance` (far from its centre), `spread` (in a spread-out cluster), `small` (in a small cluster)."""

    clusters: int = parameter(
        100,
        "Number of centres k (per class if classes are scored separately).",
        min=1,
        max=4096,
        title="Number of centres",
    )
    per_class: bool = parameter(
        False,
        "Score each class with its own centres instead of common ones.",
        title="Each class separately",
    )

    def __post_init__(self):
        check(self)

    def compute(self, train: TrainSet, seed: int, progress: Progress = silent) -> Importance:
        """Importance of normalised pixels; `centers` (k, D) are training images, class after class where per class."""
        points = train.pixels
        if not self.per_class:
            rng = numpy_generator(seed, "kmeans")
            terms, centers = kmeans_sensitivity(points, self.clusters, rng, progress)
            return Importance(_total(terms), terms, centers)
        present = np.unique(train.labels)
        terms = {name: np.zeros(len(points)) for name in ("distance", "spread", "small")}
        found = []
        for place, label in enumerate(present):
            members = np.flatnonzero(train.labels == label)
            rng = numpy_generator(seed, "kmeans", int(label))
            own, own_centers = kmeans_sensitivity(points[members], self.clusters, rng)
            for name, values in own.items():
                terms[name][members] = values
            found.append(own_centers)
            progress(place + 1, len(present), "scoring classes")
        return Importance(_total(terms), terms, np.concatenate(found))


def kmeans_sensitivity(
    points: np.ndarray, clusters: int, rng: np.random.Generator, progress: Progress = silent
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The three terms, each (n,) float64, of the sensitivities of `points` (n, D), and their centres (k, D)."""
    draws, costs = d2_sampling(points, clusters, rng, draws=_DRAWS, progress=progress)
    centers = points[draws[np.argmin(costs)]]
    nearest, distances = nearest_centers(points, centers)
    return sensitivity_terms(distances, nearest, len(centers)), centers


def sensitivity_terms(distances: np.ndarray, nearest: np.ndarray, clusters: int) -> dict[str, np.ndarray]:
    """The formula above for given squared `distances` (n,) and cluster numbers `nearest` (n,) in [0, clusters)."""
    alpha = 16 * (np.log2(clusters) + 2)
    sizes = np.bincount(nearest, minlength=clusters)[nearest]
    costs = np.bincount(nearest, weights=distances, minlength=clusters)[nearest]
    total = distances.sum() or np.inf
    return {
        "distance": 2 * alpha * distances / total,
        "spread": 4 * alpha * costs / (sizes * total),
        "small": 4 / sizes,
    }


def _total(terms: dict[str, np.ndarray]) -> np.ndarray:
    return terms["distance"] + terms["spread"] + terms["small"]
