"""Job functions that do nothing but take time, for tests of the frame they run in."""

import signal
import sys
import time

import numpy as np

from ddcore.files import write_npz

TICK = 0.02  # seconds
KINDS = {name: f"fake_jobs:{name}" for name in ("count", "crash", "slow_progress", "deaf", "undead")}


def count(job):
    """`settings["steps"]` steps, each with an event and every tenth with a snapshot."""
    settings = job.config["settings"]
    steps = settings["steps"]
    job.phase("distilling")
    for step in range(settings.get("from", 0) + 1, steps + 1):
        time.sleep(TICK)
        if step % 10 == 0:
            view = np.full((2, 8, 8, 1), step % 256, np.uint8)
            arrays = {"view": view, "classes": np.arange(2), "step": np.array(step)}
            write_npz(job.run.snapshot_path(step), **arrays)
            job.event("snapshot", step=step, file=job.run.snapshot_path(step).name)
        job.event("step", step=step, loss=np.float32(1 / step), worst=float("nan"))
        job.step(step, steps)
    return {"steps": steps}


def crash(job):
    print("about to crash", flush=True)
    raise RuntimeError("the fake went\nwrong")


def slow_progress(job):
    """Many more progress calls than anyone wants written."""
    job.phase("embedding")
    for done in range(1, 201):
        time.sleep(0.002)
        job.progress(done, 200, "points")
    return {"points": 200}


def deaf(job):
    """Never looks at what was asked of it."""
    print("deaf", file=sys.stderr, flush=True)
    job.event("phase", phase="deaf")
    while True:
        time.sleep(TICK)


def undead(job):
    """Deaf, and SIGTERM does nothing at all."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    deaf(job)
