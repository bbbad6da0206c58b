"""Accuracy against a number that grows: images per class, steps, or the seconds they took, and what more is worth."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from ddcore.errors import BadInput
from ddcore.runs.gains import Measured
from ddcore.studies.comparing import ERROR, accuracies_of, by_place, place_of, rows_of
from ddcore.studies.found import Found
from ddcore.studies.grid import Grid
from ddcore.studies.pairs import Accuracies, Difference

RANDOM, FULL, SELECTED, DISTILLED = "random", "full", "importance", "distilled"
"""Roles of lines: random images, all the data, images selected by importance, distilled images."""
SELECTION = "select"
_NAMES = {
    RANDOM: "random images", FULL: "all data, short training",
    SELECTED: "images selected by importance", DISTILLED: "distilled",
}  # fmt: skip


class Level(NamedTuple):
    """Percent at one place. `std`: over `n` seeds or students (`of`), n - 1 below; NaN for one."""

    place: float
    mean: float
    std: float
    n: int
    of: str = "seeds"


@dataclass(frozen=True)
class Line:
    name: str
    role: str
    levels: tuple[Level, ...]
    """By rising place."""
    seeds: dict[float, Accuracies]
    """Value of the axis -> accuracy by seed, fractions, rising."""


class Lines(NamedTuple):
    lines: list[Line]
    refused: list[str]
    """What has no line and why, a sentence each."""


@dataclass(frozen=True)
class Worth:
    """What one more is worth between two neighbouring values of the axis: `difference`, in points for each one more."""

    name: str
    role: str
    low: float
    high: float
    difference: Difference


def lines(
    grid: Grid, found: dict[str, Found], axis: str = "ipc", where: dict[str, Any] | None = None, seconds: bool = False
) -> Lines:
    """A line over `axis` for each combination of the other axes, one for random images and one for all the data.

    `where`: values of other axes to keep to. `seconds`: places are the mean seconds of distilling, not values of the
    axis; then there is no line of random images or all the data, which were not distilled. Lines share a chart if they
    were tested by one protocol, with one network, on the same images: those of the first line; others are refused.
    Raises `BadInput` for an axis without several numbers.
    """
    values = grid.varied.get(axis, ())
    if not values or not all(isinstance(value, int | float) for value in values):
        raise BadInput(f"{axis!r} is no axis of several numbers in this study; vary it to draw accuracies along it.")
    drawn: list[Line] = []
    refused: list[str] = []
    shared: set[tuple[str | None, str | None, str | None]] = set()
    pooled: dict[float, dict[int, Found]] = {value: {} for value in sorted(values)}
    for row in _rows(grid, found, axis, where or {}):
        kinds = {(cell.protocol, cell.students, cell.tested_on) for at in row.cells.values() for cell in at.values()}
        if not kinds:
            refused.append(f"{row.name}: {row.refused or 'not run yet.'}")
        elif len(shared | kinds) > 1:
            refused.append(f"{row.name}: tested by another protocol, with another network or on other images.")
        else:
            shared = kinds
            drawn.append(_line(row, seconds))
            for value, at in row.cells.items():
                pooled[value] |= at
    baselines = () if seconds else (RANDOM, FULL)
    return Lines([*drawn, *(line for role in baselines if (line := _baseline(role, pooled)))], refused)


def worths(drawn: list[Line]) -> list[Worth]:
    """What one more is worth along each line but that of all the data, paired by seed.

    Their intervals hold together, like those of `comparisons`.
    """
    found = []
    for line in drawn:
        places = list(line.seeds)
        for low, high in zip(places, places[1:], strict=False):
            difference = Difference.of(line.seeds[high], line.seeds[low])
            each = Difference(tuple(value / (high - low) for value in difference.values))
            if each.count and line.role != FULL:
                found.append(Worth(line.name, line.role, low, high, each))
    level = 1 - ERROR / max(1, sum(worth.difference.count > 1 for worth in found))
    return [replace(worth, difference=replace(worth.difference, level=level)) for worth in found]


class _Row(NamedTuple):
    name: str
    role: str
    cells: dict[float, dict[int, Found]]
    """Value of the axis -> seed -> a cell that was tested."""
    refused: str
    """Why a cell of it cannot be run, if one cannot."""


def _rows(grid: Grid, found: dict[str, Found], axis: str, where: dict[str, Any]) -> Iterator[_Row]:
    places = by_place(grid, found)
    asked = {place_of(grid, cell.choices): cell.settings.get("distiller") for cell in grid.cells()}
    for row in rows_of(grid, axis):
        if not where.items() <= row.items():
            continue
        at = {value: place_of(grid, row | {axis: value}) for value in sorted(grid.varied[axis])}
        role = SELECTED if {asked[place] for place in at.values()} == {SELECTION} else DISTILLED
        known = {value: places.get(place, {}) for value, place in at.items()}
        refused = next((cell.refused for seeds in known.values() for cell in seeds.values() if cell.refused), "")
        tested = {
            value: {seed: cell for seed, cell in seeds.items() if cell.accuracy} for value, seeds in known.items()
        }
        name = ", ".join(str(value) for name, value in row.items() if name not in where) or _NAMES[role]
        yield _Row(name, role, {value: seeds for value, seeds in tested.items() if seeds}, refused)


def _line(row: _Row, seconds: bool) -> Line:
    levels, accuracies = [], {value: accuracies_of(at) for value, at in row.cells.items()}
    for value, at in row.cells.items():
        times = [cell.seconds for cell in at.values() if cell.seconds is not None]
        if not seconds or times:
            levels.append(_over_seeds(float(np.mean(times)) if seconds else value, accuracies[value]))
    return Line(row.name, row.role, tuple(sorted(levels)), accuracies)


def _over_seeds(place: float, accuracies: Accuracies) -> Level:
    values = 100 * np.array(list(accuracies.values()))
    std = float(values.std(ddof=1)) if len(values) > 1 else float("nan")
    return Level(place, float(values.mean()), std, len(values))


def _baseline(role: str, pooled: dict[float, dict[int, Found]]) -> Line | None:
    """Over seeds where they differ; what all seeds share was measured once, and has the spread of its students."""
    levels, seeds = [], {}
    for value, at in pooled.items():
        measured: set[Measured] = {getattr(cell, role) for cell in at.values()} - {None}
        if measured:
            seeds[value] = accuracies_of(at, role)
            levels.append(_over_seeds(value, seeds[value]))
        if len(measured) == 1:
            mean, std, n = measured.pop()
            levels[-1] = Level(value, 100 * mean, 100 * std if n > 1 else float("nan"), n, "students")
    return Line(_NAMES[role], role, tuple(levels), seeds) if levels else None
