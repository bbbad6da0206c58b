"""Records the example run that the start page replays: `python -m examples.record` (minutes on two cores).

A run like any other, worked on in this process, in a runs folder of its own; what a replay needs is then copied here,
under the id it got: browsers keep the pictures of an id for good. Fashion-MNIST is downloaded if it is not in
DDCORE_DATA. From noise, so that one sees what the distiller does; the learning rate is a third of the published one, so
that one can follow it.
"""

import os
import shutil
import tempfile
from pathlib import Path

from ddcore.experiments.resolving import resolve
from ddcore.files import write_json
from ddcore.runs.folder import create_run, list_runs
from ddcore.runs.worker import work

HERE = Path(__file__).resolve().parent
SETTINGS = {
    "dataset": "fashion-mnist",
    "distiller": "dm",
    "init": "noise",
    "importance": "loss",
    "ipc": 1,
    "steps": 400,
    "width": 32,
    "batch_real": 64,
    "lr_images": 0.3,
    "device": "cpu",
    "evaluation": "quick",
    "repeats": 5,
    "evaluate_every": 20,
    "snapshot_every": 10,
    "seed": 0,
}
NOT_COPIED = {"checkpoint", ".lock", "log.txt"}


def record() -> Path:
    """Do the run, put it in the place of the example there was, and return its folder."""
    run = create_run(resolve(SETTINGS))
    if work(run) is None:
        raise SystemExit("The run was stopped; the example stays as it was.")
    for old in list_runs(HERE):
        shutil.rmtree(old.path)
    target = HERE / run.id
    shutil.copytree(run.path, target, ignore=lambda _, names: NOT_COPIED.intersection(names))
    write_json(target / "status.json", run.status() | {"pid": None, "started": None, "heartbeat": None})
    return target


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DDCORE_RUNS"] = folder
        print(f"recorded {record()}")
