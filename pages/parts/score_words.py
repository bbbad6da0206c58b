"""Importance scores as the pages speak of them: what each measures, what its terms mean, how to read it."""

from typing import NamedTuple


class Words(NamedTuple):
    """A score as pages speak of it; `terms`: name -> (what it is called here, what it means).

    `reading`: what a high score does and does not say, where that is easily mistaken.
    """

    title: str
    about: str
    terms: dict[str, tuple[str, str]] = {}
    reading: str = ""


WORDS = {
    "kmeans": Words(
        "k-means sensitivity",
        "how large a part of the k-means cost an image can be responsible for, whatever the centres",
        {
            "distance": ("far from centre", "it is unlike the centre of its cluster"),
            "spread": ("loose cluster", "the images of its cluster are unlike one another"),
            "small": ("small cluster", "few images are like it, so few others can stand for it"),
        },
        "High scores mark what a random sample would miss (outliers, small clusters), not the best examples. "
        "They are upper bounds, which may exceed 1: what counts is how they compare.",
    ),
    "lightweight": Words(
        "lightweight coreset score",
        "how far an image is from the mean of all images, squared, beside an equal share for everyone",
        {
            "distance": ("far from the mean", "it is unlike the average of all images"),
            "share": ("equal share", "what every image gets"),
        },
        "High scores mark what is far from the average image, which may be an outlier as well as a rare kind.",
    ),
    "ridge": Words(
        "kernel-ridge sensitivity",
        "how large a part of the squared error of a kernel-ridge fit an image can be responsible for, whatever the fit",
        {
            "leverage": ("unusual features", "few images point in its direction of feature space"),
            "residual": ("badly fitted label", "the best ridge fit of all images gets its label wrong"),
        },
        "High scores mark what a fit could not do without: unusual images, and labels at odds with their neighbours'.",
    ),
    "loss": Words(
        "relative loss",
        "how hard an image is for a small network while it learns: its mean cross-entropy",
        reading="High scores mark hard images; a wrong label is hard, too.",
    ),
    "el2n": Words(
        "EL2N",
        "the length of the error vector of a small network: its predicted probabilities minus the label",
        reading="High scores mark images on which the network is surely wrong, as it is on wrong labels.",
    ),
    "grand": Words(
        "GraNd",
        "how strongly an image alone would pull at the last layer of a small network: the length of its gradient",
        reading="High scores mark images that are wrong for the network, more so where their features are large.",
    ),
    "forgetting": Words(
        "forgetting counts",
        "how often a small network that had an image right gets it wrong again while it learns",
        reading="Images that were never right count as forgotten more often than any other. Many images share a count.",
    ),
    "margin": Words(
        "margin",
        "how far the likeliest wrong class is ahead of the label in the eyes of a small network",
        reading="High scores mark images that the network takes for another class; in the middle it is undecided.",
    ),
    "entropy": Words(
        "entropy",
        "how undecided a small network is about an image, whatever its label",
        reading="High scores mark ambiguous images; a wrong label does not make an image ambiguous.",
    ),
    "uniform": Words("uniform", "every image counts the same, the rival that importance has to beat"),
}

GROUPS = {
    "Sensitivity: bounds that hold for every model of a kind": ("kmeans", "ridge"),
    "A cheap sampling law with a weaker guarantee": ("lightweight",),
    "What a small network learns with ease or not": ("loss", "el2n", "grand", "forgetting", "margin", "entropy"),
    "The rival": ("uniform",),
}
_PLACES = [name for names in GROUPS.values() for name in names]


def words_of(name: str) -> Words:
    return WORDS.get(name, Words(name, f"the score “{name}”"))


def in_order(names: list[str]) -> list[str]:
    """Group by group; scores without words come before the rival, in the order given."""
    place = {name: position for position, name in enumerate(_PLACES)}
    return sorted(names, key=lambda name: place.get(name, len(_PLACES) - 1.5))


def all_explained(names: list[str]) -> str:
    """What each of the scores is, group by group, as Markdown."""
    lines = []
    for group, members in GROUPS.items():
        if here := [name for name in members if name in names]:
            lines.append(f"*{group}*")
            lines += [f"**{words_of(name).title}**: {words_of(name).about}." for name in here]
    return "  \n".join(lines)
