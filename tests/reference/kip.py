"""What KIP is tested on, of the tiny dataset of `toy`."""

import torch
import toy

from ddcore.ridge.regression import centred_one_hot


def whole_set(problem):
    """All training images and their centred labels, in float64."""
    batches = list(problem.sampler.sweep(1000))
    images, classes = (torch.cat(found) for found in zip(*((b.images, b.labels) for b in batches), strict=True))
    return images.double(), centred_one_hot(classes, toy.CLASSES)
