"""A tiny dataset on which everything runs in milliseconds: 8 x 8 grey images of 3 classes that differ in brightness."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ddcore.data.dataset import Dataset, Split, materialise
from ddcore.data.device_images import DeviceImages
from ddcore.data.train_set import TrainSet
from ddcore.distillers.base import Problem
from ddcore.distillers.views import NetworkView
from ddcore.experiments.resolving import resolve
from ddcore.networks import NETWORKS, text_of
from ddcore.networks.base import Network, network_of
from ddcore.networks.compute import Compute
from ddcore.parameters import schema
from ddcore.randomness import Randomness
from ddcore.sampling.batches import BatchSampler
from ddcore.sampling.following import FOLLOWERS
from ddcore.sampling.law import SamplingLaw
from ddcore.synthetic import SyntheticSet
from ddcore.training.augmentation import WITH_FLIP, Augmentation
from ddcore.training.trajectories import ExpertPlan, ExpertTraining, Trajectories

CLASSES = 3
MEAN, STD = (0.4,), (0.25,)

EXPERTS = {"experts": 2, "epochs_of_experts": 3, "lr_experts": 0.05, "batch_experts": 10}
_MATCHING = EXPERTS | {"syn_steps": 3, "expert_epochs": 1, "max_start": 2, "lr_images": 1.0, "threshold": 1e9}
_PROXY = {"proxy_steps": 4, "passes": 2, "proxy_width": 4}
SMALL: dict[str, dict[str, dict[str, Any]]] = {
    "distillers": {
        "analytic": {"coreset": 12, "coreset_by": "importance"},
        "dc": {"batch_real": 4, "outer": 3, "inner": 2},
        "datm": _MATCHING | {"first_max_start": 1, "growth_steps": 4},
        "dm": {"batch_real": 4},
        "dsa": {"batch_real": 4, "outer": 3, "inner": 2},
        "frepo": {"batch_real": 4, "max_online_updates": 3, "pool_size": 2},
        "kip": {"batch_real": 4, "labels": "learned"},
        "ncfm": {"batch_real": 4, "num_frequencies": 12},
        "mtt": _MATCHING,
        "rfad": {"batch_real": 4, "labels": "learned", "random_networks": 2, "random_width": 6},
    },
    "followers": {"representative": {"representatives": 3}, "student-loss": {"student_steps": 2}},
    "initialisers": {
        "herding": {"num_features": 5},
        "k-center": {"num_features": 5},
        "kmeans-coreset": {"coreset_size": 20},
        "ridge-coreset": {"coreset_size": 20, "num_features": 5},
    },
    "networks": {"convnet": {"width": 8}, "mlp": {"width": 6}},  # with 4 channels, 4 groups would be instance norm
    "scores": {
        "el2n": _PROXY,
        "entropy": _PROXY,
        "forgetting": _PROXY,
        "grand": _PROXY,
        "kmeans": {"clusters": 3},
        "loss": _PROXY,
        "margin": _PROXY,
        "ridge": {"num_features": 6},
    },
}
"""Parameters with which a method takes milliseconds here; others do with their defaults."""


def small(kind: str, name: str) -> dict[str, Any]:
    """Those of one method, of a kind of `SMALL`."""
    return dict(SMALL[kind].get(name, {}))


def rule(name: str, **fields: Any) -> Any:
    """The sampling rule called `name`, small, with those of `fields` that it has."""
    own = FOLLOWERS.get(name).__dataclass_fields__
    return FOLLOWERS.make(name, **small("followers", name), **{key: fields[key] for key in fields if key in own})


def networks() -> list[str]:
    """The text of every network, small: as it is, and with every other choice of each of its parameters."""
    texts = []
    for name in NETWORKS.names():
        few = small("networks", name)
        texts.append(text_of(name, few))
        for row in schema(NETWORKS.get(name)):
            others = [value for value in row["choices"] or () if value != row["default"]]
            texts += [text_of(name, few | {row["name"]: value}) for value in others]
    return texts


def network(text: str = "convnet:width=4,depth=2", shape: tuple[int, int, int] = (1, 8, 8)) -> Network:
    return network_of(text, shape, CLASSES)


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


def guesswork() -> Dataset:
    """Images that tell nothing of their class, 24 to train on and 90 to test: any two networks guess differently."""
    rng = np.random.default_rng(0)
    train, test = (
        Split(rng.integers(0, 256, (count, 8, 8, 1)).astype(np.uint8), np.arange(count, dtype=np.int64) % CLASSES)
        for count in (24, 90)
    )
    return materialise("guesswork", train, test, ("one", "two", "three"), origin="made up", flip=True)


def train_set(per_class: int = 8) -> TrainSet:
    return TrainSet(*images_and_labels(per_class), MEAN, STD, CLASSES)


def problem(
    scores: np.ndarray | None = None,
    law: SamplingLaw | None = None,
    per_class: int = 8,
    follower=None,
    through: str = "convnet:width=4,depth=2",
) -> Problem:
    """`through`: the network that distils."""
    images, labels = images_and_labels(per_class)
    sampler = BatchSampler(DeviceImages(images, MEAN, STD, "cpu"), labels, scores, law or SamplingLaw(), follower)
    net = network(through)
    matched = None if net.coupled else experts(through)
    return Problem(sampler, net, Augmentation(WITH_FLIP), Compute("cpu"), experts=matched)


def expert_training(through: str = "convnet:width=4,depth=2", per_class: int = 8, **given: Any) -> ExpertTraining:
    """Of two experts of three epochs, but for what is `given`."""
    images, labels = images_and_labels(per_class)
    pixels, plan = DeviceImages(images, MEAN, STD, "cpu"), ExpertPlan(2, 3, 0.05, 10)
    first = {"augmentation": Augmentation(WITH_FLIP), "plan": plan, "seed": 0}
    return ExpertTraining(network(through), pixels, labels, **first | given)


@cache
def experts(through: str = "convnet:width=4,depth=2") -> Trajectories:
    """As long as a distiller of `SMALL` needs them."""
    training = expert_training(through)
    return Trajectories([np.stack(list(training.rows(number, 0, None))) for number in range(training.plan.experts)])


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


def run_settings(distiller: str = "dm", **given: Any) -> dict[str, Any]:
    """Flat settings of a run of moments on `dataset`."""
    few = {"steps": 6, "width": 4, "ipc": 1, "device": "cpu", "init": "random", "snapshot_every": 1}
    own = {"dataset": dataset().hash, "distiller": distiller, **few, **small("distillers", distiller)}
    return resolve(own | given)
