"""Rows of a study: its cells by the values of all axes that vary, seeds left aside."""

from collections.abc import Iterator
from itertools import islice, product
from typing import Any

from ddcore.errors import BadInput
from ddcore.studies.found import Found
from ddcore.studies.grid import SEED, Cell, Grid
from ddcore.studies.pairs import Accuracies


def by_place(grid: Grid, found: dict[str, Found]) -> dict[str, dict[int, Found]]:
    """Place in the grid, seeds left aside (`place_of`) -> seed -> what was found."""
    places: dict[str, dict[int, Found]] = {}
    for cell in grid.cells():
        known = found.get(cell.key)
        if known is not None:
            places.setdefault(place_of(grid, cell.choices), {})[cell.choices[SEED]] = known
    return places


def place_of(grid: Grid, choices: dict[str, Any]) -> str:
    """One text for the values of all axes with several values: values need not be hashable."""
    return repr([choices[axis] for axis in grid.varied])


def rows_of(grid: Grid, *without: str) -> Iterator[dict[str, Any]]:
    """Every combination of the values of the axes with several values, but for some of them."""
    others = {name: values for name, values in grid.varied.items() if name not in without}
    for values in product(*others.values()):
        yield dict(zip(others, values, strict=True))


def accuracies_of(cells: dict[int, Found], measure: str = "accuracy") -> Accuracies:
    """Seed -> accuracy, of the cells that have it."""
    known = {seed: getattr(cell, measure) for seed, cell in cells.items()}
    return {seed: one.mean for seed, one in known.items() if one is not None}


def settings_by_place(grid: Grid) -> dict[str, dict[str, Any]]:
    """Place in the grid -> the resolved settings of its first seed; {} where they cannot be run."""
    first = islice(grid.cells(), grid.size // len(grid.axes[SEED]))
    return {place_of(grid, cell.choices): resolved(cell) for cell in first}


def resolved(cell: Cell) -> dict[str, Any]:
    """The settings of a cell; {} if it cannot be run, which it says itself when its turn comes."""
    try:
        return cell.resolved()
    except BadInput:
        return {}
