"""Records the example run that the start page replays: `python -m examples.record` (a minute on two cores).

A run like any other, worked on in this process, in folders of its own; what a replay needs is then copied here, under
the id it got: browsers keep the pictures of an id for good.
"""

import os
import shutil
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SETTINGS = {
    "dataset": "digits",
    "distiller": "dm",
    "init": "kmeans-coreset",
    "importance": "loss",
    "ipc": 1,
    "steps": 400,
    "width": 32,
    "batch_real": 64,
    "device": "cpu",
    "evaluation": "quick",
    "repeats": 5,
    "evaluate_every": 20,
    "snapshot_every": 10,
    "seed": 0,
}


def record() -> Path:
    """Do the run, put it in the place of the example there was, and return its folder."""
    from ddcore.data.dataset import open_dataset
    from ddcore.files import write_json
    from ddcore.runs.folder import create_run, list_runs
    from ddcore.runs.worker import work
    from ddcore.settings import resolve

    run = create_run(resolve(SETTINGS))
    if work(run) is None:
        raise SystemExit("The run was stopped; the example stays as it was.")
    for old in list_runs(HERE):
        shutil.rmtree(old.path)
    target = HERE / run.id
    shutil.copytree(run.path, target, ignore=lambda _, names: {"checkpoint", ".lock", "log.txt"}.intersection(names))
    config = run.config()
    dataset = open_dataset(config["dataset"]["hash"])
    sizes = {"train": len(dataset.train.labels), "test": len(dataset.test.labels)}
    write_json(target / "config.json", config | {"dataset": config["dataset"] | sizes})
    write_json(target / "status.json", run.status() | {"pid": None, "started": None, "heartbeat": None})
    return target


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {f"DDCORE_{kind}": str(Path(folder) / kind.lower()) for kind in ("DATA", "CACHE", "RUNS")}
        print(f"recorded {record()}")
