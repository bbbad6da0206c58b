"""Run folders written by hand, in any state, for tests of the pages that show them."""

import json
import time

import numpy as np

from ddcore.experiments.resolving import resolve
from ddcore.files import write_json, write_npz
from ddcore.places import runs_root
from ddcore.runs import states
from ddcore.runs.folder import BLANK_STATUS, RunFolder

STEPS = 40
PROTOCOL = {"name": "quick", "epochs": 300, "repeats": 3, "text": "quick: 300 epochs"}


def accuracy(step: int, mean: float, std: float = 0.0, repeats: int = 1) -> dict:
    return {"event": "accuracy", "step": step, "mean": mean, "std": std, "repeats": repeats, "protocol": "quick"}


def baseline(name: str, mean: float, std: float, repeats: int) -> dict:
    return {"event": "baseline", "name": name, "mean": mean, "std": std, "repeats": repeats}


TESTED = [
    accuracy(STEPS, 0.92, 0.004, 3),
    accuracy(0, 0.88, 0.01, 3),
    baseline("random", 0.75, 0.05, 3),
    baseline("full", 0.98, 0.0, 1),
]


def measured(step: int, **metrics) -> dict:
    """What a method measured at a step beside its loss: measured(3, **{"layer/conv 1": 0.5})."""
    return {"event": "step", "step": step, "loss": 1 / max(1, step), "seconds": 0.1, **metrics}


def write_events(run: RunFolder, events: list[dict]) -> None:
    with (run.path / "events.jsonl").open("a") as file:
        file.writelines(json.dumps({"time": time.time(), **event}) + "\n" for event in events)


def made_run(
    name: str, state: str, *, pid: int | None = None, step: int = STEPS, tested: bool = True, prepared: bool = True,
    status: dict | None = None, **settings,
) -> RunFolder:  # fmt: skip
    """A run of digits in `state`, `step` steps far; `pid` is the living process behind it."""
    run = RunFolder(runs_root() / name)
    asked = resolve({"dataset": "digits", "steps": STEPS, "width": 32, "device": "cpu", **settings})
    dataset = {"name": "digits", "hash": "0" * 16, "classes": [str(i) for i in range(10)], "shape": [1, 8, 8]}
    known = {"dataset": dataset, "network": {"width": 32, "depth": 2}, "device": "cpu", "protocol": PROTOCOL}
    config = {"kind": "distill", "id": name, "created": f"2026-01-01T00:00:00-{name}", "settings": asked, "queue": None}
    write_json(run.path / "config.json", config | (known if prepared else {"dataset": None}))
    started = states.process_started(pid) if pid else None
    now = time.time()
    fields = {"state": state, "phase": "distilling", "step": step, "total": STEPS, "pid": pid, "started": started}
    write_json(run.path / "status.json", BLANK_STATUS | fields | {"heartbeat": now, "updated": now} | (status or {}))
    if prepared:
        for at in range(0, step + 1, 10):
            view = np.full((10, 8, 8, 1), at, np.uint8)
            write_npz(run.snapshot_path(at), view=view, classes=np.arange(10), step=np.array(at))
        write_events(run, [{"event": "step", "step": i, "loss": 1 / i, "seconds": 0.1} for i in range(1, step + 1)])
        write_events(run, TESTED if tested else [])
    return run


def kernel(step: int, mean: float | None, condition: float | None, certificate: float | None) -> dict:
    """What a set's own predictor, one without chance, reached on all test images; with `mean` None it is not tested."""
    tested = {"mean": mean, "std": 0.0, "repeats": 1, "images": 359} if mean is not None else {}
    numbers = {"condition": condition, "certificate": certificate}
    return {"event": "kernel", "step": step, **dict.fromkeys(("mean", "std", "repeats", "images")), **tested, **numbers}


KERNEL = [
    kernel(0, 0.86, 26.0, 7.4),
    kernel(20, 0.94, 24.0, 12.0),
    kernel(STEPS, 0.96, 40.0, 0.5),
    baseline("kernel-random", 0.68, 0.10, 3),
]
PREDICTOR = "NTK of 1 hidden layer, ridge 1e-06"


def learned(step: int) -> np.ndarray:
    """(10, 10) float32 targets, rows that sum to one: from one-hot at step 0 to 1.5 on the own class at the last."""
    own = 1 + 0.5 * step / STEPS
    return np.where(np.eye(10, dtype=bool), own, (1 - own) / 9).astype(np.float32)


def made_kernel_run(
    name: str,
    state: str,
    *,
    events: list[dict] = KERNEL,
    with_targets: bool = True,
    predictor: str = PREDICTOR,
    **given,
) -> RunFolder:
    """The same of a kernel method, which writes labels into its snapshots (those of older runs: the first and last)."""
    run = made_run(name, state, **{"distiller": "kip", "labels": "learned"} | given)
    config = run.config()
    write_json(run.path / "config.json", config | {"kernel": predictor if config["dataset"] else None})
    for step in run.snapshot_steps():
        if with_targets or step in (0, STEPS):
            write_npz(run.snapshot_path(step), **run.snapshot(step), targets=learned(step))
    write_events(run, events)
    return run
