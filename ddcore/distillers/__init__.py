"""One published method a file; one entry here makes it known everywhere (command line, forms, pages, tests).

No torch here: the server and the command line's parser read it.
"""

from dataclasses import dataclass, field
from typing import Any

from ddcore.registry import Registry


@dataclass(frozen=True)
class About:
    """What those who cannot import a distiller say and assume of it. A title is enough.

    `title` ends in the abbreviation of its paper, in brackets. `loss` completes "The loss of DM is ...", a loss being
    the metric of that name. `init` is how sets start when nothing else is asked for, `usual` holds parameters of other
    methods when none are asked for: method -> its parameters.
    """

    title: str
    loss: str = ""
    init: str = "kmeans-coreset"  # the paper's k-means importance; its kernel-ridge importance for kernel methods
    usual: dict[str, dict[str, Any]] = field(default_factory=dict)
    predictor: str = ""  # of a set that predicts by itself: "exact", "drawn" (random networks) or "trained" (others)
    distills: bool = True  # if not, it takes one step, whatever is asked for, and no real batches


_ENTRIES: dict[str, tuple[str, About]] = {
    "dm": (
        "ddcore.distillers.dm:DistributionMatching",
        About(
            "Distribution matching (DM)",
            loss="the distance between the class means of real and synthetic features under a fresh random network at "
            "each step: it is noisy because the network changes",
        ),
    ),
    "frepo": (
        "ddcore.distillers.frepo:NeuralFeatureRegression",
        About(
            "Feature regression with a pool (FRePo)",
            loss="the squared error, on the real images of the step, of a ridge regression on what one network of the "
            "pool makes of the set, and a margin for learned labels: it is noisy because the network changes",
            init="ridge-coreset",
            usual={"ridge-coreset": {"solve_in": "nngp"}},
            predictor="trained",
        ),
    ),
    "kip": (
        "ddcore.distillers.kip:KernelInducingPoints",
        About(
            "Kernel inducing points (KIP)",
            loss="half the squared error of the set's own kernel predictor on the real images of the step",
            init="ridge-coreset",
            # quick enough to take the loss of all images, which measured better than that of 1,000 a class (see `kip`)
            usual={"ridge-coreset": {"solve_in": "ntk"}, "student-loss": {"candidates": 0}},
            predictor="exact",
        ),
    ),
    "rfad": (
        "ddcore.distillers.rfad:RandomFeatureDistillation",
        About(
            "Random-feature distillation (RFAD)",
            loss="the error of the set's own kernel predictor, by fresh random networks at each step, on the real "
            "images of the step: it is noisy because the networks change",
            init="ridge-coreset",
            usual={"ridge-coreset": {"solve_in": "nngp"}},
            predictor="drawn",
        ),
    ),
    "select": (
        "ddcore.distillers.select:Selection",
        About("Nothing: keep the selected images", distills=False),
    ),
}

DISTILLERS = Registry("distiller", {name: path for name, (path, _) in _ENTRIES.items()})


def about_distiller(name: str) -> About:
    """Of a method that is unknown here (a run may come from elsewhere) its name is all there is to say."""
    return _ENTRIES[name][1] if name in _ENTRIES else About(name)
