"""EL2N, the length of the error vector: |softmax(z) - y|_2, y one-hot.

Paul, Ganguli & Dziugaite, "Deep learning on a data diet: finding important examples early in training", NeurIPS 2021:
there the mean over ten networks, early in training. When it is taken here: see `ddcore.importance.proxies`.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from ddcore.importance.proxies import ProxyScore


def error_vectors(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """softmax(z) - y, (B,K) of `logits` (B,K) and `targets` (B,): the gradient of the cross-entropy in the logits."""
    return logits.softmax(1) - F.one_hot(targets, logits.shape[1])


@dataclass(frozen=True)
class EL2N(ProxyScore):
    """Length of the error vector, from 0 (certain and right) to sqrt(2) (certain and wrong)."""

    def measure(self, logits: torch.Tensor, features: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return error_vectors(logits, targets).norm(dim=1)
