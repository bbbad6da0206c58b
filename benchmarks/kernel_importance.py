"""The paper's claim for kernel-ridge distillers: does importance help KIP and RFAD, and which half of it?

    python -m benchmarks.kernel_importance --dataset fashion-mnist --distiller kip --seeds 5

Four arms, paired by seed: random images or a ridge coreset (in the method's own kernel features) as the start, uniform
batches or batches by the loss of the current set's own predictor (emphasis, half uniform, chosen anew every 20 steps).
Prints test accuracies of the method's own kernel predictor (for RFAD the same random networks in all arms of a seed)
before and after distilling, and each arm's paired difference to random images and uniform batches with its 95 %
interval (Student's t over seeds). What it runs is what `distill` runs. `--out` keeps every figure as a line of JSON;
what is in that file already is not run again.
"""

import argparse
from collections import deque
from dataclasses import replace

import numpy as np
import torch

from benchmarks.environment import describe
from benchmarks.paired import Kept, report
from ddcore.data.loading import load_dataset
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.settings import complete, resolve
from ddcore.loop import distill
from ddcore.networks.compute import resolve_device
from ddcore.randomness import Randomness
from ddcore.ridge.regression import Predictor
from ddcore.synthetic import SyntheticSet

FOLLOWING = {"importance": "student-loss", "mode": "emphasis", "uniform": 0.5, "refresh_every": 20}
ARMS = {
    "random, uniform": {"init": "random"},
    "ridge coreset, uniform": {"init": "ridge-coreset"},
    "random, loss emphasis": {"init": "random", **FOLLOWING},
    "ridge coreset, loss emphasis": {"init": "ridge-coreset", **FOLLOWING},
}
SETTINGS = {
    "kip": {"steps": 100, "batch_real": 200},
    "rfad": {
        "steps": 100, "batch_real": 50, "random_networks": 2, "random_width": 32, "lr_images": 0.05, "lr_scale": 0.1,
        "candidates": 500,
    },
}  # fmt: skip
TESTED_BY = {"rfad": {"random_networks": 4}}  # fewer leave more to chance
STARTS: dict[tuple, tuple[SyntheticSet, float]] = {}  # arms of one seed share a start: made and tested once


def measure(flat: dict, dataset, device: str) -> tuple[float, float]:
    """(kernel accuracy of the initial set, and after distilling), of all test images."""
    own = {name: value for name, value in flat.items() if name != "candidates" or "importance" in flat}
    experiment = Experiment.of(complete(resolve(own)), dataset, device)
    settings, problem = experiment.settings, experiment.problem(None)
    tester = replace(experiment.distiller, **TESTED_BY.get(settings.distiller, {}))
    rng = Randomness(settings.seed).at(2**31)  # of no step
    key = settings.distiller, settings.init, settings.ipc, settings.seed
    if key not in STARTS:
        STARTS.clear()
        initial = experiment.initial_set()[0]
        STARTS[key] = initial, accuracy(experiment, tester.predictor(problem, initial, rng))
    initial, before = STARTS[key]
    (last,) = deque(distill(problem, experiment.distiller, initial, settings.steps, settings.seed), maxlen=1)
    return before, accuracy(experiment, tester.predictor(problem, last.synthetic, rng))


def accuracy(experiment: Experiment, predictor: Predictor) -> float:
    labels = torch.as_tensor(np.array(experiment.dataset.test.labels), device=experiment.device)
    parts = [predictor(images).argmax(1) == labels[part] for part, images in experiment.test_images.chunks(2000)]
    return torch.cat(parts).double().mean().item()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dataset", default="fashion-mnist")
    parser.add_argument("--distiller", nargs="*", default=list(SETTINGS), choices=list(SETTINGS))
    parser.add_argument("--ipc", type=int, nargs="*", default=[1, 10])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--out", help="keep every figure here, and go on from what is there")
    options = parser.parse_args()
    dataset, device = load_dataset(options.dataset), resolve_device("auto")
    kept = Kept(options.out)
    print(describe(device), f"{dataset.name}, {options.seeds} seeds, kernel predictor's accuracy", sep="\n", flush=True)
    for name in options.distiller:
        for ipc in options.ipc:
            found: dict[str, list] = {arm: [] for arm in ARMS}
            for seed in range(options.seeds):
                for arm in sorted(ARMS):  # arms with the same start one after another
                    key = (dataset.name, name, ipc, seed, arm)
                    if key not in kept:
                        flat = {"dataset": options.dataset, "distiller": name, "ipc": ipc, "seed": seed}
                        kept.add(key, measure({**flat, **SETTINGS[name], **ARMS[arm]}, dataset, device))
                    found[arm].append(kept[key])
            print(f"\n{name}, ipc {ipc}: {SETTINGS[name]}")
            report(found)


if __name__ == "__main__":
    main()
