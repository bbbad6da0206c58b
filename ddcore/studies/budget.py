"""Accuracy against a number that grows: images per class, steps, or the seconds they took, and what more is worth."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from ddcore.errors import BadInput
from ddcore.runs.gains import Measured
from ddcore.studies.comparing import ERROR
from ddcore.studies.found import Found
from ddcore.studies.grid import Grid
from ddcore.studies.names import Naming, spelled
from ddcore.studies.pairs import Accuracies, Difference
from ddcore.studies.rows import accuracies_of, by_place, place_of, rows_of, settings_by_place

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


def growing(grid: Grid) -> list[str]:
    """The axes of several numbers; a value of None counts as the number that runs have by default."""
    numbers = {
        name: values
        for name, values in grid.varied.items()
        if all(_is_number(value) for value in values if value is not None)
    }
    usual = list(settings_by_place(grid).values()) if any(None in values for values in numbers.values()) else []
    return [name for name in numbers if all(_is_number(settings.get(name)) for settings in usual if settings)]


def lines(
    grid: Grid, found: dict[str, Found], axis: str = "ipc", where: dict[str, Any] | None = None, seconds: bool = False,
    naming: Naming = spelled,
) -> Lines:  # fmt: skip
    """A line over `axis` for each combination of the other axes, and lines for random images and for all the data.

    `where`: values of other axes to keep to. `seconds`: places are the mean seconds of distilling, not values of the
    axis; then there is no line of random images or all the data, which were not distilled. Lines share a chart if they
    were tested by one protocol, with one network, on the same images: those of the first line; others are refused.
    Combinations share the line of random images if theirs are the same, which a variant's, say, are not. `naming`: what
    lines call values. Raises `BadInput` for an axis without several numbers.
    """
    if axis not in growing(grid):
        raise BadInput(f"{axis!r} is no axis of several numbers in this study; vary it to draw accuracies along it.")
    drawn: list[_Row] = []
    refused: list[str] = []
    shared: set[tuple[str | None, str | None, str | None]] = set()
    for row in _rows(grid, found, axis, where or {}, naming):
        kinds = {(cell.protocol, cell.students, cell.tested_on) for at in row.cells.values() for cell in at.values()}
        if not kinds:
            refused.append(f"{row.name}: {row.refused or 'not run yet.'}")
        elif len(shared | kinds) > 1:
            refused.append(f"{row.name}: tested by another protocol, with another network or on other images.")
        else:
            shared = kinds
            drawn.append(row)
    baselines = [] if seconds else [line for role in (RANDOM, FULL) for line in _baselines(role, drawn, naming)]
    return Lines([*(_line(row, seconds) for row in drawn), *baselines], refused)


def worths(drawn: list[Line]) -> list[Worth]:
    """What one more is worth along each line but that of all the data, paired by seed.

    Their intervals hold together among themselves, as those of `answers` do.
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
    choices: dict[str, Any]
    name: str
    role: str
    cells: dict[float, dict[int, Found]]
    """Value of the axis, rising -> seed -> a cell that was tested."""
    refused: str
    """Why a cell of it cannot be run, if one cannot."""


def _rows(grid: Grid, found: dict[str, Found], axis: str, where: dict[str, Any], naming: Naming) -> Iterator[_Row]:
    places, known = by_place(grid, found), settings_by_place(grid)
    for row in rows_of(grid, axis):
        if not where.items() <= row.items():
            continue
        at = {place_of(grid, row | {axis: value}): value for value in grid.varied[axis]}
        role = SELECTED if {known[place]["distiller"] for place in at if known[place]} == {SELECTION} else DISTILLED
        cells: dict[float, dict[int, Found]] = {}
        for place, value in at.items():
            if tested := {seed: cell for seed, cell in places.get(place, {}).items() if cell.accuracy}:
                number = known[place][axis] if value is None else value
                cells[number] = cells.get(number, {}) | tested
        refused = next((cell.refused for place in at for cell in places.get(place, {}).values() if cell.refused), "")
        choices = {name: value for name, value in row.items() if name not in where}
        name = _named(choices, naming) or _NAMES[role]
        yield _Row(choices, name, role, dict(sorted(cells.items())), refused)


def _named(choices: dict[str, Any], naming: Naming) -> str:
    return " · ".join(naming(name, value) for name, value in choices.items())


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


def _baselines(role: str, rows: list[_Row], naming: Naming) -> Iterator[Line]:
    """One line for all rows whose baseline is the same for each value and seed; named by what they share if several."""
    groups: list[tuple[list[_Row], dict[tuple[float, int], Measured]]] = []
    for row in rows:
        measured = {
            (value, seed): one
            for value, at in row.cells.items()
            for seed, cell in at.items()
            if (one := getattr(cell, role)) is not None
        }
        if not measured:
            continue
        for members, pooled in groups:
            if all(pooled.get(place, one) == one for place, one in measured.items()):
                members.append(row)
                pooled.update(measured)
                break
        else:
            groups.append(([row], measured))
    for members, pooled in groups:
        alike = set.intersection(*(set(row.choices.items()) for row in members))
        own = {name: value for name, value in members[0].choices.items() if (name, value) in alike}
        where = f" ({_named(own, naming) or members[0].name})" if len(groups) > 1 else ""
        yield _baseline(role, f"{_NAMES[role]}{where}", pooled)


def _baseline(role: str, name: str, pooled: dict[tuple[float, int], Measured]) -> Line:
    """Over seeds where they differ; what all seeds share was measured once, and has the spread of its students."""
    levels, seeds = [], {}
    for place in sorted({place for place, _ in pooled}):
        at = {seed: one for (value, seed), one in pooled.items() if value == place}
        seeds[place] = {seed: one.mean for seed, one in at.items()}
        levels.append(_over_seeds(place, seeds[place]))
        if len(measured := set(at.values())) == 1:
            mean, std, n = measured.pop()
            levels[-1] = Level(place, 100 * mean, 100 * std if n > 1 else float("nan"), n, "students")
    return Line(name, role, tuple(levels), seeds)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
