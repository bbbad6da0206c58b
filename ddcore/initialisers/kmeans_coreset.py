"""k-means solved on a small weighted sensitivity coreset of each class."""

from dataclasses import dataclass

from ddcore.importance.kmeans import kmeans_sensitivity
from ddcore.initialisers.base import SyntheticArrays, chosen_images, pixels_of
from ddcore.initialisers.solving import coreset_medoids
from ddcore.parameters import check, parameter
from ddcore.progress import silent
from ddcore.randomness import numpy_generator


@dataclass(frozen=True)
class KMeansCoreset:
    """Real images nearest to the k-means centres of each class, solved for on a weighted sensitivity coreset.

    Sensitivities (with ipc centres) and coreset: Bachem, Lucic & Krause 2017; initialising by sensitivity sampling:
    Tukan et al. 2023 (arXiv:2307.08086). Ours: solving weighted k-means on a coreset far larger than ipc instead of
    taking the sample itself, and choosing real images, ipc different ones even where centres share their nearest.
    """

    coreset_size: int = parameter(
        300,
        "Points of each class's coreset (at least 10 per image).",
        min=1,
        max=100_000,
        title="Points of the coreset",
    )

    def __post_init__(self):
        check(self)

    def start(self, train, ipc, seed, scores=None, progress=silent) -> SyntheticArrays:
        def choose(label, members):
            points, rng = pixels_of(train, members), numpy_generator(seed, "init-coreset", label)

            def sensitivities():
                return sum(kmeans_sensitivity(points, ipc, rng)[0].values())

            return coreset_medoids(points, sensitivities, self.coreset_size, ipc, rng)

        return chosen_images(train, ipc, seed, progress, choose)
