"""Uniform importance: every image counts the same. The rival every other score has to beat."""

from dataclasses import dataclass

import numpy as np

from ddcore.data.train_set import TrainSet
from ddcore.importance.base import Importance, Score
from ddcore.progress import Progress, silent


@dataclass(frozen=True)
class Uniform(Score):
    """Scores 1/N for each of N images; `seed` has no effect."""

    def compute(self, train: TrainSet, seed: int, progress: Progress = silent) -> Importance:
        count = len(train.images)
        return Importance(np.full(count, 1 / count))
