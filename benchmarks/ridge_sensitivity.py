"""Time and memory of ridge sensitivities against one Gram product of the same size, type and library, in one run.

    OMP_NUM_THREADS=1 python -m benchmarks.ridge_sensitivity [--points 60000] [--num-features 2048] [--rounds 5]
                                                             [--normal]

Features are random Fourier features of Fashion-MNIST (DDCORE_DATA or ../shared/data; random images where neither has
them), whose time is told apart; `--normal` takes random numbers instead. The Gram product is NumPy's `phi.T @ phi`
(BLAS syrk). Also told: what the two BLAS products of the scores take alone, that of the Gram matrix and that with a
triangle; each multiplies n D^2 / 2 pairs of numbers. Seconds are those of the processor; peak memory is what NumPy
holds at most during the scores, the features included, measured in a round of its own. Exits 1 above 2.3 times the time
of the Gram product or 3 times the memory of the features.
"""

import argparse
import statistics
import sys
import time
import tracemalloc

import numpy as np

from benchmarks.environment import describe
from benchmarks.kmeans_sensitivity import training_images
from benchmarks.ntk import busy
from ddcore.data.train_set import TrainSet
from ddcore.features.making import make_features
from ddcore.ridge.gram import Root, scaled_rows
from ddcore.ridge.leverage import centred_targets, ridge_terms

RIDGE = 1.0
CLASSES = 10
GRAM_ROWS = 32_768  # in one Gram product, as in `ddcore.ridge.gram`
TIME_ALLOWED = 2.3  # Gram products
MEMORY_ALLOWED = 3.0  # copies of the features


def some_features(options: argparse.Namespace) -> np.ndarray:
    """(points, num_features) float32."""
    shape = (options.points, options.num_features)
    if options.normal:
        print("features: random numbers")
        return np.random.default_rng(0).standard_normal(shape, np.float32)
    images, origin = training_images()
    images = images[: options.points]
    train = TrainSet(images, np.zeros(len(images), np.int64), (0.2861,), (0.3530,), 1)
    began = time.perf_counter()
    features = make_features("rff", train, options.num_features, seed=0)
    print(f"features: rff of {origin}, {time.perf_counter() - began:.2f} s")
    return features


def products(features: np.ndarray) -> None:
    """The two BLAS products of all `features` (n, D), in chunks as the scores take them, and nothing else."""
    from scipy.linalg import get_blas_funcs

    multiply = get_blas_funcs("syrk", dtype=features.dtype)
    root = Root(np.asfortranarray(np.eye(features.shape[1], dtype=features.dtype)), triangular=True)
    ones = np.ones(len(features))
    for _, chunk in scaled_rows(features, ones, features.dtype, GRAM_ROWS):
        multiply(1.0, chunk.T, lower=1)
    for _, chunk in scaled_rows(features, ones, features.dtype):
        root.of(chunk)


def peak(work) -> int:
    """Largest number of bytes that NumPy arrays made by `work` took at a time."""
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--points", type=int, default=60_000)
    parser.add_argument("--num-features", type=int, default=2048)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--normal", action="store_true")
    options = parser.parse_args()
    print(describe("cpu"))
    features = some_features(options)
    targets = centred_targets(np.random.default_rng(0).integers(0, CLASSES, len(features)), CLASSES)
    print(f"{features.shape[0]} x {features.shape[1]} {features.dtype}, {CLASSES} classes, ridge {RIDGE}")

    def score() -> None:
        ridge_terms(features, targets, RIDGE)

    memory = 1 + peak(score) / features.nbytes
    grams, bare, scores = [], [], []
    for number in range(options.rounds):
        scores.append(busy(score))
        grams.append(busy(lambda: features.T @ features))
        bare.append(busy(lambda: products(features)))
        seconds = f"Gram product {grams[-1]:.2f} s, both products {bare[-1]:.2f} s, sensitivities {scores[-1]:.2f} s"
        print(f"round {number + 1}: {seconds}", flush=True)
    ratio, least = (statistics.median(a / b for a, b in zip(times, grams, strict=True)) for times in (scores, bare))
    print(f"time ratio (median): {ratio:.2f}, allowed {TIME_ALLOWED}; both products alone {least:.2f}")
    print(f"peak memory over that of the features: {memory:.2f}, allowed {MEMORY_ALLOWED}")
    return ratio > TIME_ALLOWED or memory > MEMORY_ALLOWED


if __name__ == "__main__":
    sys.exit(main())
