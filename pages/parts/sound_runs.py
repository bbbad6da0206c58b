"""Readable runs: a folder that holds something else must not break a page."""

from pathlib import Path

from ddcore.errors import BadInput
from ddcore.runs.folder import RunFolder, list_runs
from pages.parts.run_description import RunDescription
from pages.parts.run_words import STATES

_MISFIT = (ArithmeticError, AttributeError, IndexError, KeyError, OSError, RecursionError, TypeError, ValueError)
"""Errors from reading a config with a missing or wrong field."""


def sound_runs(root: Path | None = None) -> list[RunFolder]:
    """Distillation runs under `root` (default: the runs root) with a sound config and status."""
    return [run for run in list_runs(root) if not trouble(run)]


def trouble(run: RunFolder) -> str:
    """Why a run cannot be shown, in one sentence; "" if it can."""
    try:
        config = run.config()
        about = RunDescription(config)
        words = about.short_name, about.sentence, config["created"][:16], STATES[run.state()]
        rely = about.settings["dataset"], about.settings["steps"] > 0, about.settings["ipc"] > 0
        if dataset := config["dataset"]:
            rely += dataset["name"], dataset["hash"], dataset["classes"], dataset["shape"][2]
        sound = config["kind"] == "distill" and all((*words, *rely))
    except BadInput as error:
        return str(error)
    except _MISFIT:
        sound = False
    return "" if sound else f"The config.json of run {run.id!r} does not belong to a distillation run."
