"""Axes and values of a study in words: as flags and files spell them, and as people call them.

A value of None is the default of its setting; no text ever says "None".
"""

from collections.abc import Callable, Mapping
from typing import Any

from ddcore.distillers import DISTILLERS
from ddcore.importance import SCORES
from ddcore.initialisers import INITIALISERS
from ddcore.methods import About
from ddcore.sampling.following import FOLLOWERS
from ddcore.studies.grid import ARM, SEED, Cell, Grid

Naming = Callable[[str, Any], str]
"""(axis, value) -> what the value is called."""
_AXES = {
    "distiller": "method",
    "init": "start",
    "importance": "importance",
    ARM: "settings",
    "student_network": "students",
}


def spelled(axis: str, value: Any) -> str:
    """ "kmeans", "10", "default": a value as flags spell it, whatever its axis."""
    return "default" if value is None else str(value)


def axis_words(axis: str) -> str:
    """ "method", "start", "images per class" of "distiller", "init", "ipc": what the axis varies."""
    return _AXES.get(axis, axis.replace("_", " "))


def value_words(axis: str, value: Any) -> str:
    """ "DM", "k-means sensitivity", "ipc 10", "200 steps", "default start": a value, short enough for a table."""
    if value is None:
        return f"default {axis_words(axis)}"
    if axis == "distiller" and value in DISTILLERS.names():
        about = DISTILLERS.about(value)
        return about.abbreviation if about.distills else "selected images"
    if known := _about(axis, value):
        return known.short
    if axis in ("ipc", SEED):
        return f"{axis} {value}"
    if axis == "steps":
        return f"{value:,} step{'s' if value != 1 else ''}" if isinstance(value, int | float) else f"steps {value}"
    return str(value) if axis in ("dataset", ARM) else f"{axis_words(axis)} {value}"


def row_words(choices: Mapping[str, Any]) -> str:
    """ "DM · ipc 10 · uniform": the values of a cell but for its seed; "" where nothing is varied."""
    return " · ".join(value_words(axis, value) for axis, value in choices.items() if axis != SEED)


def cell_words(grid: Grid, cell: Cell) -> str:
    """ "ipc 10, k-means sensitivity, seed 2": how a cell differs from the others."""
    return ", ".join(value_words(name, cell.choices[name]) for name in (*grid.varied, SEED))


def _about(axis: str, value: Any) -> About | None:
    for registry in {
        "init": (INITIALISERS,), "importance": (SCORES, FOLLOWERS), "init_score": (SCORES,)
    }.get(axis, ()):  # fmt: skip
        if value in registry.names():
            return registry.about(value)
    return None
