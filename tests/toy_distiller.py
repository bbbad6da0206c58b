"""The lesson's distiller in Python: `ddcore`'s distribution matching on points, in place of images, with random numbers
and features as the page draws them."""

import math
from dataclasses import dataclass, field
from functools import cache, partial
from types import SimpleNamespace

import numpy as np
import torch
from seeded import Seeded

from ddcore.distillers.dm import DistributionMatching
from ddcore.importance.kmeans import kmeans_sensitivity
from ddcore.ridge.kernels import rbf
from ddcore.ridge.regression import Predictor, centred_one_hot
from ddcore.sampling.law import corrections, probabilities

CLASSES, BATCH, FEATURES, WIDTHS = 3, 16, 60, (0.1, 0.2, 0.4)
GROUPS = [  # middle, spread, points, class
    ((0.24, 0.76), 0.06, 40, 0),
    ((0.76, 0.26), 0.06, 40, 0),
    ((0.5, 0.5), 0.06, 80, 1),
    ((0.24, 0.26), 0.06, 72, 2),
    ((0.84, 0.84), 0.03, 8, 2),
]


def normal(rng: Seeded) -> float:
    length = math.sqrt(-2 * math.log(1 - rng.random()))
    return length * math.cos(2 * math.pi * rng.random())


@cache
def made(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(240, 2) points and their classes (240,)."""
    rng = Seeded(seed)
    drawn = [
        [min(0.97, max(0.03, part + spread * normal(rng))) for part in middle]
        for middle, spread, count, _ in GROUPS
        for _ in range(count)
    ]
    points = np.floor(1000 * np.array(drawn) + 0.5) / 1000
    return points, np.repeat([group[3] for group in GROUPS], [group[2] for group in GROUPS])


@cache
def law(scheme: str) -> np.ndarray:
    """(240,) how often a point is drawn within its class."""
    points, classes = made(1)
    if scheme == "uniform":
        return probabilities(np.zeros(len(points)), classes)
    scores = [sum(kmeans_sensitivity(points[classes == c], 3, Seeded(1), seedings=10)[0].values()) for c in range(3)]
    return probabilities(np.concatenate(scores), classes, uniform=0)


@dataclass(frozen=True)
class Seen:
    """What a step computes features with, in float64."""

    compiled: bool = False

    def features(self, network, parameters, points):
        waves, phases = parameters
        return math.sqrt(2 / len(phases)) * torch.cos(points.flatten(1) @ waves.T + phases)

    def real_features(self, network, parameters, points, precision):
        return self.features(network, parameters, points)

    device = "cpu"

    def chunk(self, network) -> int:
        return 1000


@dataclass
class ToyDistiller:
    """Steps from the start that `seed` gives `ipc` points of each class."""

    seed: int
    ipc: int
    state: dict = field(init=False)
    gradient: torch.Tensor = field(init=False)  # of the last step

    def __post_init__(self):
        self.rng = Seeded(self.seed)
        start = [[0.25 + 0.5 * self.rng.random() for _ in range(2)] for _ in range(CLASSES * self.ipc)]
        images = torch.tensor(start, dtype=torch.float64).reshape(-1, 1, 1, 2)
        classes = torch.arange(CLASSES).repeat_interleave(self.ipc)
        self.state = {"images": images, "classes": classes, "velocity": torch.zeros_like(images)}

    @property
    def points(self) -> np.ndarray:
        return self.state["images"].reshape(-1, 2).numpy()

    def step(self, scheme: str, rate: float) -> float:
        """One step of `DistributionMatching`, which draws its batch and then its features; the loss."""
        batch = self._batch(scheme)  # the page draws it before the features, the method after them
        problem = SimpleNamespace(
            network=SimpleNamespace(init=self._features, coupled=False), num_classes=CLASSES, factor=1, compute=Seen(),
            sampler=SimpleNamespace(draw=lambda rng, per_class: batch), witness=self._witness,
            augmentation=SimpleNamespace(draw=lambda rng, rows: None, apply=lambda images, draw, rows: images),
            decode=lambda images: images, tiled=lambda values: values,
        )  # fmt: skip
        method = DistributionMatching(lr_images=rate, momentum=0.0, batch_real=BATCH)
        streams = SimpleNamespace(torch=lambda stream, device: None, numpy=lambda stream: None)
        return method.step(problem, self.state, streams)["loss"]

    def _batch(self, scheme: str) -> SimpleNamespace:
        points, classes = made(1)
        weights, chances = corrections(law(scheme), classes), law(scheme)
        rows = np.concatenate([
            np.flatnonzero(classes == c)[self.rng.choice(0, BATCH, chances[classes == c])] for c in range(CLASSES)
        ])  # fmt: skip
        return SimpleNamespace(
            images=torch.tensor(points[rows]).reshape(-1, 1, 1, 2),
            labels=torch.tensor(classes[rows]),
            weights=torch.tensor(weights[rows]),
        )

    def _features(self, _) -> tuple[torch.Tensor, torch.Tensor]:
        waves, phases = torch.empty(FEATURES, 2, dtype=torch.float64), torch.empty(FEATURES, dtype=torch.float64)
        for f in range(FEATURES):
            for axis in range(2):
                waves[f, axis] = normal(self.rng) / WIDTHS[f % len(WIDTHS)]
            phases[f] = 2 * math.pi * self.rng.random()
        return waves, phases

    def _witness(self, gradient: torch.Tensor) -> None:
        self.gradient = gradient.reshape(-1, 2).clone()

    def accuracy(self) -> float:
        return accuracy(self.points, self.state["classes"])


def accuracy(points: np.ndarray, classes: torch.Tensor) -> float:
    """The share of the other 240 points that kernel ridge regression on `points` names rightly."""
    images, (tests, labels) = torch.tensor(points), made(2)
    predictor = Predictor.fit(images, centred_one_hot(classes, CLASSES), partial(rbf, width=0.1), 0.01)
    return float((predictor(torch.tensor(tests)).argmax(1).numpy() == labels).mean())
