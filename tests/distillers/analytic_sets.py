"""Small problems for the analytic set, its steps, and what its own predictor is by the naive formula."""

import numpy as np
import pytest
from reference.analytic import own_predictor

from ddcore.data.device_images import DeviceImages
from ddcore.distillers import ridge_fits
from ddcore.distillers.base import Problem, set_of
from ddcore.networks.base import network_of
from ddcore.networks.compute import Compute
from ddcore.randomness import Randomness
from ddcore.ridge.regression import labels_and_weights
from ddcore.sampling.batches import BatchSampler
from ddcore.sampling.law import SamplingLaw
from ddcore.synthetic import SyntheticSet
from ddcore.training.augmentation import WITHOUT_FLIP, Augmentation

MEAN, STD = (0.4,), (0.25,)


def problem_of(pixels, labels, scores=None, mode="corrected"):
    """Of uint8 `pixels` (N, H, W, 1)."""
    sampler = BatchSampler(DeviceImages(pixels, MEAN, STD, "cpu"), labels, scores, SamplingLaw(mode, uniform=0.2))
    network = network_of("mlp:width=2,depth=1", (1, *pixels.shape[1:3]), int(labels.max()) + 1)
    return Problem(sampler, network, Augmentation(WITHOUT_FLIP), Compute("cpu"))


def small_problem(seed=0, count=90, side=2, classes=3, **given):
    """Images of 2 x 2 pixels: few enough features for coresets with a small eps."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count) % classes)
    centers = rng.uniform(60, 200, (classes, side, side, 1))
    pixels = (centers[labels] + rng.normal(0, 40, (count, side, side, 1))).clip(0, 255).astype(np.uint8)
    return problem_of(pixels, labels, **given)


def features_and_labels(problem, method=None):
    """(n, F), (n, K) and labels (n,): what the regression sees, naively."""
    (batch,) = problem.sampler.sweep(10_000)
    seen = batch.images.double() if method is None else method._see(batch.images)(batch.images)
    labels = batch.labels.numpy()
    return seen.flatten(1).numpy(), np.eye(problem.num_classes)[labels] - 1 / problem.num_classes, labels


def start(problem, ipc=1, seed=5):
    classes = np.repeat(np.arange(problem.num_classes), ipc)
    images = np.random.default_rng(seed).standard_normal((len(classes), *problem.network.shape), np.float32)
    return SyntheticSet.of_classes(images, classes, problem.num_classes, "cpu")


def stepped(method, problem, synthetic=None, seed=0):
    """(state, metrics) after the step."""
    state = method.init(problem, synthetic or start(problem), Randomness(seed))
    return state, method.step(problem, state, Randomness(seed).at(1))


def map_of(method, problem, state):
    """V (F, K) of the stored set, by the naive formula."""
    synthetic = set_of(state)
    labels, weights = labels_and_weights(synthetic.targets)
    assert weights.numpy() == pytest.approx(np.ones(len(labels)), abs=1e-5), "every image counts once"
    images = method._see(synthetic.images)(synthetic.images).flatten(1)
    return own_predictor(images.numpy(), labels.numpy(), method.jitter)


def watched(monkeypatch):
    """A list of the coresets, (indices, weights), whose certificates are asked for from now on."""
    drawn = []

    class Watched(ridge_fits.RidgeCost):
        def certificate(self, indices, weights):
            drawn.append((indices, weights))
            return super().certificate(indices, weights)

    monkeypatch.setattr(ridge_fits, "RidgeCost", Watched)
    return drawn
