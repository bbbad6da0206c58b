"""What every importance score is given and what it returns.

Letters: N training images, k centres, D numbers a centre.
"""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from ddcore.data.train_set import TrainSet
from ddcore.progress import Progress, silent


@dataclass(frozen=True, eq=False)
class Importance:
    """Raw scores, not probabilities: `ddcore.sampling.law.probabilities` turns them into a sampling law."""

    scores: np.ndarray  # (N,) float64, >= 0
    terms: dict[str, np.ndarray] = field(default_factory=dict)  # each (N,) float64; where given, they sum to the scores
    centers: np.ndarray | None = None  # (k, D) of a clustering score


class Score(Protocol):
    """A frozen dataclass whose fields are the score's parameters."""

    def compute(self, train: TrainSet, seed: int, progress: Progress = silent) -> Importance: ...
