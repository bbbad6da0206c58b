"""Margin: how far the label's probability is ahead of the best other class, turned so that larger is harder.

The margin p_y - max_{c != y} p_c is the classical one of active learning and boosting (Scheffer, Decomain & Wrobel
2001 use it between the two likeliest classes; here the label is known). Ours is the form (1 - margin) / 2, which is
from 0 to 1 and never negative.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch

from ddcore.data.train_set import TrainSet
from ddcore.importance.base import Importance
from ddcore.importance.proxies import ProxyScore
from ddcore.progress import Progress, silent


@dataclass(frozen=True)
class Margin(ProxyScore):
    """(1 - (p_y - max_{c != y} p_c)) / 2: 0 certain and right, 1/2 undecided, 1 certain and wrong.

    With the scores goes how often the label was the likeliest class.
    """

    keeps_right: ClassVar[bool] = True

    def measure(self, logits: torch.Tensor, features: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        labels = targets[:, None]
        probabilities = logits.softmax(1)
        others = probabilities.scatter(1, labels, 0).amax(1)
        return (1 - probabilities.gather(1, labels)[:, 0] + others) / 2

    def compute(self, train: TrainSet, seed: int, progress: Progress = silent) -> Importance:
        scores, right, looks = np.zeros(len(train.labels)), np.zeros(len(train.labels)), 0
        for measured in self._measured(train, seed, progress):
            scores += self.over_passes(measured) / self.networks
            right += (measured < 0.5).sum(axis=0)
            looks += len(measured)
        return Importance(scores, right=right / looks)
