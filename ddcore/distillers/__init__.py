"""Distillers: one published method a file.

One entry here makes it known everywhere: command line, forms, pages, tests. No torch here: the server and the command
line's parser read it.
"""

from ddcore.methods import DistillerAbout, Registry

_ENTRIES = {
    "dm": (
        "ddcore.distillers.dm:DistributionMatching",
        DistillerAbout(
            "distribution matching (DM)",
            loss="the distance between the class means of real and synthetic features; it is noisy because every step "
            "draws a fresh random network",
        ),
    ),
    "frepo": (
        "ddcore.distillers.frepo:NeuralFeatureRegression",
        DistillerAbout(
            "feature regression with a pool (FRePo)",
            loss="the squared error of a ridge regression of the step's real images on the set, in the features of one "
            "network of the pool, plus a margin for learned labels; it is noisy because the network changes",
            init="ridge-coreset",
            usual={"ridge-coreset": {"solve_in": "nngp"}},
            predictor="trained",
        ),
    ),
    "kip": (
        "ddcore.distillers.kip:KernelInducingPoints",
        DistillerAbout(
            "kernel inducing points (KIP)",
            loss="half the squared error of the set's own kernel predictor on the real images of the step",
            init="ridge-coreset",
            # The loss of all images is quick here, and measured better than that of 1,000 a class (see `kip`).
            usual={"ridge-coreset": {"solve_in": "ntk"}, "student-loss": {"candidates": 0}},
            predictor="exact",
        ),
    ),
    "rfad": (
        "ddcore.distillers.rfad:RandomFeatureDistillation",
        DistillerAbout(
            "random-feature distillation (RFAD)",
            loss="the error of the set's own kernel predictor on the real images of the step; it is noisy because "
            "every step draws fresh random networks",
            init="ridge-coreset",
            usual={"ridge-coreset": {"solve_in": "nngp"}},
            predictor="drawn",
        ),
    ),
    "select": (
        "ddcore.distillers.select:Selection",
        DistillerAbout("nothing: keep the selected images", distills=False),
    ),
}

DISTILLERS = Registry("distiller", DistillerAbout, _ENTRIES)
