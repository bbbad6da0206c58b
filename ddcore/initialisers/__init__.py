"""How a synthetic set starts: noise, real images, or real images solved for. One method a file.

An initialiser is a frozen dataclass with `start(train, ipc, seed, scores, progress) -> SyntheticArrays`. It sees
training images (and scores, where it goes by them), never test images. Adding one is a file and a line here.
"""

from typing import Any

from ddcore.coresets.clustering import nearest_distinct
from ddcore.initialisers.base import Initialiser, SyntheticArrays
from ddcore.initialisers.noise import Noise
from ddcore.registry import Registry

INITIALISERS = Registry(
    "initialiser",
    {
        "noise": "ddcore.initialisers.noise:Noise",
        "random": "ddcore.initialisers.random_images:RandomImages",
        "sensitivity": "ddcore.initialisers.sensitivity:SensitivitySample",
        "kmeans-coreset": "ddcore.initialisers.kmeans_coreset:KMeansCoreset",
        "ridge-coreset": "ddcore.initialisers.ridge_coreset:RidgeCoreset",
        "kmeans-medoids": "ddcore.initialisers.kmeans_medoids:KMeansMedoids",
        "herding": "ddcore.initialisers.herding:Herding",
        "k-center": "ddcore.initialisers.k_center:KCenter",
        "easiest": "ddcore.initialisers.by_score:Easiest",
        "hardest": "ddcore.initialisers.by_score:Hardest",
    },
)


def initialiser(name: str, **fields: Any) -> Initialiser:
    """The initialiser called `name`; `BadInput` for an unknown name or field or a bad value."""
    return INITIALISERS.make(name, **fields)


__all__ = ["INITIALISERS", "Initialiser", "Noise", "SyntheticArrays", "initialiser", "nearest_distinct"]
