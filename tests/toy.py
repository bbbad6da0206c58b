"""A tiny dataset on which everything runs in milliseconds: 8 x 8 grey images of 3 classes that differ in brightness."""

from pathlib import Path

import numpy as np

from ddcore.data.dataset import Dataset, Split, materialise
from ddcore.data.device_images import DeviceImages
from ddcore.distillers.base import Problem
from ddcore.distillers.views import NetworkView
from ddcore.networks.compute import Compute
from ddcore.networks.convnet import ConvNet
from ddcore.randomness import Randomness
from ddcore.sampling.batches import BatchSampler
from ddcore.sampling.law import SamplingLaw
from ddcore.synthetic import SyntheticSet
from ddcore.training.augmentation import WITH_FLIP, Augmentation

CLASSES = 3
MEAN, STD = (0.4,), (0.25,)


def images_and_labels(per_class: int = 8, seed: int = 0, channels: int = 1):
    """(N,8,8,C) uint8, (N,) int64: class c is brighter than class c - 1, in its own corner."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(CLASSES), per_class)
    images = rng.integers(0, 90, size=(len(labels), 8, 8, channels))
    for c in range(CLASSES):
        images[labels == c, 2 * c : 2 * c + 3, 2 * c : 2 * c + 3] += 150
    return images.clip(0, 255).astype(np.uint8), labels.astype(np.int64)


def dataset(per_class: int = 8, name: str = "toy") -> Dataset:
    train, test = (Split(*images_and_labels(per_class, seed)) for seed in (0, 1))
    return materialise(name, train, test, ("low", "middle", "high"), origin="made up", flip=True)


def problem(
    scores: np.ndarray | None = None, law: SamplingLaw | None = None, per_class: int = 8, follower=None
) -> Problem:
    images, labels = images_and_labels(per_class)
    sampler = BatchSampler(DeviceImages(images, MEAN, STD, "cpu"), labels, scores, law or SamplingLaw(), follower)
    return Problem(sampler, ConvNet((1, 8, 8), CLASSES, width=4, depth=2), Augmentation(WITH_FLIP), Compute("cpu"))


def network_view(given: Problem, made: SyntheticSet, rng: Randomness) -> NetworkView:
    """What rules look through where a distiller has no view of its own."""
    return NetworkView(given.network, given.augmentation, given.compute, made, rng)


def synthetic(ipc: int = 2, seed: int = 3) -> SyntheticSet:
    classes = np.repeat(np.arange(CLASSES), ipc)
    images = np.random.default_rng(seed).standard_normal((len(classes), 1, 8, 8), np.float32)
    return SyntheticSet.of_classes(images, classes, CLASSES, "cpu")


def weighted() -> SyntheticSet:
    """The images of `synthetic`, counting differently."""
    given = synthetic()
    weights = np.linspace(0.5, 2, len(given.images))
    return SyntheticSet.of_classes(given.images, given.classes, CLASSES, "cpu", weights)


def npz(folder: Path) -> str:
    """Path of an own dataset in `folder`: 36 training images, 24 test images."""
    train, train_labels = images_and_labels(12)
    test, test_labels = images_and_labels(8, seed=1)
    path = folder / "toy.npz"
    np.savez(path, images=train, labels=train_labels, test_images=test, test_labels=test_labels)
    return str(path)
