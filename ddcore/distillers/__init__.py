"""Distillers: one published method a file.

One entry here makes it known everywhere: command line, forms, pages, tests. No torch here: the server and the command
line's parser read it.
"""

from ddcore.methods import DistillerAbout, Registry

_ENTRIES = {
    "analytic": (
        "ddcore.distillers.analytic:AnalyticRidge",
        DistillerAbout(
            "analytic kernel ridge (KRR)",
            loss="the ridge cost of the set's own predictor on all training images, divided by their number",
            when="the set is to predict by itself, exactly as the ridge regression of all training images, or of a "
            "coreset with a certificate; not for students, who learn less from it than from its start",
            cost="one step, in seconds: a linear system as large as the numbers of an image, in double precision",
            init="ridge-coreset",
            predictor="exact",
            one_step=True,
            draws_when={"coreset_by": ("importance",)},
        ),
    ),
    "dm": (
        "ddcore.distillers.dm:DistributionMatching",
        DistillerAbout(
            "distribution matching (DM)",
            loss="the distance between the class means of real and synthetic features; it is noisy because every step "
            "draws a fresh random network",
            when="a first look, many images per class or large images: quick and steady",
            cost="the cheapest step: images pass once through a fresh network, and nothing is trained",
        ),
    ),
    "frepo": (
        "ddcore.distillers.frepo:NeuralFeatureRegression",
        DistillerAbout(
            "feature regression with a pool (FRePo)",
            loss="the squared error of a ridge regression of the step's real images on the set, in the features of one "
            "network of the pool, plus a margin for learned labels; it is noisy because the network changes",
            when="labels are to be learned, too, with the features of networks that are in training",
            cost="a linear system as large as the set and some training of one network at every step; memory for the "
            "pool of networks",
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
            when="the set is to predict by itself, without a student; small grey images, few per class",
            cost="a linear system as large as the set and its kernel with the real images at every step, in double "
            "precision",
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
            when="as KIP, where convolutions matter: random networks stand for their kernel",
            cost="as KIP, and all images pass through many random networks at every step",
            init="ridge-coreset",
            usual={"ridge-coreset": {"solve_in": "nngp"}},
            predictor="drawn",
        ),
    ),
    "select": (
        "ddcore.distillers.select:Selection",
        DistillerAbout(
            "nothing: keep the selected images",
            when="real images must stay as they are, or to see what distilling adds",
            cost="no more than choosing the images",
            distills=False,
        ),
    ),
}

DISTILLERS = Registry("distiller", DistillerAbout, _ENTRIES)
