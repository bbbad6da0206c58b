"""What KIP is tested on, of the tiny dataset of `toy`."""

import numpy as np
import torch
import toy

from ddcore.kernel_ridge import centred_one_hot
from ddcore.synthetic import SyntheticSet


def weighted_set():
    """Six images that count differently."""
    plain = toy.synthetic()
    weights = np.linspace(0.5, 2, len(plain.images))
    return SyntheticSet.of_classes(plain.images.numpy(), plain.classes.numpy(), toy.CLASSES, "cpu", weights)


def whole_set(problem):
    """All training images and their centred labels, in float64."""
    batches = list(problem.sampler.sweep(1000))
    images, classes = (torch.cat(found) for found in zip(*((b.images, b.labels) for b in batches), strict=True))
    return images.double(), centred_one_hot(classes, toy.CLASSES)
