"""What every importance score is given and what it returns.

Letters: N training images, k centres, D numbers a centre.
"""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from ddcore.data.train_set import TrainSet
from ddcore.progress import Progress, silent


@dataclass(frozen=True, eq=False)
class Importance:
    """Raw scores, not probabilities: `ddcore.sampling.law.probabilities` turns them into a sampling law."""

    scores: np.ndarray  # (N,) float64, >= 0
    terms: dict[str, np.ndarray] = field(default_factory=dict)  # each (N,) float64; where given, they sum to the scores
    centers: np.ndarray | None = None  # (k, D) of a clustering score
    right: np.ndarray | None = None  # (N,) share of looks at which proxy networks were right, of scores that keep it


class Score:
    """The base of all scores: frozen dataclasses whose fields are the score's parameters, with `compute`."""

    networks: int = 1
    """Proxy networks averaged, and `proxy_steps`, the training steps of each: parameters of scores that train any."""
    proxy_steps: int = 0
    keeps_right: ClassVar[bool] = False
    """Whether its `Importance` has `right`."""

    def for_size(self, count: int, width: int) -> "Score":
        """This score for `count` images of `width` numbers, where it depends on how many they are."""
        return self

    def compute(self, train: TrainSet, seed: int, progress: Progress = silent) -> Importance:
        """The scores of all images of `train`, a function of them, of the parameters and of `seed`."""
        raise NotImplementedError

    def features_of(self, train: TrainSet, seed: int, progress: Progress = silent) -> np.ndarray:
        """(N, D) float32 features exactly as the score sees them: normalised pixels, unless it says otherwise."""
        return train.pixels
