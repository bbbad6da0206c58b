"""Importance scores: how much each training image matters, one score a file.

A score is a frozen dataclass with `compute(train, seed, progress) -> Importance`. Adding one is a file and its entry
here, which makes it known everywhere (command line, forms, pages, tests). No torch here: the server reads it.
"""

from dataclasses import dataclass, field

from ddcore.data.train_set import TrainSet
from ddcore.importance.base import Importance, Score
from ddcore.registry import Registry


@dataclass(frozen=True)
class About:
    """What those who cannot import a score say of it. A title is enough.

    `title` stands within a sentence, as does `about`, which says what the score measures ("relative loss: how hard an
    image is ..."). `terms`: the terms of its `Importance` -> (what one is called, what it says of an image where it is
    large). `reading`: what a high score does and does not say, where that is easily mistaken.
    """

    title: str
    about: str = ""
    kind: str = ""  # "bound" on any model's loss | "law", cheap and weaker | "learned" by small networks | "rival"
    terms: dict[str, tuple[str, str]] = field(default_factory=dict)
    reading: str = ""
    chance: bool = True  # whether another seed gives other scores


_ENTRIES: dict[str, tuple[str, About]] = {
    "uniform": (
        "ddcore.importance.uniform:Uniform",
        About(
            "uniform",
            "every image counts the same, the rival that importance has to beat",
            kind="rival",
            chance=False,
        ),
    ),
    "kmeans": (
        "ddcore.importance.kmeans:KMeansSensitivity",
        About(
            "k-means sensitivity",
            "how large a part of the k-means cost an image can be responsible for, whatever the centres",
            kind="bound",
            terms={
                "distance": ("far from centre", "it is unlike the centre of its cluster"),
                "spread": ("loose cluster", "the images of its cluster are unlike one another"),
                "small": ("small cluster", "few images are like it, so few others can stand for it"),
            },
            reading="High scores mark what a random sample would miss (outliers, small clusters), not the best "
            "examples. They are upper bounds, which may exceed 1: what counts is how they compare.",
        ),
    ),
    "lightweight": (
        "ddcore.importance.lightweight:Lightweight",
        About(
            "lightweight coreset score",
            "how far an image is from the mean of all images, squared, beside an equal share for everyone",
            kind="law",
            chance=False,
            terms={
                "distance": ("far from the mean", "it is unlike the average of all images"),
                "share": ("equal share", "what every image gets"),
            },
            reading="High scores mark what is far from the average image: an outlier as well as a rare kind.",
        ),
    ),
    "ridge": (
        "ddcore.importance.ridge:RidgeLeverage",
        About(
            "kernel-ridge sensitivity",
            "how large a part of the squared error of a kernel-ridge fit an image can be responsible for, whatever "
            "the fit",
            kind="bound",
            terms={
                "leverage": ("unusual features", "few images point in its direction of feature space"),
                "residual": ("badly fitted label", "the best ridge fit of all images gets its label wrong"),
            },
            reading="High scores mark what a fit could not do without: unusual images, and labels at odds with their "
            "neighbours'.",
        ),
    ),
    "loss": (
        "ddcore.importance.loss:RelativeLoss",
        About(
            "relative loss",
            "how hard an image is for a small network while it learns: its mean cross-entropy",
            kind="learned",
            reading="High scores mark hard images; a wrong label is hard, too.",
        ),
    ),
    "el2n": (
        "ddcore.importance.el2n:EL2N",
        About(
            "EL2N",
            "the length of the error vector of a small network: its predicted probabilities minus the label",
            kind="learned",
            reading="High scores mark images on which the network is surely wrong, as it is on wrong labels.",
        ),
    ),
    "grand": (
        "ddcore.importance.grand:GraNd",
        About(
            "GraNd",
            "how strongly an image alone would pull at the last layer of a small network: the length of its gradient",
            kind="learned",
            reading="High scores mark images that are wrong for the network, more so where their features are large.",
        ),
    ),
    "forgetting": (
        "ddcore.importance.forgetting:Forgetting",
        About(
            "forgetting counts",
            "how often a small network that had an image right gets it wrong again while it learns",
            kind="learned",
            reading="Images that were never right count as forgotten more often than any other. Many images share a "
            "count.",
        ),
    ),
    "margin": (
        "ddcore.importance.margin:Margin",
        About(
            "margin",
            "how far the likeliest wrong class is ahead of the label in the eyes of a small network",
            kind="learned",
            reading="High scores mark images that the network takes for another class; in the middle it is undecided.",
        ),
    ),
    "entropy": (
        "ddcore.importance.entropy:Entropy",
        About(
            "entropy",
            "how undecided a small network is about an image, whatever its label",
            kind="learned",
            reading="High scores mark ambiguous images; a wrong label does not make an image ambiguous.",
        ),
    ),
}

SCORES = Registry("score", {name: path for name, (path, _) in _ENTRIES.items()})


def about_score(name: str) -> About:
    """Of a score that is unknown here (a run may come from elsewhere) its name is all there is to say."""
    return _ENTRIES[name][1] if name in _ENTRIES else About(name)


def score(name: str, **fields) -> Score:
    """The score called `name` with its parameters; `BadInput` for an unknown name, field or a value out of bounds."""
    return SCORES.make(name, **fields)


__all__ = ["SCORES", "About", "Importance", "Score", "TrainSet", "about_score", "score"]
