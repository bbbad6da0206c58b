"""The paper's claim for DM: does importance help, which half of it, and what do its rivals do?

    python -m benchmarks.dm_importance --dataset fashion-mnist --seeds 5 --out benchmarks/results/F.jsonl

Arms, paired by seed: random images or a k-means coreset as the start; uniform batches, batches by relative loss of a
proxy (emphasis, half uniform), and from the k-means coreset also by the loss of the current student and representative
images (as in DREAM). Prints test accuracies of students (quick protocol, means over its repeats) before and after
distilling, and each arm's paired difference to random images and uniform batches with its 95 % interval. What it runs
is what `distill` runs. `--out` keeps every figure; what is in that file already is not run again.
"""

import argparse
from collections import deque

from benchmarks.environment import describe
from benchmarks.paired import Kept, Pair, report
from ddcore.data.loading import load_dataset
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.settings import complete, resolve
from ddcore.loop import distill
from ddcore.networks.compute import resolve_device
from ddcore.synthetic import SyntheticSet

ARMS = {
    "random, uniform": {"init": "random", "importance": "uniform"},
    "k-means coreset, uniform": {"init": "kmeans-coreset", "importance": "uniform"},
    "random, loss emphasis": {"init": "random", "importance": "loss"},
    "k-means coreset, loss emphasis": {"init": "kmeans-coreset", "importance": "loss"},
    "k-means coreset, student loss": {"init": "kmeans-coreset", "importance": "student-loss"},
    "k-means coreset, representative": {"init": "kmeans-coreset", "importance": "representative"},
}
STARTS: dict[tuple[str, int], tuple[SyntheticSet, float]] = {}  # arms of a seed share a start: made and tested once


def measure(flat: dict, dataset, device: str) -> Pair:
    """(accuracy of the initial set, accuracy after distilling), means over the protocol's repeats."""
    experiment = Experiment.of(complete(resolve(flat)), dataset, device)
    settings, problem = experiment.settings, experiment.problem(experiment.scores())
    key = settings.init, settings.seed
    if key not in STARTS:
        initial, _ = experiment.initial_set()
        STARTS[key] = initial, experiment.accuracy(initial).mean
    initial, before = STARTS[key]
    (last,) = deque(distill(problem, experiment.distiller, initial, settings.steps, settings.seed), maxlen=1)
    return before, experiment.accuracy(last.synthetic).mean


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dataset", default="fashion-mnist")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--ipc", type=int, default=10)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--batch-real", type=int, default=64)
    parser.add_argument("--arms", nargs="*", default=list(ARMS), choices=list(ARMS))
    parser.add_argument("--out", help="keep every figure here, and go on from what is there")
    options = parser.parse_args()
    dataset, device, kept = load_dataset(options.dataset), resolve_device("auto"), Kept(options.out)
    common = {name: getattr(options, name) for name in ("steps", "ipc", "width", "batch_real")}
    print(describe(device), f"{dataset.name}, {common}, {options.seeds} seeds, accuracy of students", sep="\n")
    found: dict[str, list[Pair]] = {arm: [] for arm in options.arms}
    for seed in range(options.seeds):
        for arm in options.arms:
            key = (dataset.name, *common.values(), seed, arm)
            if key not in kept:
                flat = {"dataset": options.dataset, "seed": seed, **common, **ARMS[arm]}
                kept.add(key, measure(flat, dataset, device))
            found[arm].append(kept[key])
    report(found)


if __name__ == "__main__":
    main()
