"""Empirical characteristic functions of features, and how far apart two of them are, in real numbers.

Letters: B images, K classes, D features, F frequencies.
"""

import torch
import torch.nn.functional as F

from ddcore.distillers.bounded import parts
from ddcore.distillers.class_sums import class_weights

_PRODUCTS = 2**22  # numbers t.f at once, 16 MB
_TINY = 1e-12  # under roots, whose slope at zero is infinite


def at_once(num_frequencies: int) -> int:
    """How many images to take at once; a function of the shape only, so results repeat."""
    return max(8, _PRODUCTS // num_frequencies)


def class_shares(classes: torch.Tensor, weights: torch.Tensor, num_classes: int) -> torch.Tensor:
    """(B,), (B,) -> (B,K): the share of each image in the weight of its class; zero in the other classes."""
    members = F.one_hot(classes, num_classes).to(weights.dtype)
    return members * (weights / class_weights(weights, classes, num_classes))[:, None]


def characteristic(features: torch.Tensor, frequencies: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
    """(B,D), (F,D), (B,K) -> (2,K,F): real and imaginary parts of sum_i shares_ik exp(i t.f_i).

    The sum over classes is a product: scattered sums do not repeat on GPUs.
    """
    total = features.new_zeros(2, shares.shape[1], len(frequencies))
    for part in parts(slice(len(features)), at_once(len(frequencies))):
        products = features[part] @ frequencies.T
        total = total + torch.stack([shares[part].T @ products.cos(), shares[part].T @ products.sin()])
    return total


def squared_parts(one: torch.Tensor, other: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(2,K,F) twice -> (K,F) twice: what amplitudes and what phases contribute to the squared distance of the two.

    Phases get the rest. Their own formula, 2 (|one| |other| - Re one conj other), cancels near a match: at a distance
    of 0.008 its float32 gradient is 5 % off, and this one 0.004 %.
    """
    first, second = ((values.square().sum(0) + _TINY).sqrt() for values in (one, other))
    amplitudes = (first - second).square()
    return amplitudes, ((one - other).square().sum(0) - amplitudes).clamp(min=0)


def discrepancy(amplitudes: torch.Tensor, phases: torch.Tensor, share: float) -> torch.Tensor:
    """(K,F), (K,F) -> (K,): the mean over frequencies of the root of share * amplitudes + (1 - share) * phases."""
    return (share * amplitudes + (1 - share) * phases + _TINY).sqrt().mean(1)
