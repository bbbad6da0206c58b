"""What a bench study depends on, and the schemes that compete in it (server side: no computing here)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ddcore.errors import BadInput
from ddcore.features import COUNTED, FEATURES, LARGEST_EXACT, OF_RBF, check_bandwidth
from ddcore.networks import network_parameter
from ddcore.parameters import as_before, check, matters, named, parameter, schema

COSTS = {"ridge": "ridge regression on features (exact)", "kmeans": "k-means (worst query found)"}
SCHEMES = ("uniform", "sensitivity", "mixture", "lightweight", "leverage", "representative")
RIVAL, OWN = SCHEMES[:2]
"""What every scheme has to beat, and the one that the cost's own sensitivities make."""
_GO_BY: dict[str, str | dict[str, str]] = {
    "uniform": "all images are equally likely",
    "sensitivity": {
        "ridge": "ridge leverage of features and labels: unusual features, badly fitted labels",
        "kmeans": "k-means sensitivity: far from its centre, in a loose or a small cluster",
    },
    "lightweight": "half uniform, half by squared distance to the mean image",
    "leverage": {
        "ridge": "ridge leverage of the features alone, ignoring labels",
        "kmeans": "ridge leverage of the pixels (λ = 1)",
    },
    "representative": "images nearest to m k-means centres of 50 principal components, weighted by cluster sizes",
}
DETERMINISTIC = ("representative",)
"""Schemes that choose one set per size, without drawing."""
MOST_IMAGES = {"ridge": 60_000, "kmeans": 10_000}
"""Images of a study by its cost; of a larger dataset, so many drawn once without replacement."""
FEWER_IMAGES = 20_000
"""The same of ridge regression on slow features: of networks, or more than `MANY_FEATURES` numbers an image."""
MANY_FEATURES = 512
ON_NETWORKS = ("nngp", "network")
"""Features that a GPU computes where there is one."""
MOST_POINTS = 1_000_000
_RIDGE = {"cost": ("ridge",)}


@dataclass(frozen=True)
class BenchSettings:
    """A family of costs, the sizes m of the coresets, and how many are drawn of each."""

    cost: str = parameter("ridge", "The cost that a coreset must preserve.", choices=COSTS)
    features: str = parameter("rff", "Features that the regression uses.", choices=FEATURES, when=_RIDGE)
    num_features: int = parameter(
        200, "Features per image (D).", 1, 2048, when={"features": COUNTED}, title="Number of features"
    )
    bandwidth: float = parameter(
        0.0,
        "Width of the Gaussian kernel; 0 uses the median distance.",
        0.0,
        1e6,
        when={"features": OF_RBF},
        title="Bandwidth (0: median distance)",
    )
    feature_network: str = network_parameter(when={"features": ("network",)}, title="Network")
    ridge: float = parameter(
        1.0, "Penalty lambda on the squared weights of the regression.", 1e-6, 1e6, when=_RIDGE, title="Ridge penalty λ"
    )
    k: int = parameter(10, "Number of centres in a query.", 1, 256, when={"cost": ("kmeans",)}, title="Centres k")
    seedings: int = parameter(
        0,
        "Draws of centres that k-means sensitivities combine, see the score. 0: automatic.",
        0,
        100,
        when={"cost": ("kmeans",)},
        title="Seedings (0: automatic)",
        later=True,
        before=1,
    )
    mixture: float = parameter(
        0.5, "Share of uniform draws in the mixture scheme.", 0.0, 1.0, title="Uniform share in mixture"
    )
    smallest: int = parameter(100, "Images in the smallest coreset.", 1, MOST_POINTS, title="Smallest coreset (m)")
    largest: int = parameter(1000, "Images in the largest coreset.", 1, MOST_POINTS, title="Largest coreset (m)")
    sizes: int = parameter(
        6, "Number of sizes, spaced by a constant factor.", 1, 12, title="Number of sizes, both included"
    )
    draws: int = parameter(10, "Coresets drawn per size and scheme.", 1, 200, title="Draws per size")
    seed: int = parameter(0, "Seed of features, scores and draws.", 0, 2**31 - 1)

    def __post_init__(self):
        check(self)
        check_bandwidth(self.bandwidth)
        if self.largest < self.smallest:
            raise BadInput(f"largest={self.largest} is not allowed; choose at least smallest={self.smallest}.")

    @property
    def points(self) -> np.ndarray:
        """(M,) int64 sizes m, ascending and distinct."""
        return np.unique(np.rint(np.geomspace(self.smallest, self.largest, self.sizes)).astype(np.int64))

    def named(self) -> dict[str, Any]:
        """The fields this study depends on: they name the result."""
        effective: dict[str, Any] = {}
        rows = schema(type(self))
        for row in rows:
            if has_effect(row, effective):
                effective[row["name"]] = getattr(self, row["name"])
        return named([row for row in rows if row["name"] in effective], effective)

    @classmethod
    def of(cls, recorded: dict[str, Any]) -> "BenchSettings":
        """The settings that `named` gave, of this version or an earlier one."""
        return cls(**as_before([row for row in schema(cls) if has_effect(row, recorded)], recorded))


def goes_by(scheme: str, settings: BenchSettings) -> str:
    """How a scheme draws in a study, in words."""
    if scheme == "mixture":
        share = 100 * settings.mixture
        return f"{share:g} % of the draws uniform, {100 - share:g} % by sensitivity, on average"
    words = _GO_BY[scheme]
    return words if isinstance(words, str) else words[settings.cost]


def has_effect(field: dict[str, Any], chosen: dict[str, Any]) -> bool:
    """Whether a field of the schema has an effect, given the fields before it; `chosen` holds those with an effect."""
    return field["when"].keys() <= chosen.keys() and matters(field, chosen)


def most_images(settings: BenchSettings, pixels: int) -> int:
    """The most images that this study takes, of `pixels` numbers each."""
    if settings.cost != "ridge":
        return MOST_IMAGES[settings.cost]
    width = pixels if settings.features == "pixels" else settings.num_features
    slow = settings.features in ON_NETWORKS or width > MANY_FEATURES
    return FEWER_IMAGES if slow else MOST_IMAGES["ridge"]


def exact_kernel(features: str, count: int) -> bool:
    """Whether the features of `count` images are the kernel itself, which have a width of their own."""
    return features == "kernel" and count <= LARGEST_EXACT


def usual_sizes(count: int) -> tuple[int, int]:
    """(smallest, largest) m to begin with for `count` images: a decade that ends at 5,000, or below the count."""
    largest = min(5000, _round_number(count))
    return max(1, largest // 10), largest


def _round_number(count: int) -> int:
    """The largest of 1, 2, 5, 10, 20, 50, ... up to `count`."""
    decade = 10 ** (len(str(count)) - 1)
    return max(step * decade for step in (1, 2, 5) if step * decade <= count)
