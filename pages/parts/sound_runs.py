"""Runs that can be read, apart from folders that hold something else: one bad folder must not close a page."""

from pathlib import Path

from ddcore.errors import BadInput
from ddcore.runs.folder import RunFolder, list_runs
from pages.parts.run_description import RunDescription
from pages.parts.run_words import STATES

UNREADABLE = (AttributeError, BadInput, KeyError, TypeError, ValueError)
"""What reading a run raises when a field is missing or of another kind."""


def sound_runs(root: Path | None = None) -> list[RunFolder]:
    """Distillation runs under `root` (default: the runs root) whose config and status say what they should."""
    return [run for run in list_runs(root) if is_sound(run)]


def is_sound(run: RunFolder) -> bool:
    try:
        config = run.config()
        about = RunDescription(config)
        said = about.short_name, about.sentence, config["created"][:16], STATES[run.state()]
        return config["kind"] == "distill" and all(said)
    except UNREADABLE:
        return False
