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
from ddcore.devices import on_device
from ddcore.networks.base import Network, Trained
from ddcore.networks.compute import Compute
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness
from ddcore.training.augmentation import Augmentation
from ddcore.training.optimisers import EFFICIENT_ADAM
from ddcore.training.trainer import State, Step, Trainer, plain, trained


@dataclass(frozen=True)
class ExpertSchedule:
    """`steps` of Adam on batches of `batch` real images; the step size falls from `lr_network` to zero as a cosine."""

    steps: int
    batch: int = 128
    lr_network: float = 1e-3

    def describe(self) -> str:
        return f"{self.steps} steps of Adam {self.lr_network:g} with cosine decay, batch {self.batch}"


def train_expert(
    network: Network,
    images: DeviceImages,
    labels: np.ndarray,
    schedule: ExpertSchedule,
    augmentation: Augmentation | None,
    rng: Randomness,
    purpose: str,
    resume_from: tuple[int, State] | None = None,
) -> Iterator[tuple[int, State]]:
    """Yield (step, state) of the trainer after every step; the state is live and changes with the next one.

    Epochs are shuffled; the same images are seen whatever the device. `purpose` names the random streams, so that two
    experts of one seed are two experts. `resume_from`: goes on after that step.
    """
    trainer = Trainer(plain(network), EFFICIENT_ADAM, F.cross_entropy)
    first, state = resume_from or (0, None)
    if state is None:
        fresh = network.init(rng.torch(purpose, images.device))
        state = trainer.begin(fresh, network.fresh_buffers(images.device))
    steps = _steps(images, labels, schedule, augmentation, rng, purpose, first)
    yield from enumerate(trainer.run(state, steps), start=first + 1)


def _steps(
    images: DeviceImages,
    labels: np.ndarray,
    schedule: ExpertSchedule,
    augmentation: Augmentation | None,
    rng: Randomness,
    purpose: str,
    first: int,
) -> Iterator[Step]:
    """The steps from number `first` on, counted from 0."""
    targets = torch.as_tensor(np.asarray(labels, dtype=np.int64), device=images.device)
    batch = min(schedule.batch, len(images))
    per_epoch = len(images) // batch
    order = None
    for step in range(first, schedule.steps):
        if order is None or step % per_epoch == 0:
            shuffled = rng.at(step // per_epoch).numpy(f"{purpose}-epoch").permutation(len(images))
            order = on_device(shuffled, images.device)
        chosen = order[(step % per_epoch) * batch :][:batch]
        x = images[chosen]
        if augmentation is not None:
            x = augmentation.apply(x, augmentation.draw_batch(rng.at(step).numpy(f"{purpose}-augmentation"), len(x)))
        yield Step(x, targets[chosen], schedule.lr_network * 0.5 * (1 + math.cos(math.pi * step / schedule.steps)))


def finished_expert(
    training: Iterator[tuple[int, State]], schedule: ExpertSchedule, progress: Progress = silent
) -> Trained:
    """The network at the end of a `train_expert`, whose schedule is passed again for the progress."""
    last: State = {}
    for step, state in training:
        progress(step, schedule.steps, "training on the real data")
        last = state
    return trained(last)


@torch.no_grad()
def outputs(
    network: Network, expert: Trained, images: DeviceImages, compute: Compute
) -> Iterator[tuple[slice, torch.Tensor, torch.Tensor]]:
    """Yield (rows, logits (B,K), features (B,F)) of the whole split in order, chunk by chunk, on the device."""
    for part, x in images.chunks(compute.chunk(network)):
        features = network.features(expert.parameters, x, expert.buffers)
        yield part, F.linear(features, *network.head(expert.parameters)), features
