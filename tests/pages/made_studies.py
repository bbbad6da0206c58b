"""Studies as their job leaves them, without running anything."""

import time

from ddcore.files import write_json
from ddcore.runs.folder import RunFolder, create_job
from ddcore.runs.gains import Measured
from ddcore.studies.found import Found
from ddcore.studies.grid import SEED, Grid
from ddcore.studies.study import Study, create_study

HALVES = Grid(
    {
        "distiller": ("dm",),
        "ipc": (1,),
        "steps": (20,),
        "init": ("random", "kmeans-coreset"),
        "importance": ("uniform", "kmeans"),
        SEED: (0, 1, 2),
    },
    {"dataset": "digits", "width": 8, "repeats": 1},
)
"""Two starts x two ways to draw batches x three seeds."""
BUDGET = Grid(
    {
        "distiller": ("select", "dm"),
        "ipc": (1, 10, 50),
        "init": ("kmeans-coreset",),
        "importance": ("uniform", "kmeans"),
        SEED: (0, 1, 2),
    },
    {"dataset": "digits", "width": 8},
)
GAIN = {"kmeans": 0.02, "kmeans-coreset": 0.05}
"""Value -> what it adds to an accuracy, but for a little that depends on the seed."""


def accuracy_of(choices: dict) -> float:
    """What a made cell found: exact, so that tests can say what a page shows."""
    seed = choices[SEED]
    found = 0.5 + 0.03 * seed + sum(GAIN.get(value, 0.0) for value in choices.values() if isinstance(value, str))
    return found + (0.001 * (seed % 2) if choices.get("importance") == "kmeans" else 0.0)


def found_of(choices: dict, **given) -> Found:
    mean = accuracy_of(choices)
    along = tuple((step, step / 10, mean - 0.1 + step / 200) for step in (0, 5, 10, 15))
    about = {
        "accuracy": Measured(mean, 0.01, 3), "random": Measured(0.45, 0.02, 3), "initial": Measured(0.48, 0.01, 3),
        "full": Measured(0.9, 0.0, 1), "seconds": 2.0, "elapsed": 9.0, "machine": "2 CPUs", "curve": along,
        "protocol": "quick: 300 epochs", "students": "ConvNet of width 8", "tested_on": "0" * 16, "run": None,
    }  # fmt: skip
    return Found(**about | given)


def made_study(grid: Grid = HALVES, cells: int | None = None, name: str = "Halves", question: str = "") -> Study:
    """A study whose first `cells` cells (default: all that can be run) are there; others are refused."""
    from ddcore.errors import BadInput

    study = create_study(name, grid, question)
    for cell in list(grid.cells())[:cells]:
        try:
            cell.resolved()
            study.add(cell, found_of(cell.choices))
        except BadInput as refusal:
            study.add(cell, Found(refused=str(refusal)))
    return study


def made_job(study: Study, state: str, *, pid: int | None = None, **status) -> RunFolder:
    """The job of a study in `state`; `pid` is the living process behind it."""
    from ddcore.runs import states

    job, _ = create_job("study", {"study": study.id})
    started = states.process_started(pid) if pid else None
    now = time.time()
    fields = {"state": state, "pid": pid, "started": started, "updated": now, "heartbeat": now}
    write_json(job.path / "status.json", job.status() | fields | status)
    return job
