"""Kernel ridge regression as one formula in one autograd graph (see `ddcore/kernel_ridge.py`)."""

import torch

from ddcore.ridge.regression import centred_one_hot


def predictions(kernel, support, labels, ridge, weights, x):
    """k(x, S) (K + (ridge tr(K) / M) diag(1 / w))^-1 y, by an inverse."""
    K = kernel(support, support)
    added = ridge * K.trace() / len(K) * torch.diag(1 / weights.double())
    return kernel(x, support) @ torch.linalg.inv(K + added) @ labels


def weighted_squares(predicted, truth, weights):
    """mean_t w_t 1/2 |predicted_t - truth_t|^2, one image after another."""
    return sum(w * ((p - t) ** 2).sum() / 2 for p, t, w in zip(predicted, truth, weights, strict=True)) / len(truth)


def normal(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def problem(count=12, classes=3):
    """Support (M, 9), its labels (M, K), and seven other images."""
    support, test = normal(count + 7, 9).split([count, 7])
    return support, centred_one_hot(torch.arange(count) % classes, classes), test
