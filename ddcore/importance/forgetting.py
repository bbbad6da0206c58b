"""Forgetting counts: how often an image that was right is wrong at the next look.

Toneva et al., "An empirical study of example forgetting during deep neural network learning", ICLR 2019. There an image
is looked at whenever it is in a batch, over 200 epochs, and an image that was never right counts as forgotten
infinitely often. Ours looks at all images at each pass (P of them) and gives those never right the count P, more than
the P / 2 times that an image can be forgotten.
"""

from dataclasses import dataclass

import numpy as np
import torch

from ddcore.importance.proxies import ProxyScore


@dataclass(frozen=True)
class Forgetting(ProxyScore):
    """Changes from right to wrong between consecutive passes, a whole number from 0 for one network."""

    def measure(self, logits: torch.Tensor, features: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """1 if the network is right, else 0."""
        return (logits.argmax(1) == targets).double()

    def over_passes(self, measured: np.ndarray) -> np.ndarray:
        right = measured > 0
        forgotten = (right[:-1] & ~right[1:]).sum(axis=0)
        return np.where(right.any(axis=0), forgotten, len(right)).astype(np.float64)
