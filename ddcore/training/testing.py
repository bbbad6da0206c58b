"""Trained networks on images they did not learn from: what they take each for.

Letters: S networks, N test images, M synthetic images, K classes.
"""

import numpy as np
import torch

from ddcore.data.device_images import DeviceImages
from ddcore.networks.base import Network, Trained
from ddcore.networks.compute import Compute


@torch.no_grad()
def predictions(network: Network, students: list[Trained], test: DeviceImages, compute: Compute) -> np.ndarray:
    """(S, N) int64: the class that each of the `students` takes each test image for.

    They stay on the device until all are known, so that no batch waits for another.
    """
    found = torch.empty(len(students), len(test), dtype=torch.int64, device=test.device)
    for part, images in test.chunks(compute.chunk(network)):
        for place, (parameters, buffers) in enumerate(students):
            found[place, part] = network.logits(parameters, images, buffers).argmax(1)
    return found.cpu().numpy()


def accuracies(
    network: Network, students: list[Trained], test: DeviceImages, labels: np.ndarray, compute: Compute
) -> tuple[float, ...]:
    """Share of test images that each of the `students` gets right."""
    right = (predictions(network, students, test, compute) == np.asarray(labels)).sum(1)
    return tuple(count / len(test) for count in right.tolist())


@torch.no_grad()
def probabilities(network: Network, student: Trained, images: torch.Tensor, compute: Compute) -> np.ndarray:
    """(M, K) float32: the softmax of what `student` makes of `images` (M,C,H,W) in training space."""
    parameters, buffers = student
    parts = images.split(compute.chunk(network))
    logits = torch.cat([network.logits(parameters, part, buffers).float() for part in parts])
    return logits.softmax(1).cpu().numpy()
