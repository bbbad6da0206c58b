"""The grid that the flags of `study` ask for: a new one, or a wider one of a study or file."""

import argparse
from typing import Any

from ddcore.commands import typed_file
from ddcore.commands.distill import fields
from ddcore.commands.flags import given
from ddcore.errors import BadInput
from ddcore.runs.damage import json_object
from ddcore.studies.grid import SEED, Grid
from ddcore.studies.rows import settings_by_place
from ddcore.studies.study import Study

SEEDS = 3  # of a study whose flags do not say how many


def asked_values(options: argparse.Namespace) -> dict[str, list[Any]]:
    """Setting -> the values that flags give, seeds counted out."""
    asked = {name: value if isinstance(value, list) else [value] for name, value in given(options, fields()).items()}
    if options.seeds is not None:
        first = asked.get(SEED, [0])
        if len(first) > 1:
            raise BadInput(f"--seeds {options.seeds} and {len(first)} values of --seed say two things; choose one.")
        if options.seeds < 1:
            raise BadInput(f"--seeds {options.seeds} is not allowed; choose a whole number from 1 on.")
        asked[SEED] = list(range(first[0], first[0] + options.seeds))
    return asked


def asked_grid(text: str | None, known: Study | None, asked: dict[str, list[Any]], options: argparse.Namespace) -> Grid:
    if text is None:
        seeds = asked.pop(SEED, None)
        first = seeds[0] if seeds else 0
        if seeds is None or (len(seeds) == 1 and options.seeds is None):
            seeds = list(range(first, first + SEEDS))
        several = {name: tuple(values) for name, values in asked.items() if len(values) > 1}
        fixed = {name: values[0] for name, values in asked.items() if len(values) == 1}
        return Grid(several | {SEED: tuple(seeds)}, fixed, preset=options.preset)
    if options.preset is not None:
        raise BadInput(f"--preset {options.preset} cannot be changed in a study that is there; make another one.")
    grid = known.grid if known else Grid.from_json(study_file(text)["grid"])
    return _wider(grid, asked)


def _wider(grid: Grid, asked: dict[str, list[Any]]) -> Grid:
    """The grid with more values: what was fixed, or the default, is the first value of a new axis."""
    axes, fixed = dict(grid.axes), dict(grid.fixed)
    for name, values in asked.items():
        old = axes.get(name) or (fixed.get(name),)
        there = (*old, _default(grid, name)) if None in old else old
        new = (*old, *(value for value in values if value not in there))
        if len(new) > len(old):
            axes[name] = new
            fixed.pop(name, None)
    return Grid(axes, fixed, grid.arms, grid.preset)


def _default(grid: Grid, name: str) -> Any:
    """The value of a setting in all runs that do not set it; None if they differ in it, or it is a method's own."""
    axes, fixed = ({key: value for key, value in given.items() if key != name} for given in (grid.axes, grid.fixed))
    usual = {settings.get(name) for settings in settings_by_place(Grid(axes, fixed, grid.arms, grid.preset)).values()}
    return usual.pop() if len(usual) == 1 else None


def study_file(text: str) -> dict[str, Any]:
    try:
        written = json_object(typed_file(text), f"study file {text!r}")
    except FileNotFoundError:
        raise BadInput(f"There is no file {text!r}.") from None
    return written if "grid" in written else {"grid": written}
