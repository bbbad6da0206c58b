import os
import signal
import sys
from pathlib import Path

import pytest
import short_worker
import toy

from ddcore.places import runs_root
from ddcore.runs import folder, launch, states
from ddcore.studies.grid import Grid
from ddcore.studies.study import create_study


@pytest.fixture(autouse=True)
def short(own_folders, monkeypatch):
    """Short protocols, here and in workers, and no worker left behind."""
    short_worker.shorten(monkeypatch.setitem)
    monkeypatch.setattr(launch, "WORKER", (sys.executable, str(Path(short_worker.__file__))))
    yield
    for job in folder.list_runs(runs_root() / ".jobs"):
        status = job.status()
        if states.alive(status["pid"], status["started"]) and status["pid"] != os.getpid():
            os.kill(status["pid"], signal.SIGKILL)


@pytest.fixture
def settings(tmp_path):
    """What all cells of a small study share."""
    sizes = {"ipc": 1, "steps": 4, "width": 4, "batch_real": 4, "repeats": 2, "clusters": 3, "device": "cpu"}
    return {"dataset": toy.npz(tmp_path), "distiller": "dm", **sizes}


@pytest.fixture
def small(settings):
    """A study of two importances and two seeds, others on request."""

    def make(axes=None, **more):
        axes = {"importance": ["uniform", "kmeans"], "seed": [0, 1]} if axes is None else axes
        fixed = {name: value for name, value in (settings | more).items() if name not in axes}
        return create_study("Small", Grid(axes, fixed))

    return make
