"""Importance scores: how much each training image matters, one score a file.

A score is a frozen dataclass with `compute(train, seed, progress) -> Importance` (see `ddcore.importance.base`). Adding
one is a file and its entry here, which makes it known everywhere: command line, forms, pages, tests. No torch here: the
server reads it.
"""

from typing import Any

from ddcore.importance.base import Importance, Score
from ddcore.methods import Registry, ScoreAbout

_ENTRIES = {
    "uniform": (
        "ddcore.importance.uniform:Uniform",
        ScoreAbout(
            "uniform",
            "every image counts the same: the baseline that importance has to beat",
            kind="rival",
            chance=False,
        ),
    ),
    "kmeans": (
        "ddcore.importance.kmeans:KMeansSensitivity",
        ScoreAbout(
            "k-means sensitivity",
            "the largest share of the k-means cost that an image can have, over all choices of centres",
            kind="bound",
            groups="clusters",
            terms={
                "distance": ("far from centre", "it is unlike the centre of its cluster"),
                "spread": ("loose cluster", "the images of its cluster are unlike one another"),
                "small": ("small cluster", "few images are like it, so few others can stand for it"),
            },
            reading="High scores mark what a random sample would miss (outliers, small clusters), not the best "
            "examples. They are upper bounds and may exceed 1: compare them with one another.",
        ),
    ),
    "lightweight": (
        "ddcore.importance.lightweight:Lightweight",
        ScoreAbout(
            "lightweight coreset score",
            "the squared distance of an image to the mean image, plus an equal share for every image",
            kind="law",
            chance=False,
            terms={
                "distance": ("far from the mean", "it is unlike the average of all images"),
                "share": ("equal share", "what every image gets"),
            },
            reading="High scores mark what is far from the average image: outliers and rare kinds alike.",
        ),
    ),
    "ridge": (
        "ddcore.importance.ridge:RidgeLeverage",
        ScoreAbout(
            "kernel-ridge sensitivity",
            "the largest share of the squared error of a kernel-ridge fit that an image can have, over all fits",
            kind="bound",
            terms={
                "leverage": ("unusual features", "few images point in its direction of feature space"),
                "residual": ("badly fitted label", "the best ridge fit of all images gets its label wrong"),
            },
            reading="High scores mark what no fit could do without: unusual images, and labels that contradict those "
            "of similar images.",
        ),
    ),
    "loss": (
        "ddcore.importance.loss:RelativeLoss",
        ScoreAbout(
            "relative loss",
            "how hard an image is for a small network while it learns: its mean cross-entropy",
            kind="learned",
            reading="High scores mark hard images; a wrong label is hard, too.",
        ),
    ),
    "el2n": (
        "ddcore.importance.el2n:EL2N",
        ScoreAbout(
            "EL2N",
            "the length of the error vector of a small network: its predicted probabilities minus the label",
            kind="learned",
            reading="High scores mark images on which the network is confident and wrong, as on wrong labels.",
        ),
    ),
    "grand": (
        "ddcore.importance.grand:GraNd",
        ScoreAbout(
            "GraNd",
            "the length of an image's gradient at the last layer of a small network",
            kind="learned",
            reading="High scores mark images that the network gets wrong, more so where their features are large.",
        ),
    ),
    "forgetting": (
        "ddcore.importance.forgetting:Forgetting",
        ScoreAbout(
            "forgetting counts",
            "how often a small network that had an image right gets it wrong again while it learns",
            kind="learned",
            reading="Images that were never right count as forgotten most often. Many images share a count.",
        ),
    ),
    "margin": (
        "ddcore.importance.margin:Margin",
        ScoreAbout(
            "margin",
            "how far the likeliest wrong class is ahead of the label, for a small network",
            kind="learned",
            reading="High scores mark images that the network takes for another class; in the middle it is undecided.",
        ),
    ),
    "entropy": (
        "ddcore.importance.entropy:Entropy",
        ScoreAbout(
            "entropy",
            "how undecided a small network is about an image, whatever its label",
            kind="learned",
            reading="High scores mark ambiguous images; a wrong label does not make an image ambiguous.",
        ),
    ),
}

SCORES = Registry("score", ScoreAbout, _ENTRIES)
UNIFORM = "uniform"
"""The score that every other has to beat: real batches by it are drawn uniformly."""


def score(name: str, **fields: Any) -> Score:
    """The score called `name` with its parameters; `BadInput` for an unknown name, field or a value out of bounds."""
    return SCORES.make(name, **fields)


__all__ = ["SCORES", "Importance", "Score", "score"]
