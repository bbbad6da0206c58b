"""Does importance help DM? Random images and uniform batches against k-means coreset and loss emphasis, paired by seed.

    python -m benchmarks.dm_importance --dataset fashion-mnist --seeds 3

Prints accuracies before and after distilling for each arm and seed, the gain over the initial set, and the paired
difference between the arms. What it runs is what `distill` runs; scores are cached, so a second run is quicker.
"""

import argparse
import json
from collections import deque
from pathlib import Path

import numpy as np

from benchmarks.environment import describe
from ddcore.compute import resolve_device
from ddcore.data.loading import load_dataset
from ddcore.experiment import Experiment
from ddcore.loop import distill
from ddcore.settings import complete, resolve

ARMS = {
    "random, uniform": {"init": "random", "importance": "uniform"},
    "random, loss emphasis": {"init": "random", "importance": "loss"},
    "k-means coreset, uniform": {"init": "kmeans-coreset", "importance": "uniform"},
    "k-means coreset, loss emphasis": {"init": "kmeans-coreset", "importance": "loss"},
}


def measure(flat: dict, dataset, device: str) -> tuple[float, float]:
    """(accuracy of the initial set, accuracy after distilling), means over the protocol's repeats."""
    experiment = Experiment.of(complete(resolve(flat)), dataset, device)
    problem, (initial, _) = experiment.problem(experiment.scores()), experiment.initial_set()
    events = distill(problem, experiment.distiller, initial, experiment.settings.steps, experiment.settings.seed)
    (last,) = deque(events, maxlen=1)
    return experiment.accuracy(initial).mean, experiment.accuracy(last.synthetic).mean


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dataset", default="fashion-mnist")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--ipc", type=int, default=10)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--batch-real", type=int, default=64)
    parser.add_argument("--arms", nargs="*", default=list(ARMS), choices=list(ARMS))
    parser.add_argument("--out", help="also write the figures as JSON")
    options = parser.parse_args()
    dataset, device = load_dataset(options.dataset), resolve_device("auto")
    common = {name: getattr(options, name) for name in ("steps", "ipc", "width", "batch_real")}
    print(describe(device), f"{dataset.name}, {common}", sep="\n")
    found: dict[str, list[tuple[float, float]]] = {arm: [] for arm in options.arms}
    for seed in range(options.seeds):
        for arm in options.arms:
            flat = {"dataset": options.dataset, "seed": seed, **common, **ARMS[arm]}
            found[arm].append(measure(flat, dataset, device))
            before, after = found[arm][-1]
            print(f"seed {seed}  {arm:<32} {100 * before:5.1f} -> {100 * after:5.1f} %", flush=True)
    for arm, pairs in found.items():
        before, after = np.array(pairs).T
        print(f"{arm:<32} before {100 * before.mean():.2f}  after {100 * after.mean():.2f} +- {100 * after.std():.2f}  "
              f"gain {100 * (after - before).mean():+.2f}  (n = {len(pairs)} seeds)")  # fmt: skip
    first = np.array(found[options.arms[0]])[:, 1]
    for arm in options.arms[1:]:
        difference = 100 * (np.array(found[arm])[:, 1] - first)
        print(f"{arm} - {options.arms[0]}: {difference.mean():+.2f} +- {difference.std():.2f} points")
    if options.out:
        content = {"dataset": dataset.name, **common, "device": device, "accuracies": found}
        Path(options.out).write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
