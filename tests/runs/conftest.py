import os
import resource
import signal
import sys
from pathlib import Path

import fake_jobs
import pytest
from waiting import until

from ddcore.places import runs_root
from ddcore.progress import Stopped
from ddcore.runs import folder, launch, states, worker
from ddcore.runs.handle import Job

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def fake_kinds(own_folders, monkeypatch):
    """The fake kinds of job, here and in workers, and no worker left behind."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(launch, "WORKER", (sys.executable, str(HERE / "fake_worker.py")))
    monkeypatch.setattr(worker, "KINDS", worker.KINDS | fake_jobs.KINDS)
    yield
    for run in folder.list_runs() + folder.list_runs(runs_root() / ".jobs"):
        status = run.status()
        if states.alive(status["pid"], status["started"]) and status["pid"] != os.getpid():
            os.kill(status["pid"], signal.SIGKILL)


@pytest.fixture
def wait_for():
    def wait(run, *wanted):
        return until(lambda: (state := run.state()) in wanted and state)

    return wait


@pytest.fixture
def started(wait_for):
    """A run of a fake kind, launched and at work."""

    def start(kind="count", steps=1000, queue=None, wanted=("running",)):
        run = folder.create_run({"steps": steps}, kind=kind, queue=queue)
        launch.launch(run)
        wait_for(run, *wanted)
        return run

    return start


@pytest.fixture
def stop_at(monkeypatch):
    """Stop the next run after a step, as a person would, or break it there."""

    def arrange(step, error=Stopped):
        plain = Job.step

        def stopping(self, number, total):
            if number == step:
                monkeypatch.setattr(Job, "step", plain)
                raise error
            plain(self, number, total)

        monkeypatch.setattr(Job, "step", stopping)

    return arrange


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """A test may limit the size of files: the limit ends with it, before pytest writes to its own output."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        return (yield)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
