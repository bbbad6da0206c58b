"""Short runs of kernel methods on the toy dataset, for tests."""

import toy

from ddcore.experiments.settings import resolve
from ddcore.runs.folder import create_run

FEW = {"steps": 6, "width": 4, "batch_real": 4, "ipc": 1, "device": "cpu", "init": "random", "snapshot_every": 1}
SMALL = {
    "kip": {"labels": "learned"},
    "rfad": {"labels": "learned", "random_networks": 2, "random_width": 6},
    "frepo": {"max_online_updates": 3, "pool_size": 2},
}
MEASURES = ("mean", "std", "repeats", "images", "condition", "certificate")


def settings_of(distiller="kip", **settings):
    own = {"evaluation": "quick", "repeats": 2, "evaluate_every": 0}
    flat = {"dataset": toy.dataset().hash, "distiller": distiller, **FEW, **own, **SMALL.get(distiller, {})}
    return resolve(flat | settings)


def a_run(distiller="kip", **settings):
    return create_run(settings_of(distiller, **settings))


def told(run, name="kernel"):
    return [event for event in run.events()[0] if event["event"] == name]


def final_set(run):
    return run.snapshot(run.config()["settings"]["steps"])
