"""How a synthetic set starts: noise, real images, or real images solved for. One method a file.

An initialiser is a frozen dataclass with `start(train, ipc, seed, scores, progress) -> SyntheticArrays` (see
`ddcore.initialisers.base`). It sees training images (and scores, where it goes by them), never test images. Adding one
is a file and its entry here.
"""

from ddcore.methods import Registry, StartAbout

RANDOM = "random"
"""The start that every other has to beat."""

_ENTRIES = {
    "noise": ("ddcore.initialisers.noise:Noise", StartAbout("noise", kind="noise")),
    "random": (
        "ddcore.initialisers.random_images:RandomImages",
        StartAbout("random real images", brief="random images", kind="rival"),
    ),
    "sensitivity": (
        "ddcore.initialisers.sensitivity:SensitivitySample",
        StartAbout("a sample by importance", brief="importance sample", score="kmeans"),
    ),
    "kmeans-coreset": (
        "ddcore.initialisers.kmeans_coreset:KMeansCoreset",
        StartAbout("a k-means coreset", images="a k-means coreset of real images"),
    ),
    "ridge-coreset": (
        "ddcore.initialisers.ridge_coreset:RidgeCoreset",
        StartAbout("a kernel-ridge coreset", images="a kernel-ridge coreset of real images"),
    ),
    "kmeans-medoids": (
        "ddcore.initialisers.kmeans_medoids:KMeansMedoids",
        StartAbout("k-means medoids", images="k-means medoids of real images"),
    ),
    "herding": (
        "ddcore.initialisers.herding:Herding",
        StartAbout("herding", images="real images chosen by herding", chance=False),
    ),
    "k-center": (
        "ddcore.initialisers.k_center:KCenter",
        StartAbout("k-center", images="real images chosen by k-center"),
    ),
    "easiest": ("ddcore.initialisers.by_score:Easiest", StartAbout("the easiest images", score="loss")),
    "hardest": ("ddcore.initialisers.by_score:Hardest", StartAbout("the hardest images", score="loss")),
}

INITIALISERS = Registry("initialiser", StartAbout, _ENTRIES)
