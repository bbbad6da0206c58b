"""Values of one axis of a study against each other, row by row and over all rows, paired over seeds.

A row is one combination of the values of all other axes. Intervals have the level 1 - 0.05 / k each, k being how many
comparisons of the study have an interval (Bonferroni): those of all axes it is asked about (`asked_about`), by row and
over all rows, whether they are shown or not. So a comparison has one interval wherever it is shown, with 95 %
confidence all k hold together, and no more than one study in 20 says "better" or "worse" where nothing differs, even if
one looks at its axes one after another. A size is compared on demand only, and its comparisons count besides. Holm's or
Tukey's rules find a little more, but their verdicts come without intervals that match, or suppose equal spreads. k
counts pairs and never looks at a value, so it may grow while a study is running.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from ddcore.errors import BadInput
from ddcore.studies.found import Found
from ddcore.studies.grid import SEED, Grid
from ddcore.studies.names import Naming, spelled
from ddcore.studies.pairs import Accuracies, Difference
from ddcore.studies.rows import accuracies_of, by_place, place_of, rows_of

USUAL: Any = object()
"""No base was asked for; None would be one, the default of a setting."""
BASES = {"importance": "uniform", "init": "random"}
"""Axis -> the value others are compared with, unless another is chosen."""
MEASURES = ("accuracy", "kernel", "random", "initial", "full")
ERROR = 0.05
"""The chance of any false "better" or "worse" among the comparisons of a study."""
_SIZES = ("dataset", "ipc", "steps")
_BY_STUDENTS = {"protocol": "trained and tested differently", "students": "tested with different networks"}
_BY_ALL = {"tested_on": "tested on different images"}
_NONE = "No row can be compared; each says why."
_NO_SEED_YET = "Not run yet: no seed has been run in every row so far."
_SAME_RUN = "They are the same run: this setting has no effect here."


@dataclass(frozen=True)
class Comparison:
    """`value` of `axis` against `base` in one row."""

    axis: str
    row: dict[str, Any]
    """The other axes with several values -> their values here; {} over all rows."""
    value: Any
    base: Any
    accuracies: Accuracies
    """Of `value`, by seed, fractions; over all rows, their mean."""
    base_accuracies: Accuracies
    difference: Difference
    """Paired over the seeds that both have; its level takes the other comparisons of the study into account."""
    refused: str = ""
    """Why the two are not compared, in one sentence; then there is no pair."""
    left_out: dict[int, str] = field(default_factory=dict)
    """Seed -> why it has no pair although its runs have ended; those not run yet are not among them."""
    rows: int = 1
    """How many rows its accuracies are means of."""
    of_rows: int = 1
    """How many there are; the others cannot be compared, or not yet."""


@dataclass(frozen=True)
class Answer:
    """The values of one axis against one of them, `base`."""

    axis: str
    base: Any
    rows: list[Comparison]
    overall: list[Comparison]
    """Over all rows; empty where there is one row only."""
    counted: int = 0
    """How many comparisons of the study have an interval, those of other axes among them: its level goes by that."""

    @property
    def main(self) -> list[Comparison]:
        """Over all rows, or in the only row."""
        return self.overall or self.rows

    @property
    def shown(self) -> list[Comparison]:
        """All of them, those over all rows first."""
        return [*self.overall, *self.rows]


def answers(
    grid: Grid, found: dict[str, Found], axes: Sequence[str], base: Any = USUAL, measure: str = "accuracy",
    naming: Naming = spelled,
) -> list[Answer]:  # fmt: skip
    """An answer for each of `axes`, their intervals corrected for all comparisons of the study, asked for or not.

    `found`: by the key of a cell. `base`: of `axes`; others have their usual one. `naming`: what reasons call values.
    Over all rows, each seed has the mean of the rows, and counts where every row that can be compared has both sides:
    so every seed means the same rows, and rows with more to gain do not count for more seeds. Raises `BadInput` for an
    axis, a base or a measure that is not there.
    """
    if measure not in MEASURES:
        raise BadInput(f"There is no measure {measure!r}; choose from {', '.join(MEASURES)}.")
    compare = _Comparing(grid, by_place(grid, found), measure, naming)
    bases = {axis: base_of(grid, axis, base) for axis in axes}
    unasked = {axis: base_of(grid, axis) for axis in asked_about(grid) if axis not in bases}
    given = [compare.answer(axis, value) for axis, value in (bases | unasked).items()]
    count = sum(one.difference.count > 1 for answer in given for one in answer.shown)
    return [_corrected(answer, count) for answer in given[: len(bases)]]


def asked_about(grid: Grid) -> list[str]:
    """The axes that a study is about: what to run on and how much of it only if nothing else varies."""
    return [axis for axis in grid.varied if axis not in _SIZES] or list(grid.varied)


def base_of(grid: Grid, axis: str, base: Any = USUAL) -> Any:
    """The value of `axis` that others are compared with: `base`, or else the usual one, the default or the first."""
    values = grid.varied.get(axis)
    if values is None:
        raise BadInput(f"{axis!r} has no values to compare in this study; choose from {', '.join(grid.varied)}.")
    if base is USUAL:
        return next((value for value in (BASES.get(axis), None) if value in values), values[0])
    if base not in values:
        allowed = ", ".join(spelled(axis, value) for value in values)
        raise BadInput(f"{axis}={base!r} is not in this study; choose from {allowed}.")
    return base


class _Side(NamedTuple):
    """A value in one row: what its cells found, by seed, and the accuracies compared."""

    name: str
    cells: dict[int, Found]
    accuracies: Accuracies

    @property
    def untested(self) -> dict[int, str]:
        """Seed -> why its cell has no accuracy although it is there."""
        without = {seed: cell for seed, cell in self.cells.items() if seed not in self.accuracies}
        return {seed: f"{self.name}: {cell.refused or 'not tested.'}" for seed, cell in without.items()}


class _Comparing(NamedTuple):
    """Comparisons before they are corrected."""

    grid: Grid
    places: dict[str, dict[int, Found]]
    measure: str
    naming: Naming

    def answer(self, axis: str, base: Any) -> Answer:
        values = [value for value in self.grid.varied[axis] if value != base]
        rows = [self._one(axis, row, value, base) for row in rows_of(self.grid, axis) for value in values]
        by_value = [rows[place :: len(values)] for place in range(len(values))]
        return Answer(axis, base, rows, [_pooled(same) for same in by_value] if len(rows) > len(values) else [])

    def _one(self, axis: str, row: dict[str, Any], value: Any, base: Any) -> Comparison:
        one, other = self._side(axis, row, value), self._side(axis, row, base)
        difference = Difference.of(one.accuracies, other.accuracies)
        refused = self._unlike(one, other) if difference.count else self._missing(one, other)
        left_out = {} if refused else other.untested | one.untested
        kept = Difference(()) if refused else difference
        return Comparison(axis, row, value, base, one.accuracies, other.accuracies, kept, refused, left_out)

    def _side(self, axis: str, row: dict[str, Any], value: Any) -> _Side:
        cells = self.places.get(place_of(self.grid, row | {axis: value}), {})
        return _Side(self.naming(axis, value), cells, accuracies_of(cells, self.measure))

    def _missing(self, one: _Side, other: _Side) -> str:
        """Why there is no pair."""
        for side in (one, other):
            reasons = [cell.refused for cell in side.cells.values()]
            if reasons and all(reasons):
                return str(reasons[0])
            if not side.accuracies and len(side.cells) == len(self.grid.axes[SEED]):
                called = "accuracy" if self.measure == "accuracy" else f"{self.measure} accuracy"
                return f"The runs of {side.name} have no {called}: they were not tested."
        if untested := one.untested or other.untested:
            return f"No seed has both. {next(iter(untested.values()))}"
        return f"Not run yet: {one.name} and {other.name} have no seed in common so far."

    def _unlike(self, one: _Side, other: _Side) -> str:
        """Why the accuracies are no two measurements of the same kind; "" if they are."""
        runs = [{one.cells[seed].run, other.cells[seed].run} for seed in one.accuracies.keys() & other.accuracies]
        if all(len(both) == 1 and None not in both for both in runs):
            return _SAME_RUN
        tested = [side.cells[seed] for side in (one, other) for seed in side.accuracies]
        for name, words in (_BY_ALL if self.measure == "kernel" else _BY_STUDENTS | _BY_ALL).items():
            kinds = list(dict.fromkeys(str(getattr(cell, name)) for cell in tested))
            if len(kinds) > 1:
                more = "" if name == "tested_on" else f" ({'; '.join(kinds)})"
                return f"{one.name} and {other.name} were {words}{more}; only what was tested alike is compared."
        return ""


def _pooled(rows: list[Comparison]) -> Comparison:
    """One comparison of the means over the rows that can be compared."""
    first, kept = rows[0], [row for row in rows if not row.refused]
    blank = replace(first, row={}, accuracies={}, base_accuracies={}, left_out={}, rows=len(kept), of_rows=len(rows))
    if not kept:
        reasons = dict.fromkeys(row.refused for row in rows)
        return replace(blank, refused=next(iter(reasons)) if len(reasons) == 1 else _NONE)
    seeds = set.intersection(*(row.accuracies.keys() & row.base_accuracies.keys() for row in kept))
    left_out = {seed: reason for row in kept for seed, reason in row.left_out.items()}
    if not seeds:
        lost = f"No seed has every row. {next(iter(left_out.values()))}" if left_out else ""
        return replace(blank, difference=Difference(()), refused=lost or _NO_SEED_YET)
    one, other = (
        {seed: float(np.mean([getattr(row, side)[seed] for row in kept])) for seed in sorted(seeds)}
        for side in ("accuracies", "base_accuracies")
    )
    difference = Difference.of(one, other)
    return replace(blank, accuracies=one, base_accuracies=other, difference=difference, left_out=left_out)


def _corrected(answer: Answer, count: int) -> Answer:
    """With intervals of which `count` hold together."""
    level = 1 - ERROR / max(1, count)

    def widened(compared: list[Comparison]) -> list[Comparison]:
        return [replace(one, difference=replace(one.difference, level=level)) for one in compared]

    return replace(answer, rows=widened(answer.rows), overall=widened(answer.overall), counted=count)
