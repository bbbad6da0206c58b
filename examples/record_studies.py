"""The studies that come with the project.

    python -m examples.record_studies                 those of the tables in benchmarks/results
    python -m examples.record_studies STUDY as NAME   one of your own, under that name

Whoever opens the explorer can look at them without running anything. `python -m ddcore study
examples/studies/NAME/study.json` makes the same runs again, and `python -m ddcore study examples/importance-table.json`
those of the table of importance, all methods at once.
"""

import re
import sys
from collections import Counter
from collections.abc import Sequence
from shutil import copyfile
from typing import Any

import numpy as np

from benchmarks.conditions import CHOSEN, FOLLOWERS, HALVES, HARD, LAWS, SIZES, Condition
from benchmarks.importance_table import RESULTS, VARIANTS
from benchmarks.importance_table import Cell as TableCell
from benchmarks.lines import Lines
from ddcore.data.loading import load_dataset
from ddcore.experiments.experiment import Experiment
from ddcore.files import write_json
from ddcore.importance import UNIFORM
from ddcore.networks import in_words
from ddcore.runs.gains import Measured
from ddcore.studies.found import Found
from ddcore.studies.grid import ARM, SEED, Cell, Grid
from ddcore.studies.study import EXAMPLES, VERSION, Study, open_study

CREATED = "2026-11-24T00:00:00+00:00"  # the day of most tables
LATER = {"importance-rfad", "followers-dm"}  # those of 2026-11-30
DATASETS, IPC, SEEDS = ("mnist", "fashion-mnist"), (1, 10), (0, 1, 2)
NAMES = {"dm": "DM", "dsa": "DSA", "ncfm": "NCFM", "frepo": "FRePo", "mtt": "MTT"}

QUESTION = (
    "The start that the method would choose, real batches drawn by importance, or both: what helps, against random "
    "images and uniform batches?"
)
LAWS_QUESTION = (
    "Hard or easy images more often, weights that undo it, or strata: does any law beat uniform batches? Held-out "
    "training images answer, since laws are chosen by them."
)
WIDER = RESULTS.parent / "dm_importance-fashion-mnist.txt"
WIDER_QUESTION = (
    "Width 32, 200 steps, the setting of the table of the paper's claim for DM, whose accuracies these are: means of "
    "students, whose spread was not kept. A k-means coreset as the start, batches by relative loss, or both?"
)
TABLE = EXAMPLES.parent / "importance-table.json"


def record_tables() -> None:
    """Which half of importance helps, a study for each method; which law, chosen by held-out images and then tested;
    and for DM the size of real batches, and those that follow the set."""
    lines = Lines(RESULTS)
    for method, name in NAMES.items():
        record(lines, f"importance-{method}", f"Which half of importance helps {name}?", QUESTION, method, HALVES)
    write_table()
    question = QUESTION.replace("that the method would choose", "by a ridge coreset")
    record(lines, "importance-rfad", "Which half of importance helps RFAD?", question, "rfad", HALVES, seeds=range(5))
    for method, seeds in {"dm": SEEDS, "ncfm": SEEDS, "dsa": SEEDS[:2], "rfad": SEEDS[:2]}.items():
        name = f"Which law helps {method.upper()}?"
        record(lines, f"laws-{method}", name, LAWS_QUESTION, method, LAWS, seeds=seeds, part="held-out")
    question = "Batches chosen anew every 20 steps, by students' loss or to represent each class: do they help DM?"
    record(lines, "followers-dm", "Batches that follow the set, for DM", question, "dm", FOLLOWERS)
    question = "Fewer real images a step, drawn uniformly or evenly over strata of them: what is lost against 64?"
    record(lines, "batches-dm", "Small real batches for DM", question, "dm", SIZES, DATASETS[1:])
    question = "Held-out images chose a law for DSA, easy images more often: does it hold on test images?"
    record(lines, "easy-dsa", "Easy images for DSA", question, "dsa", CHOSEN)


def record(
    lines: Lines,
    id: str,
    name: str,
    question: str,
    method: str,
    conditions: dict[str, Condition],
    datasets: Sequence[str] = DATASETS,
    seeds: Sequence[int] = SEEDS,
    part: str = "test",
) -> None:
    """The lines of the table, as the cells of a study whose arms are its conditions."""
    shared, arms = arms_of(method, conditions)
    fixed = {"distiller": method, **({"variant": VARIANTS[part]} if VARIANTS[part] else {}), **shared}
    grid = Grid({"dataset": tuple(datasets), "ipc": IPC, SEED: tuple(seeds)}, fixed, arms)
    study = _begun(id, name, question, grid)
    told = Counter[bool]()
    for cell in grid.cells():
        at = (cell.choices["dataset"], cell.choices["ipc"], conditions[cell.choices[ARM]], cell.choices[SEED])
        row = lines.get(TableCell(method, *at, part).key)
        told[row is not None] += 1
        if row is not None:
            study.add(cell, found_of(row, grid, cell))
    size = sum(path.stat().st_size for path in study.path.iterdir())
    print(f"{id}: {told[True]} cells of {grid.size}, {size // 1024} KiB")


def record_wider() -> None:
    """DM at width 32, 200 steps, from the lines of its own file: "seed 0  random, uniform  74.59 ->  79.24 %"."""
    shared = {"distiller": "dm", "dataset": "fashion-mnist", "steps": 200, "width": 32, "batch_real": 64}
    starts = {"random": {"init": "random"}, "k-means coreset": {"init": "kmeans-coreset"}}
    drawn = {"uniform": {"importance": UNIFORM}, "loss emphasis": HARD | {"importance": "loss"}}
    arms = {f"{start}, {law}": starts[start] | drawn[law] for law in drawn for start in starts}
    grid = Grid({"ipc": (10,), SEED: SEEDS}, shared, arms)
    study = _begun("importance-dm-wide", "Which half of importance helps a wider DM?", WIDER_QUESTION, grid)
    machine = WIDER.read_text().split("\n")[1].partition(", python")[0]
    lines = re.findall(r"^seed (\d)  (.+?) +([\d.]+) -> +([\d.]+) %$", WIDER.read_text(), flags=re.MULTILINE)
    found = {(int(seed), arm): (float(start) / 100, float(end) / 100) for seed, arm, start, end in lines}
    for cell in grid.cells():
        start, end = found[cell.choices[SEED], cell.choices[ARM]]
        known = {"accuracy": Measured(end, 0.0, 1), "initial": Measured(start, 0.0, 1)}
        study.add(cell, Found(**known, **_tested(grid, cell), machine=machine))
    print(f"{study.id}: {len(study.found())} cells of {grid.size}")


def arms_of(method: str, conditions: dict[str, Condition]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """What all conditions set alike for a method, and the rest by condition."""
    arms = {condition: settings_of(method, conditions[condition]) for condition in conditions}
    shared = {
        key: value
        for key, value in next(iter(arms.values())).items()
        if all(_has(arm, key, value) for arm in arms.values())
    }
    own = {arm: {key: value for key, value in given.items() if key not in shared} for arm, given in arms.items()}
    return shared, own


def write_table() -> None:
    """The runs of all methods as one study. It is not recorded as one: methods are tested in different ways, and a
    verdict would have to allow for five times as many comparisons."""
    fixed: dict[str, Any] = {}
    arms: dict[str, dict[str, Any]] = {condition: {} for condition in HALVES}
    for method in NAMES:
        shared, own = arms_of(method, HALVES)
        fixed |= {f"{method}.{name}": value for name, value in shared.items()}
        for condition, settings in own.items():
            arms[condition] |= {f"{method}.{name}": value for name, value in settings.items()}
    grid = Grid({"distiller": tuple(NAMES), "dataset": DATASETS, "ipc": IPC, SEED: SEEDS}, fixed, arms)
    written = {"name": "Which half of importance helps?", "question": QUESTION, "grid": grid.to_json()}
    write_json(TABLE, written)


def settings_of(method: str, condition: Condition) -> dict[str, Any]:
    return TableCell(method, DATASETS[0], IPC[0], condition, 0, "test").settings


def _begun(id: str, name: str, question: str, grid: Grid) -> Study:
    study, created = Study(EXAMPLES / id), CREATED.replace("-24T", "-30T") if id in LATER else CREATED
    written = {"version": VERSION, "name": name, "question": question, "created": created, "grid": grid.to_json()}
    write_json(study.path / "study.json", written)
    (study.path / "cells.jsonl").unlink(missing_ok=True)
    return study


def _has(settings: dict[str, Any], key: str, value: Any) -> bool:
    return key in settings and settings[key] == value


def found_of(row: dict[str, Any], grid: Grid, cell: Cell) -> Found:
    """A line of the table as what a run finds: how students were trained follows from its settings."""
    values = row["accuracy"]
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    measured = {"students": "accuracy", "predictor": "kernel"}[row["of"]]
    return Found(
        **{measured: Measured(float(np.mean(values)), spread, len(values))}, seconds=row["seconds"]["distilling"],
        machine=row["machine"].partition(", python")[0], **_tested(grid, cell),
    )  # fmt: skip


def _tested(grid: Grid, cell: Cell) -> dict[str, str]:
    """By what protocol, with which students and on whose images the cell's set was tested."""
    settings = grid.complete(cell)
    experiment = Experiment.of(settings, load_dataset(settings["dataset"], variant=settings["variant"]), "cpu")
    return {
        "protocol": experiment.protocol_in_words, "students": in_words(experiment.student_network.describe()),
        "tested_on": experiment.dataset.hash,
    }  # fmt: skip


def record_own(text: str, id: str) -> None:
    """A study of one's own with all it found; the names of its runs lead nowhere elsewhere and stay all the same."""
    study, folder = open_study(text), EXAMPLES / id
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("study.json", "cells.jsonl"):
        copyfile(study.path / name, folder / name)
    print(f"{id}: {len(study.found())} cells of {study.grid.size}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            record_tables()
            record_wider()
        case [own, "as", id]:
            record_own(own, id)
        case _:
            sys.exit(__doc__)
