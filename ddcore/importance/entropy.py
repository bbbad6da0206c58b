"""Entropy of the proxy network's softmax, -sum_c p_c log p_c: how undecided it is, whatever the label.

Shannon's entropy as in uncertainty sampling (Lewis & Gale 1994; Settles 2009). It does not see the label, so a wrong
label that the network overrules with certainty scores low.
"""

from dataclasses import dataclass

import torch

from ddcore.importance.proxies import ProxyScore


@dataclass(frozen=True)
class Entropy(ProxyScore):
    """From 0 (certain) to log K (every class alike), in nats."""

    def measure(self, logits: torch.Tensor, features: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        logs = logits.log_softmax(1)
        return -(logs.exp() * logs).sum(1)
