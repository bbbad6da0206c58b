"""Readable runs: a folder that holds something else must not break a page."""

from pathlib import Path

from ddcore.errors import BadInput
from ddcore.runs.folder import RunFolder, list_runs
from pages.parts.run_description import RunDescription
from pages.parts.run_words import STATES

UNREADABLE = (
    ArithmeticError, AttributeError, BadInput, IndexError, KeyError, OSError, RecursionError, TypeError, ValueError,
)  # fmt: skip
"""Errors from reading a run with a missing or wrong field."""


def sound_runs(root: Path | None = None) -> list[RunFolder]:
    """Distillation runs under `root` (default: the runs root) with a sound config and status."""
    return [run for run in list_runs(root) if is_sound(run)]


def is_sound(run: RunFolder) -> bool:
    try:
        config = run.config()
        about = RunDescription(config)
        words = about.short_name, about.sentence, config["created"][:16], STATES[run.state()]
        return config["kind"] == "distill" and all(words)
    except UNREADABLE:
        return False
