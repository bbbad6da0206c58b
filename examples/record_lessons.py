"""Records what the lessons of the Learn page show of real images: `python -m examples.record_lessons` (minutes).

The digits of scikit-learn: candidates that the seed draws from the training images, scores and distilled sets made from
training images alone, and the test images, on which nothing is chosen: steps and kernel are set here once and for all.
"""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ddcore.data.dataset import Dataset
from ddcore.data.loading import load_dataset
from ddcore.data.train_set import train_set
from ddcore.experiments.experiment import Experiment
from ddcore.importance.scoring import importance_of
from ddcore.loop import distill
from ddcore.randomness import numpy_generator
from ddcore.ridge import kernels
from ddcore.ridge.regression import Predictor, centred_one_hot

PATH = Path(__file__).resolve().parent / "lesson-digits.npz"
CANDIDATES = 40  # of each class
SEEDS, STEPS = 5, 300  # of the distilled sets
WIDTH, RIDGE = 1.0, 1e-6  # of the RBF kernel, in units of sqrt(D), and of the regression, as the defaults of KIP


def record() -> Path:
    """Score, distil and test, and write the file of the lessons."""
    digits = load_dataset("digits")
    labels, train = np.asarray(digits.train.labels), train_set(digits)
    rng = numpy_generator(0, "lesson-candidates")
    chosen = np.concatenate([np.sort(rng.choice(np.flatnonzero(labels == k), CANDIDATES, False)) for k in range(10)])
    means = np.stack([train.pixels[labels == k].mean(0) for k in range(10)])
    np.savez_compressed(
        PATH,
        images=_flat(digits.train.images[chosen]),
        labels=labels[chosen].astype(np.uint8),
        importance=importance_of(digits, "ridge", seed=0).scores[chosen],
        distance=np.linalg.norm(train.pixels[chosen] - means[labels[chosen]], axis=1),
        test_images=_flat(digits.test.images),
        test_labels=np.asarray(digits.test.labels, np.uint8),
        distilled=np.stack([_distilled(digits, seed) for seed in range(SEEDS)]),
        **_numbers(digits, train.pixels, labels),
    )
    return PATH


def _flat(images: np.ndarray) -> np.ndarray:
    """(n, D) uint8 of one-channel images (n, H, W, 1)."""
    return np.asarray(images, np.uint8).reshape(len(images), -1)


def _distilled(digits: Dataset, seed: int) -> np.ndarray:
    """(K, D) float32: ten images by KIP for the very predictor of the lesson, unclipped, as training sees them."""
    choices: dict[str, Any] = {"kernel": "rbf", "rbf_width": WIDTH, "jitter": RIDGE}
    experiment = Experiment.choose(digits, distiller="kip", ipc=1, seed=seed, **choices)
    initial, _ = experiment.initial_set()
    for event in distill(experiment.problem(None), experiment.distiller, initial, steps=STEPS, seed=seed):
        synthetic = event.synthetic
    assert synthetic.classes.tolist() == list(range(10))
    return synthetic.images.flatten(1).numpy()


def _numbers(digits: Dataset, pixels: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """What turns pixels into what training sees, the predictor, and its accuracy when it is given everything."""
    mean, std = digits.mean[0], digits.std[0]
    kernel = partial(kernels.rbf, width=WIDTH)
    classes = torch.as_tensor(labels.astype(np.int64))
    predictor = Predictor.fit(torch.tensor(pixels).double(), centred_one_hot(classes, 10), kernel, RIDGE)
    test = torch.as_tensor((_flat(digits.test.images) / 255 - mean) / std)
    right = float((predictor(test).argmax(1).numpy() == digits.test.labels).mean())
    named = {"mean": mean, "std": std, "width": WIDTH, "ridge": RIDGE, "steps": STEPS}
    return named | {"classes": 10, "side": 8, "train": len(labels), "all": right}


if __name__ == "__main__":
    print(f"recorded {record()}")
