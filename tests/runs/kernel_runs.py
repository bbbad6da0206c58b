"""Short runs of kernel methods on the toy dataset, for tests."""

import toy

from ddcore.distillers import DISTILLERS
from ddcore.runs.folder import create_run

BY_THEMSELVES = [name for name in DISTILLERS.names() if DISTILLERS.about(name).predictor]
IN_STEPS = [name for name in BY_THEMSELVES if not DISTILLERS.about(name).closed_form]
MEASURES = ("mean", "std", "repeats", "images", "condition", "certificate")


def settings_of(distiller="kip", **settings):
    own = {"evaluation": "quick", "repeats": 2, "evaluate_every": 0}
    return toy.run_settings(distiller, **own | settings)


def a_run(distiller="kip", **settings):
    return create_run(settings_of(distiller, **settings))


def told(run, name="kernel"):
    return [event for event in run.events()[0] if event["event"] == name]


def final_set(run):
    return run.snapshot(run.config()["settings"]["steps"])
