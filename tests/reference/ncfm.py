"""Characteristic-function matching with complex numbers, one class, one frequency, one image after another."""

import cmath
import math

import torch


def function(features, weights, frequency) -> complex:
    """sum_i w_i exp(i t.f_i) / sum_i w_i."""
    terms = (w * cmath.exp(1j * float(f @ frequency)) for w, f in zip(weights, features, strict=True))
    return sum(terms) / sum(weights)


def discrepancy(real, synthetic, frequencies, share) -> float:
    """mean_t sqrt(share (|z| - |y|)^2 + (1 - share) 2 |z| |y| (1 - cos(arg z - arg y))); each side (features,
    weights)."""
    total = 0.0
    for frequency in frequencies:
        z, y = function(*real, frequency), function(*synthetic, frequency)
        phases = 2 * abs(z) * abs(y) * (1 - math.cos(cmath.phase(z) - cmath.phase(y)))
        total += math.sqrt(share * (abs(z) - abs(y)) ** 2 + (1 - share) * phases)
    return total / len(frequencies)


def differentiable_loss(real, synthetic, frequencies, share) -> torch.Tensor:
    """The same summed over classes, of features made one long, by PyTorch's complex numbers; each side (features,
    weights, classes)."""
    total = torch.zeros(())
    for label in sorted(set(synthetic[2].tolist())):
        for frequency in frequencies:
            z, y = (_function(*side, label, frequency) for side in (real, synthetic))
            phases = 2 * (z.abs() * y.abs() - (z * y.conj()).real)
            total = total + (share * (z.abs() - y.abs()) ** 2 + (1 - share) * phases).sqrt() / len(frequencies)
    return total


def _function(features, weights, classes, label, frequency) -> torch.Tensor:
    rows = torch.nonzero(classes == label)[:, 0]
    terms = (weights[i] * torch.exp(1j * (features[i] / features[i].norm() @ frequency)) for i in rows)
    return sum(terms) / weights[rows].sum()
