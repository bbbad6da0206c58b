"""Values of one axis of a study against each other, row by row, paired over seeds.

A row is one combination of the values of all other axes. Comparisons that are shown together have intervals at the
level 1 - 0.05 / k each, k being how many of them have an interval (Bonferroni): with 95 % confidence all k hold
together, so no more than one study in 20 says "better" or "worse" where nothing differs. Holm's or Tukey's rules find
a little more, but their verdicts come without intervals that match, or suppose equal spreads. k counts pairs and never
looks at a value, so it may grow while a study is running.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from ddcore.errors import BadInput
from ddcore.studies.found import Found
from ddcore.studies.grid import SEED, Grid
from ddcore.studies.pairs import Accuracies, Difference

BASES = {"importance": "uniform", "init": "random"}
"""Axis -> the value others are compared with, unless another is chosen."""
MEASURES = ("accuracy", "kernel", "random", "initial", "full")
ERROR = 0.05
"""The chance of any false "better" or "worse" among comparisons shown together."""
_BY_STUDENTS = {"protocol": "trained and tested differently", "students": "tested with different networks"}
_BY_ALL = {"tested_on": "tested on different images"}


@dataclass(frozen=True)
class Comparison:
    """`value` against `base` in one row."""

    row: dict[str, Any]
    """The other axes with several values -> their values here; {} over all rows."""
    value: Any
    base: Any
    accuracies: Accuracies
    """Of `value`, by seed, fractions; over all rows, their mean."""
    base_accuracies: Accuracies
    difference: Difference
    """Paired over the seeds that both have; its level takes into account what it is shown with."""
    refused: str = ""
    """Why the two are not compared, in one sentence; then there is no pair."""
    rows: int = 1
    """How many rows its accuracies are means of."""


def comparisons(
    grid: Grid, found: dict[str, Found], axis: str, base: Any = None, measure: str = "accuracy"
) -> list[Comparison]:
    """Every value of `axis` against `base`, row by row; `found` by the key of a cell.

    Raises `BadInput` for an axis, a base or a measure that is not there.
    """
    return _corrected(_compared(grid, found, axis, base, measure))


def overall(
    grid: Grid, found: dict[str, Found], axis: str, base: Any = None, measure: str = "accuracy"
) -> list[Comparison]:
    """Every value of `axis` against `base` over all rows that can be compared: per seed, the mean of the rows.

    A seed counts where every such row has both sides: so every seed means the same rows, and rows with more to gain do
    not count for more seeds. These comparisons answer one question together and are corrected for their own number.
    """
    by_value: dict[str, list[Comparison]] = {}
    for comparison in _compared(grid, found, axis, base, measure):
        by_value.setdefault(repr(comparison.value), []).append(comparison)
    return _corrected(_pooled(rows) for rows in by_value.values())


def together(compared: Iterable[Comparison]) -> int:
    """How many of the comparisons have an interval: what their level takes into account."""
    return sum(comparison.difference.count > 1 for comparison in compared)


def base_of(grid: Grid, axis: str, base: Any = None) -> Any:
    """The value of `axis` that others are compared with: `base`, or the usual one, or the first."""
    values = grid.varied.get(axis)
    if values is None:
        raise BadInput(f"{axis!r} has no values to compare in this study; choose from {', '.join(grid.varied)}.")
    if base is None:
        return BASES[axis] if BASES.get(axis) in values else values[0]
    if base not in values:
        raise BadInput(f"{axis}={base!r} is not in this study; choose from {', '.join(map(str, values))}.")
    return base


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


class _Side(NamedTuple):
    """A value in one row: what its cells found, by seed, and the accuracies compared."""

    value: Any
    cells: dict[int, Found]
    accuracies: Accuracies


def _compared(grid: Grid, found: dict[str, Found], axis: str, base: Any, measure: str) -> list[Comparison]:
    if measure not in MEASURES:
        raise BadInput(f"There is no measure {measure!r}; choose from {', '.join(MEASURES)}.")
    base, places = base_of(grid, axis, base), by_place(grid, found)

    def side(row: dict[str, Any], value: Any) -> _Side:
        cells = places.get(place_of(grid, row | {axis: value}), {})
        return _Side(value, cells, accuracies_of(cells, measure))

    return [
        _one(row, side(row, value), side(row, base), measure, len(grid.axes[SEED]))
        for row in rows_of(grid, axis)
        for value in grid.varied[axis]
        if value != base
    ]


def _one(row: dict[str, Any], one: _Side, other: _Side, measure: str, seeds: int) -> Comparison:
    difference = Difference.of(one.accuracies, other.accuracies)
    refused = _unlike(one, other, measure) if difference.count else _missing(one, other, measure, seeds)
    kept = Difference(()) if refused else difference
    return Comparison(row, one.value, other.value, one.accuracies, other.accuracies, kept, refused)


def _missing(one: _Side, other: _Side, measure: str, seeds: int) -> str:
    """Why there is no pair."""
    for side in (one, other):
        reasons = [cell.refused for cell in side.cells.values()]
        if reasons and all(reasons):
            return str(reasons[0])
        if not side.accuracies and len(side.cells) == seeds:
            called = "accuracy" if measure == "accuracy" else f"{measure} accuracy"
            return f"The runs of {side.value} have no {called}: they were not tested."
    return f"Not run yet: {one.value} and {other.value} have no seed in common so far."


def _unlike(one: _Side, other: _Side, measure: str) -> str:
    """Why the accuracies do not measure the same; "" if they do."""
    tested = [side.cells[seed] for side in (one, other) for seed in side.accuracies]
    for name, words in (_BY_ALL if measure == "kernel" else _BY_STUDENTS | _BY_ALL).items():
        kinds = list(dict.fromkeys(str(getattr(cell, name)) for cell in tested))
        if len(kinds) > 1:
            more = "" if name == "tested_on" else f" ({'; '.join(kinds)})"
            return f"{one.value} and {other.value} were {words}{more}; only what was tested alike is compared."
    return ""


def _pooled(rows: list[Comparison]) -> Comparison:
    """One comparison of the means over the rows that can be compared."""
    first, kept = rows[0], [row for row in rows if not row.refused]
    if not kept:
        reasons = dict.fromkeys(row.refused for row in rows)
        refused = next(iter(reasons)) if len(reasons) == 1 else "No row can be compared; each says why."
        return replace(first, row={}, accuracies={}, base_accuracies={}, refused=refused, rows=0)
    seeds = set.intersection(*(row.accuracies.keys() & row.base_accuracies.keys() for row in kept))
    one, other = (
        {seed: float(np.mean([getattr(row, side)[seed] for row in kept])) for seed in sorted(seeds)}
        for side in ("accuracies", "base_accuracies")
    )
    refused = "" if seeds else "Not run yet: no seed has been run in every row so far."
    return Comparison({}, first.value, first.base, one, other, Difference.of(one, other), refused, len(kept))


def _corrected(compared: Iterable[Comparison]) -> list[Comparison]:
    compared = list(compared)
    level = 1 - ERROR / max(1, together(compared))
    return [replace(one, difference=replace(one.difference, level=level)) for one in compared]
