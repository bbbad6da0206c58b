"""Relative loss: how much of the total cross-entropy a point is responsible for.

Tukan, Maalouf & Osadchy 2023 (arXiv:2307.08086) draw training batches by the relative loss of the points. The network
that measures it is our choice, see `ddcore.importance.proxies`.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from ddcore.importance.proxies import ProxyScore


@dataclass(frozen=True)
class RelativeLoss(ProxyScore):
    """Cross-entropy -log p_y of the proxy network, >= 0."""

    def measure(self, logits: torch.Tensor, features: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(logits, targets, reduction="none")
