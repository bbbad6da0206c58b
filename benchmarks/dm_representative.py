"""Which real batches help DM most? Uniform, emphasis by a proxy's loss, by the current student's loss, representative.

    python -m benchmarks.dm_representative --dataset fashion-mnist --seeds 3 --out benchmarks/results/F.txt

All arms of a seed start from the same k-means coreset, whose accuracy is measured once. Prints, and writes to `--out`
as it goes, the accuracy after distilling and the seconds of distilling for each arm and seed, and each arm's paired
difference to uniform batches. What it runs is what `distill` runs; importance scores are cached, so a second run is
quicker.
"""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.environment import describe
from ddcore.compute import resolve_device
from ddcore.data.dataset import Dataset
from ddcore.data.loading import load_dataset
from ddcore.experiment import Experiment
from ddcore.loop import distill
from ddcore.settings import complete, resolve

ARMS = {
    "uniform": {"importance": "uniform"},
    "loss emphasis": {"importance": "loss"},
    "student-loss emphasis": {"importance": "student-loss"},
    "representative": {"importance": "representative"},
}


def measured_seed(common: dict, arms: list[str], dataset: Dataset, device: str) -> Iterator[tuple[str, float, float]]:
    """Yield ("start", its accuracy, 0), then (arm, accuracy after distilling, seconds of distilling) of one seed.

    Accuracies are means over the students of the quick protocol.
    """
    initial = None
    for arm in arms:
        experiment = Experiment.of(complete(resolve(common | ARMS[arm])), dataset, device)
        if initial is None:
            initial, _ = experiment.initial_set()
            yield "start", experiment.accuracy(initial).mean, 0.0
        problem, settings, seconds = experiment.problem(experiment.scores()), experiment.settings, 0.0
        for event in distill(problem, experiment.distiller, initial, settings.steps, settings.seed):
            seconds, last = seconds + event.seconds, event
        yield arm, experiment.accuracy(last.synthetic).mean, seconds


def summary(found: dict[str, list[float]], seconds: dict[str, list[float]]) -> Iterator[str]:
    """One line an arm over the seeds: accuracy, gain over the start, paired difference to the first arm, cost."""
    base = next(iter(seconds))
    for arm, spent in seconds.items():
        parts = [f"{arm:<22} {points(found[arm])} %", f"gain {points(np.subtract(found[arm], found['start']), '+')}"]
        if arm != base:
            parts.append(f"against {base} {points(np.subtract(found[arm], found[base]), '+')}")
        yield "  ".join([*parts, f"distilling {np.mean(spent):.0f} s", f"(n = {len(spent)} seeds)"])


def points(fractions: list[float] | np.ndarray, sign: str = "") -> str:
    """Mean in percentage points, and the standard deviation (n - 1) where there is one."""
    spread = f" +- {100 * np.std(fractions, ddof=1):.2f}" if len(fractions) > 1 else ""
    return f"{100 * np.mean(fractions):{sign}.2f}{spread}"


def telling(path: str | None) -> Callable[[str], None]:
    """Print a line, and add it to the file where there is one (begun anew)."""
    if path:
        Path(path).write_text("")

    def tell(line: str) -> None:
        print(line, flush=True)
        if path:
            with Path(path).open("a") as file:
                file.write(line + "\n")

    return tell


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dataset", default="fashion-mnist")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--ipc", type=int, default=10)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--batch-real", type=int, default=64)
    parser.add_argument("--arms", nargs="*", default=list(ARMS), choices=list(ARMS))
    parser.add_argument("--out", help="also write the lines to this file")
    options = parser.parse_args()
    dataset, device, tell = load_dataset(options.dataset), resolve_device("auto"), telling(options.out)
    common = {name: getattr(options, name) for name in ("steps", "ipc", "width", "batch_real")}
    tell(describe(device))
    tell(f"{dataset.name}, {common}, init kmeans-coreset, quick evaluation")
    found: dict[str, list[float]] = {arm: [] for arm in ("start", *options.arms)}
    seconds: dict[str, list[float]] = {arm: [] for arm in options.arms}
    for seed in range(options.seeds):
        settings = {"dataset": options.dataset, "seed": seed, "init": "kmeans-coreset", **common}
        for arm, accuracy, spent in measured_seed(settings, options.arms, dataset, device):
            found[arm].append(accuracy)
            if arm in seconds:
                seconds[arm].append(spent)
            tell(f"seed {seed}  {arm:<22} {100 * accuracy:5.1f} %" + (f"  ({spent:.0f} s)" if spent else ""))
    for line in summary(found, seconds):
        tell(line)


if __name__ == "__main__":
    main()
