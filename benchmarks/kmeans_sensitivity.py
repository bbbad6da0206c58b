"""Time of k-means sensitivities against scikit-learn's `kmeans_plusplus` with as many centres, in one run.

    python -m benchmarks.kmeans_sensitivity

60,000 Fashion-MNIST images from DDCORE_DATA or ../shared/data; random images where neither has them. Both run in turn
on the same float32 matrix (60,000 x 784); ours includes all draws of centres (17 for ten seedings, eight for one), the
assignments and the three terms.
"""

import os
import statistics
import time
from pathlib import Path

import numpy as np
from sklearn.cluster import kmeans_plusplus

from ddcore.coresets.clustering import nearest_centers
from ddcore.data.train_set import TrainSet
from ddcore.importance import score
from ddcore.places import data_root

CENTRES = 100
ROUNDS = 3
ALLOWED = 2.0  # times scikit-learn's time
FILES = "FashionMNIST/raw/train-images-idx3-ubyte"


def training_images() -> tuple[np.ndarray, str]:
    """(60000, 28, 28, 1) uint8 and where they come from."""
    for root in (data_root(), Path(__file__).resolve().parents[2] / "shared" / "data"):
        path = root / FILES
        if path.is_file():
            return np.fromfile(path, np.uint8, offset=16).reshape(-1, 28, 28, 1), f"Fashion-MNIST ({path})"
    return np.random.default_rng(0).integers(0, 256, (60_000, 28, 28, 1), np.uint8), "random images (no Fashion-MNIST)"


def seconds(work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    images, origin = training_images()
    train = TrainSet(images, np.zeros(len(images), np.int64), (0.2861,), (0.3530,), 1)
    points = train.pixels
    print(
        f"data: {origin}, {points.shape[0]} x {points.shape[1]} {points.dtype}; k = {CENTRES}; {os.cpu_count()} cores"
    )
    ours, theirs = [], []
    for seed in range(ROUNDS):
        theirs.append(seconds(lambda seed=seed: kmeans_plusplus(points, CENTRES, random_state=seed)))
        ours.append(seconds(lambda seed=seed: score("kmeans", clusters=CENTRES).compute(train, seed)))
        print(f"round {seed + 1}: kmeans_plusplus {theirs[-1]:.2f} s, sensitivities {ours[-1]:.2f} s")
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    print(f"ratio (median): {ratio:.2f}, allowed {ALLOWED:.1f}")

    greedy = kmeans_plusplus(points, CENTRES, random_state=0)[0]
    plain = score("kmeans", clusters=CENTRES).compute(train, 0).centers
    costs = [nearest_centers(points, centers)[1].mean() for centers in (greedy, plain)]
    print(
        f"mean squared distance to the centres: kmeans_plusplus (greedy) {costs[0]:.1f}, best plain draw {costs[1]:.1f}"
    )
    if ratio > ALLOWED:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
