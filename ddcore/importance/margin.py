"""Margin: how far the label's probability is ahead of the best other class, turned so that larger is harder.

The margin p_y - max_{c != y} p_c is the classical one of active learning and boosting (Scheffer, Decomain & Wrobel
2001 use it between the two likeliest classes; here the label is known). Ours is the form (1 - margin) / 2, which is
from 0 to 1 and never negative.
"""

from dataclasses import dataclass

import torch

from ddcore.importance.proxies import ProxyScore


@dataclass(frozen=True)
class Margin(ProxyScore):
    """(1 - (p_y - max_{c != y} p_c)) / 2: 0 certain and right, 1/2 undecided, 1 certain and wrong."""

    def measure(self, logits: torch.Tensor, features: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        labels = targets[:, None]
        probabilities = logits.softmax(1)
        others = probabilities.scatter(1, labels, 0).amax(1)
        return (1 - probabilities.gather(1, labels)[:, 0] + others) / 2
