"""Which initial set is best by itself? Every initialiser, judged by kernel ridge regression on the images it chose.

    python -m benchmarks.initial_sets --dataset fashion-mnist --seeds 5

The judge is KIP's kernel (NTK of one hidden layer, ridge 1e-6 of the mean diagonal), fitted on the chosen images with
targets one-hot minus 1/K and tested on all test images; nothing is distilled. Prints, as means over seeds, the seconds
of the choice (its scores and the report not counted), the k-means cost relative to random images, the certificate of
the report (200 random Fourier features, ridge 1) and the accuracy with its standard deviation over seeds. Fails where
the two coreset solutions are not far enough above random images on Fashion-MNIST. Scores are cached.
"""

import argparse

import numpy as np
import torch

from benchmarks.environment import describe
from ddcore.data.loading import load_dataset
from ddcore.data.train_set import train_set
from ddcore.experiments.settings import OWN_INIT_SCORE
from ddcore.importance.scoring import importance_of
from ddcore.initialisers import INITIALISERS
from ddcore.initialisers.base import SyntheticArrays
from ddcore.networks.compute import resolve_device
from ddcore.ridge.kernels import ntk
from ddcore.ridge.regression import Predictor, centred_one_hot

BY_SCORE = [
    ("sensitivity", "kmeans", {}),
    ("sensitivity", "kmeans", {"weighted": True}),
    ("sensitivity", "ridge", {}),
    ("sensitivity", "ridge", {"weighted": True}),
    ("easiest", "loss", {}),
    ("hardest", "loss", {}),
]
ARMS = [(name, None, {}) for name in INITIALISERS.names() if name not in OWN_INIT_SCORE] + BY_SCORE
ABOVE_RANDOM = {1: 8.0, 10: 4.0}  # points that the coreset solutions must be above random images, by ipc


def title(init: str, score: str | None, fields: dict) -> str:
    words = ["weighted"] * bool(fields.get("weighted")) + [init] + ([f"by {score}"] if score else [])
    return " ".join(words)


class Judge:
    """Test accuracy (percent) of kernel ridge regression on a chosen set."""

    def __init__(self, dataset, device: str):
        self.classes, self.device = dataset.num_classes, device
        mean, std = (np.asarray(v, np.float32) for v in (dataset.mean, dataset.std))
        pixels = ((dataset.test.images / np.float32(255) - mean) / std).transpose(0, 3, 1, 2)
        self.images = torch.as_tensor(pixels, device=device).double()
        self.labels = torch.as_tensor(np.array(dataset.test.labels), device=device)

    def accuracy(self, made: SyntheticArrays) -> float:
        support = torch.as_tensor(made.images, device=self.device).double()
        targets = centred_one_hot(torch.as_tensor(made.classes, device=self.device), self.classes)
        weights = None if made.weights is None else torch.as_tensor(made.weights, device=self.device)
        predicted = Predictor.fit(support, targets, ntk, 1e-6, weights)(self.images).argmax(1)
        return 100 * (predicted == self.labels).double().mean().item()


def mean(values: list) -> str:
    return "-" if None in values else f"{np.mean(values):.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dataset", default="fashion-mnist")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--ipc", type=int, nargs="*", default=[1, 10])
    options = parser.parse_args()
    dataset, device = load_dataset(options.dataset), resolve_device("auto")
    judge, train = Judge(dataset, device), train_set(dataset)
    print(describe(device), f"{dataset.name}, {len(train.labels)} training images, {options.seeds} seeds", sep="\n")
    failed = False
    for ipc in options.ipc:
        print(f"\nipc {ipc:<28} {'seconds':>8} {'k-means cost':>13} {'certificate':>12}   accuracy")
        found = {}
        for init, score, fields in ARMS:
            accuracies, reports = [], []
            for seed in range(options.seeds):
                scores = score and importance_of(dataset, score, seed, device=device).scores
                made = INITIALISERS.make(init, **fields).start(train, ipc, seed, scores)
                accuracies.append(judge.accuracy(made))
                reports.append(made.report)
            name = title(init, score, fields)
            found[name] = float(np.mean(accuracies))
            seconds, ratio, eps = (mean([r[key] for r in reports]) for key in ("seconds", "cost_ratio", "certificate"))
            spread = np.std(accuracies, ddof=1) if options.seeds > 1 else 0.0
            print(f"{name:<32} {seconds:>8} {ratio:>13} {eps:>12}   {found[name]:5.1f} +- {spread:.1f} %", flush=True)
        for name in ("kmeans-coreset", "ridge-coreset"):
            above, asked = found[name] - found["random"], ABOVE_RANDOM.get(ipc)
            print(f"{name} - random: {above:+.1f} points" + (f" (at least {asked:.0f} asked)" if asked else ""))
            failed |= asked is not None and dataset.name == "fashion-mnist" and above < asked
    if failed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
