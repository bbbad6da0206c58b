"""GraNd, the length of the loss gradient of one image, restricted to the last layer.

Paul, Ganguli & Dziugaite, "Deep learning on a data diet", NeurIPS 2021, take the gradient in all parameters. Ours, as
is common, takes the weights and the bias of the last layer only: the gradient there is [p - y ; (p - y) outer h] for
the softmax p, the one-hot label y and the inputs h of the layer, hence in closed form

    |p - y| sqrt(1 + |h|^2).
"""

from dataclasses import dataclass

import torch

from ddcore.importance.el2n import error_vectors
from ddcore.importance.proxies import ProxyScore


@dataclass(frozen=True)
class GraNd(ProxyScore):
    """Length of the last layer's gradient, >= 0."""

    def measure(self, logits: torch.Tensor, features: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        lengths = features.norm(dim=1).cpu().double()
        return error_vectors(logits, targets).norm(dim=1) * (1 + lengths**2).sqrt()
