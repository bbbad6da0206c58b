"""Does importance help, and which half of it? One table over methods, datasets and images per class, paired by seed.

    python -m benchmarks.importance_table --methods dm kip --datasets mnist --ipc 1 10 --budget 60
    python -m benchmarks.importance_table --table

A *condition* is a start and a way to draw real batches; each is compared with random images and uniform batches under
the same seed. A *cell* is one condition for a method, a dataset, an ipc and a seed: one run, as `distill` runs it, and
one line of JSON in `--out`. A cell that is there already is not run again, so the same command goes on after a stop.
Seeds come round by round: whenever it stops, what is there is paired.

Accuracies are those of the set's own predictor where a distiller has one, else of students (quick protocol).
`--held-out` takes a variant of the dataset on which a sixth of the training images of each class tests, and never looks
at the test images: laws are chosen by these figures, and reported by those of the test images.
"""

import argparse
import sys
import time
from collections import deque
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.conditions import GROUPS, HARD, METHODS, TIMED, Condition
from benchmarks.environment import describe
from benchmarks.lines import Lines
from benchmarks.paired import NOT_RUN, Accuracies, Row, markdown_row, pooled_table, table
from ddcore.data.dataset import Dataset
from ddcore.data.loading import load_dataset
from ddcore.distillers import DISTILLERS
from ddcore.errors import BadInput
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.predictor import KernelEvaluation
from ddcore.importance import UNIFORM
from ddcore.loop import Diverged, distill
from ddcore.networks.compute import resolve_device
from ddcore.synthetic import SyntheticSet

_BUSY = "of processors, distilling"
VARIANTS = {"test": None, "held-out": "held-out:0.166667"}  # of the dataset, by what tests
RESULTS = Path(__file__).parent / "results" / "importance_table.jsonl"


@dataclass(frozen=True)
class Cell:
    method: str
    dataset: str
    ipc: int
    condition: Condition
    seed: int
    part: str  # what tests: "test" | "held-out"

    @property
    def key(self) -> dict[str, Any]:
        """What it runs, in full: a cell of other settings is another cell."""
        return {
            "method": self.method, "dataset": self.dataset, "ipc": self.ipc, "seed": self.seed, "part": self.part,
            "settings": self.settings,
        }  # fmt: skip

    @property
    def settings(self) -> dict[str, Any]:
        method, condition = METHODS[self.method], self.condition
        start = DISTILLERS.about(self.method).init if condition.own_start else "random"
        drawn = HARD | method.batches if condition.important else {"importance": UNIFORM}
        return {**method.settings, "init": start, **drawn, **condition.settings}


def cells(options: argparse.Namespace) -> list[Cell]:
    """Seed by seed, so that whenever one stops, what is there is paired. A condition of two groups comes once."""
    conditions = [condition for group in options.groups for condition in GROUPS[group].values()]
    distinct = [condition for i, condition in enumerate(conditions) if condition not in conditions[:i]]
    part = "held-out" if options.held_out else "test"
    grid = (range(options.seeds), options.methods, options.datasets, options.ipc, distinct)
    return [Cell(method, name, ipc, condition, seed, part) for seed, method, name, ipc, condition in product(*grid)]


class Runner:
    """Runs cells one after another; datasets, and the starts that neighbours share, are made once."""

    def __init__(self, device: str):
        self._device = device
        self._datasets: dict[tuple[str, str], Dataset] = {}
        self._starts: dict[tuple, SyntheticSet] = {}

    def run(self, cell: Cell) -> dict[str, Any]:
        """Accuracies of the cell's set (fractions, one a student or predictor), and the seconds of its parts: those of
        processors are steady on a busy machine, too."""
        dataset = self._dataset(cell.dataset, cell.part)
        chosen = {"distiller": cell.method, "ipc": cell.ipc, "seed": cell.seed, **cell.settings}
        experiment = Experiment.choose(dataset, self._device, **chosen)
        settings, problem = experiment.settings, experiment.problem(experiment.scores())
        began = time.perf_counter()
        start = self._start(experiment)
        started, busy = time.perf_counter(), time.process_time()
        (last,) = deque(distill(problem, experiment.distiller, start, settings.steps, settings.seed), maxlen=1)
        distilled, busy = time.perf_counter(), time.process_time() - busy
        kernel = KernelEvaluation.of(experiment)
        found = experiment.accuracy(last.synthetic) if kernel is None else kernel.test(last.synthetic).accuracy
        assert found is not None  # the set was tested
        return {
            "accuracy": found.values,
            "of": "students" if kernel is None else "predictor",
            "seconds": {
                "start": round(started - began, 1),
                "distilling": round(distilled - started, 1),
                _BUSY: round(busy, 1),
            },
        }

    def _dataset(self, name: str, part: str) -> Dataset:
        if (name, part) not in self._datasets:
            self._datasets[name, part] = load_dataset(name, variant=VARIANTS[part])
        return self._datasets[name, part]

    def _start(self, experiment: Experiment) -> SyntheticSet:
        settings = experiment.settings
        key = (experiment.dataset.hash, settings.ipc, settings.seed, settings.init, settings.init_score)
        key = (*key, repr(experiment.methods["init"]))
        if key not in self._starts:
            if len(self._starts) == 2:  # random images and the own start of the neighbours
                self._starts.clear()
            self._starts[key] = experiment.initial_set()[0]
        return self._starts[key]


def run_all(todo: list[Cell], lines: Lines, device: str, minutes: float | None) -> None:
    """Run what is not there yet, until the time is over; what cannot be run is said, and stays "not run"."""
    runner, began, machine, refused = Runner(device), time.monotonic(), describe(device), set()
    for number, cell in enumerate(todo, start=1):
        if cell.key in lines:
            continue
        if minutes is not None and time.monotonic() - began > 60 * minutes:
            print(f"stopped after {minutes:g} minutes; the same command goes on", file=sys.stderr)
            return
        try:
            found = runner.run(cell)
        except (BadInput, Diverged) as error:
            if str(error) not in refused:
                print(f"not run: {cell.method} with {cell.settings}: {error}", file=sys.stderr)
            refused.add(str(error))
            continue
        lines.add(cell.key, found | {"machine": machine})
        mean = 100 * float(np.mean(found["accuracy"]))
        print(f"{number}/{len(todo)} {cell.key}: {mean:.2f} % {found['seconds']}", flush=True)


def accuracies(lines: Lines, row: Row, condition: Condition, part: str, seeds: int) -> Accuracies:
    """What is there of one condition: seed -> mean accuracy of its students or predictors."""
    found = {seed: lines.get(Cell(*row, condition, seed, part).key) for seed in range(seeds)}
    return {seed: float(np.mean(values["accuracy"])) for seed, values in found.items() if values is not None}


def seconds_table(lines: Lines, rows: list[Row], conditions: dict[str, Condition], seeds: int) -> list[str]:
    """Lines of Markdown: processor seconds of distilling, means over the seeds of which they are known."""
    table = [markdown_row(["method", "dataset", "ipc", *conditions]), markdown_row(["---"] * (3 + len(conditions)))]
    for row in rows:
        known = []
        for condition in conditions.values():
            cells = (lines.get(Cell(*row, condition, seed, "test").key) for seed in range(seeds))
            known.append([v for cell in cells if cell and (v := cell["seconds"].get(_BUSY)) is not None])
        table.append(markdown_row([*map(str, row), *(f"{np.mean(v):.1f}" if v else NOT_RUN for v in known)]))
    return table


def print_tables(options: argparse.Namespace, lines: Lines) -> None:
    """A table for each group, on held-out images, which choose, and on test images, which report."""
    rows = list(product(options.methods, options.datasets, options.ipc))
    for group in options.groups:
        for part in ("held-out", "test"):
            found = {
                row: {
                    name: accuracies(lines, row, condition, part, options.seeds)
                    for name, condition in GROUPS[group].items()
                }
                for row in rows
            }
            print(f"\n{group}, {part} images\n", *table(found), sep="\n")
            print("\npooled over the rows of each method\n", *pooled_table(found), sep="\n")
        if group in TIMED:
            print(
                "\nprocessor seconds of distilling\n",
                *seconds_table(lines, rows, GROUPS[group], options.seeds),
                sep="\n",
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--methods", nargs="*", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--datasets", nargs="*", default=["mnist", "fashion-mnist"])
    parser.add_argument("--ipc", type=int, nargs="*", default=[1, 10])
    parser.add_argument("--groups", nargs="*", default=["halves", "laws"], choices=list(GROUPS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--held-out", action="store_true", help="test on training images kept aside, to choose by")
    parser.add_argument("--budget", type=float, help="minutes after which no further cell begins")
    parser.add_argument("--out", type=Path, default=RESULTS, help="what was run, a line of JSON each")
    parser.add_argument("--table", action="store_true", help="print what is there, and run nothing")
    options = parser.parse_args()
    if options.table:
        print_tables(options, Lines(options.out))
    else:
        run_all(cells(options), Lines(options.out), resolve_device("auto"), options.budget)


if __name__ == "__main__":
    main()
