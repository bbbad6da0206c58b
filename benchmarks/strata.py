"""How much less the mean of a stratified batch varies than that of as many independent uniform draws.

    python -m benchmarks.strata [--datasets mnist fashion-mnist] [--images 2000] [--networks 3]

The mean of a class in the features of fresh random networks (ConvNet of width 32), which DM matches. Its variance over
batches, exactly, by the formula, features and classes together, over that of independent draws; less than 1 is
less. Orders: halved again and again in the features of *another* random network (the rule `stratified`) or in pixels;
clusters of k-means in a row; sorted by the distance to the mean image, as the regime `stratified` has it with the score
`lightweight`; by chance. "Without replacement" is what uniform batches are. Exits 1 if a ratio exceeds 1.
"""

import argparse
from collections.abc import Callable

import numpy as np
import torch

from benchmarks.environment import describe
from ddcore.coresets.clustering import d2_sampling, nearest_centers
from ddcore.data.loading import load_dataset
from ddcore.networks.base import Network, network_of
from ddcore.networks.compute import Compute
from ddcore.randomness import numpy_generator, torch_generator
from ddcore.sampling.following.representative import lloyd
from ddcore.sampling.strata import halved

BATCHES = (8, 16, 32, 64)
CLUSTERS = 64
NETWORK = "convnet:width=32"
OWN = 1000  # stream of the network that orders: none of those that measure


def features(network: Network, images: torch.Tensor, seed: int) -> np.ndarray:
    parameters = network.init(torch_generator(seed, "network"))
    return Compute("cpu").features(network, parameters, images, {}).numpy()


def clustered(points: np.ndarray) -> np.ndarray:
    """The clusters of k-means, and the points of each, along the first principal direction of the centres."""
    seeds = d2_sampling(points, CLUSTERS, numpy_generator(0, "strata"))[0][0]
    centers = lloyd(torch.as_tensor(points), torch.as_tensor(points[seeds])).numpy()
    direction = np.linalg.svd(centers - centers.mean(axis=0), full_matrices=False)[2][0]
    return np.lexsort((points @ direction, (centers @ direction)[nearest_centers(points, centers)[0]]))


def variance(values: np.ndarray, count: int) -> float:
    """Of the mean of a stratified batch of `count` rows of `values` (n,F), summed over F, by the formula."""
    n, borders = len(values), np.arange(count + 1) * len(values) / count
    place = np.minimum(borders.astype(int), n - 1)
    part = (borders - place)[:, None]

    def means(terms: np.ndarray) -> np.ndarray:
        sums = np.concatenate([np.zeros((1, terms.shape[1])), np.cumsum(terms, axis=0)])
        return np.diff(sums[place] + part * terms[place], axis=0) * count / n

    return float((means(values**2) - means(values) ** 2).sum() / count**2)


def measure(name: str, options: argparse.Namespace) -> dict[str, np.ndarray]:
    """Order -> ratios (batches, networks), all classes together."""
    dataset = load_dataset(name)
    network = network_of(NETWORK, dataset.shape, dataset.num_classes)
    found: dict[str, np.ndarray] = {}
    uniform = np.zeros((len(BATCHES), options.networks))
    for label in range(dataset.num_classes):
        rows = np.flatnonzero(dataset.train.labels == label)[: options.images]
        scaled = dataset.train.images[rows].astype(np.float32) / 255
        images = torch.as_tensor((scaled - np.float32(dataset.mean)) / np.float32(dataset.std)).permute(0, 3, 1, 2)
        pixels, own = images.flatten(1).numpy(), features(network, images, OWN)
        orders: dict[str, Callable[[], np.ndarray]] = {
            "halved, features": lambda own=own: halved(own),
            "halved, pixels": lambda pixels=pixels: halved(pixels),
            "k-means, features": lambda own=own: clustered(own),
            "k-means, pixels": lambda pixels=pixels: clustered(pixels),
            "distance to the mean": lambda pixels=pixels: np.argsort(((pixels - pixels.mean(0)) ** 2).sum(1)),
            "by chance": lambda rows=rows: numpy_generator(0, "chance").permutation(len(rows)),
        }
        made = {order: make() for order, make in orders.items()}
        for net in range(options.networks):
            seen = features(network, images, net).astype(np.float64)
            seen -= seen.mean(axis=0)
            for place, count in enumerate(BATCHES):
                one = seen.var(axis=0).sum() / count
                uniform[place, net] += one
                for order, chosen in made.items():
                    found.setdefault(order, np.zeros_like(uniform))[place, net] += variance(seen[chosen], count)
                without = found.setdefault("without replacement", np.zeros_like(uniform))
                without[place, net] += one * (len(rows) - count) / (len(rows) - 1)
    return {order: sums / uniform for order, sums in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--datasets", nargs="+", default=["mnist", "fashion-mnist"])
    parser.add_argument("--images", type=int, default=2000, help="of each class")
    parser.add_argument("--networks", type=int, default=3)
    options = parser.parse_args()
    print(describe("cpu"))
    print(f"{NETWORK}, {options.images} images a class; mean over {options.networks} networks (smallest to largest)")
    worst = 0.0
    for name in options.datasets:
        print(f"\n{name:<22}" + "".join(f"{f'{count} a class':>20}" for count in BATCHES))
        for order, ratios in measure(name, options).items():
            cells = [f"{row.mean():.2f} ({row.min():.2f} to {row.max():.2f})" for row in ratios]
            print(f"{order:<22}" + "".join(f"{cell:>20}" for cell in cells), flush=True)
            worst = max(worst, ratios.max())
    print(f"\nlargest ratio: {worst:.3f} (by the theorem 1 at most)")
    if worst > 1 + 1e-9:
        raise SystemExit(1)


if __name__ == "__main__":
    with torch.no_grad():
        main()
