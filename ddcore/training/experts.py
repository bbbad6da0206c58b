"""Experts: networks trained on real data. Proxies for importance, features for the map, and the full-data baseline.

The schedule is ours, chosen short: Adam 1e-3 with cosine decay to zero, batches of 128, no augmentation unless given.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from ddcore.data.device_images import DeviceImages
from ddcore.networks.compute import Compute
from ddcore.networks.convnet import ConvNet, Parameters
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness
from ddcore.training.augmentation import Augmentation


@dataclass(frozen=True)
class ExpertSchedule:
    """`steps` of Adam on batches of `batch` real images; the step size falls from `lr_network` to zero as a cosine."""

    steps: int
    batch: int = 128
    lr_network: float = 1e-3

    def describe(self) -> str:
        return f"{self.steps} steps of Adam {self.lr_network:g} with cosine decay, batch {self.batch}"


def train_expert(
    network: ConvNet,
    images: DeviceImages,
    labels: np.ndarray,
    schedule: ExpertSchedule,
    augmentation: Augmentation | None,
    rng: Randomness,
    purpose: str,
) -> Iterator[tuple[int, Parameters]]:
    """Yield (step, parameters) after every step; the parameters are live and change with the next one.

    Epochs are shuffled; the same images are seen whatever the device. `purpose` names the random streams, so that two
    experts of one seed are two experts.
    """
    targets = torch.as_tensor(np.asarray(labels, dtype=np.int64), device=images.device)
    parameters = {k: v.requires_grad_(True) for k, v in network.init(rng.torch(purpose, images.device)).items()}
    optimizer = torch.optim.Adam(parameters.values(), lr=schedule.lr_network, fused=False)
    batch = min(schedule.batch, len(images))
    per_epoch = len(images) // batch
    for step in range(schedule.steps):
        if step % per_epoch == 0:
            order = torch.as_tensor(rng.at(step // per_epoch).numpy(f"{purpose}-epoch").permutation(len(images)))
        chosen = order[(step % per_epoch) * batch :][:batch].to(images.device)
        x = images[chosen]
        if augmentation is not None:
            x = augmentation.apply(x, augmentation.draw_batch(rng.at(step).numpy(f"{purpose}-augmentation"), len(x)))
        for group in optimizer.param_groups:
            group["lr"] = schedule.lr_network * 0.5 * (1 + math.cos(math.pi * step / schedule.steps))
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(network.logits(parameters, x), targets[chosen]).backward()
        optimizer.step()
        yield step + 1, {name: value.detach() for name, value in parameters.items()}


def finished_expert(
    training: Iterator[tuple[int, Parameters]], schedule: ExpertSchedule, progress: Progress = silent
) -> Parameters:
    """Parameters at the end of a `train_expert`, whose schedule is told again for the progress."""
    parameters: Parameters = {}
    for step, live in training:
        progress(step, schedule.steps, "training on the real data")
        parameters = live
    return parameters


@torch.no_grad()
def outputs(
    network: ConvNet, parameters: Parameters, images: DeviceImages, compute: Compute
) -> Iterator[tuple[slice, torch.Tensor, torch.Tensor]]:
    """Yield (rows, logits (B,K), features (B,F)) of the whole split in order, chunk by chunk, on the device."""
    for part, x in images.chunks(compute.chunk(network)):
        features = network.features(parameters, x)
        yield part, F.linear(features, parameters["linear.weight"], parameters["linear.bias"]), features
