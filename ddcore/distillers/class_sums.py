"""Sums and means over the images of each class, as products: scattered sums do not repeat on GPUs.

Letters: B images, K classes, F features.
"""

import torch
import torch.nn.functional as F


def class_means(values: torch.Tensor, classes: torch.Tensor, num_classes: int) -> torch.Tensor:
    """(B,F), (B,) -> (K,F): the mean of each class's rows."""
    return class_sums(values, classes, num_classes) / class_sizes(classes, num_classes)


def class_sums(values: torch.Tensor, classes: torch.Tensor, num_classes: int) -> torch.Tensor:
    """(B,F), (B,) -> (K,F)."""
    return F.one_hot(classes, num_classes).to(values.dtype).T @ values


def class_sizes(classes: torch.Tensor, num_classes: int) -> torch.Tensor:
    """(B,) -> (K,1) float32."""
    return F.one_hot(classes, num_classes).float().sum(0)[:, None]


def class_weights(weights: torch.Tensor, classes: torch.Tensor, num_classes: int) -> torch.Tensor:
    """(B,), (B,) -> (B,): the weight of each image's whole class."""
    return (weights @ F.one_hot(classes, num_classes).to(weights.dtype))[classes]
