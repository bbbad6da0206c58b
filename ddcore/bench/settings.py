"""What a bench study depends on, and the schemes that compete in it (server side: no computing here)."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ddcore.errors import BadInput
from ddcore.features import FEATURES
from ddcore.parameters import check, parameter

COSTS = ("ridge", "kmeans")
SCHEMES = ("uniform", "sensitivity", "mixture", "lightweight", "leverage", "representative")
DETERMINISTIC = ("representative",)
"""Schemes that choose one set a size, without drawing."""
MOST_IMAGES = {"ridge": 20_000, "kmeans": 10_000}
"""Images of a study by its cost; of a larger dataset, so many drawn once without replacement."""
MOST_POINTS = 1_000_000

_OWN = {"ridge": ("features", "num_features", "ridge"), "kmeans": ("k",)}
_COMMON = ("cost", "smallest", "largest", "sizes", "draws", "seed")


@dataclass(frozen=True)
class BenchSettings:
    """A family of costs, the sizes m of the coresets, and how many are drawn of each."""

    cost: str = parameter("ridge", "The costs a coreset has to keep.", choices=COSTS)
    features: str = parameter("rff", "What the regression sees of an image.", choices=FEATURES)
    num_features: int = parameter(200, "Numbers an image (D).", 1, 2048)
    ridge: float = parameter(1.0, "Penalty lambda of the regression's squared weights.", 1e-6, 1e6)
    k: int = parameter(10, "Centres of a query.", 1, 256)
    smallest: int = parameter(100, "Images in the smallest coreset.", 1, MOST_POINTS)
    largest: int = parameter(1000, "Images in the largest coreset.", 1, MOST_POINTS)
    sizes: int = parameter(6, "How many sizes, spaced by a constant factor.", 1, 12)
    draws: int = parameter(10, "Coresets drawn of each size by each scheme.", 1, 200)
    seed: int = parameter(0, "Of features, scores and draws.", 0, 2**31 - 1)

    def __post_init__(self):
        check(self)
        if self.largest < self.smallest:
            raise BadInput(f"largest={self.largest} is not allowed; choose at least smallest={self.smallest}.")

    @property
    def points(self) -> np.ndarray:
        """(M,) int64 sizes m, ascending and distinct."""
        return np.unique(np.rint(np.geomspace(self.smallest, self.largest, self.sizes)).astype(np.int64))

    def named(self) -> dict[str, Any]:
        """The fields this cost family depends on: they name the result."""
        wanted = (*_COMMON, *_OWN[self.cost])
        return {name: value for name, value in asdict(self).items() if name in wanted}


def usual_sizes(count: int) -> tuple[int, int]:
    """(smallest, largest) m to begin with for `count` images: a decade that ends at 5,000, or below the count."""
    largest = min(5000, _round_number(count))
    return max(1, largest // 10), largest


def _round_number(count: int) -> int:
    """The largest of 1, 2, 5, 10, 20, 50, ... up to `count`."""
    decade = 10 ** (len(str(count)) - 1)
    return max(step * decade for step in (1, 2, 5) if step * decade <= count)
