"""The rows of a study's grid, and why some of its cells cannot be run."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.experiments.settings import DistillSettings, split
from ddcore.experiments.sizes import check_set_size
from ddcore.studies.grid import SEED, Cell, Grid
from ddcore.studies.names import axis_words, value_words
from pages.parts.study.words import row_words
from pages.parts.words import plain

_SETTING = re.compile(r"\b(\w+)=(?:'([^']*)'|(\d[\d.]*\b))")


class Row(NamedTuple):
    """Cells that differ in their seed only."""

    words: str
    cells: dict[int, Cell]
    """By seed."""
    keys: dict[int, str]
    """Of the cells."""


def rows_of(grid: Grid) -> tuple[Row, ...]:
    """The grid row by row, in the order of its axes; words name what is varied."""
    return _rows(_text(grid))


def refusals(grid: Grid, datasets: Mapping[str, Dataset] | None = None) -> dict[str, str]:
    """Key of a cell -> why it cannot be run. `datasets`: by their specs, for their sizes, where they are known."""
    return dict(_refused(_text(grid))) | _too_large(grid, datasets or {})


def reasons(rows: Sequence[Row], refused: Mapping[str, str]) -> list[str]:
    """Why cells cannot be run, as Markdown: a line per reason, with the rows that it keeps out."""
    lines: dict[str, list[str]] = {}
    for row in rows:
        for reason in dict.fromkeys(refused[key] for key in row.keys.values() if key in refused):
            lines.setdefault(reason, []).append(row.words)
    return [f"✖ {plain('; '.join(words))}: {plain(reason_words(reason))}" for reason, words in lines.items()]


def reason_words(reason: str) -> str:
    """A reason of the library's with settings as people know them: "method “DM”" for "distiller='dm'"."""

    def named(match: re.Match[str]) -> str:
        axis, name, count = match.groups()
        words = axis_words(axis)
        return f"{words} {count}" if name is None else f"{words} “{value_words(axis, name).removeprefix(f'{words} ')}”"

    return _SETTING.sub(named, reason)


def _text(grid: Grid) -> str:
    return json.dumps(grid.to_json())


@lru_cache(maxsize=8)  # a page that follows a study asks again and again
def _rows(grid: str) -> tuple[Row, ...]:
    parsed, found = Grid.from_json(json.loads(grid)), dict[str, Row]()
    for cell in parsed.cells():
        choices = {axis: value for axis, value in cell.choices.items() if axis in parsed.varied}
        row = found.setdefault(repr(choices), Row(row_words(choices), {}, {}))
        row.cells[cell.choices[SEED]], row.keys[cell.choices[SEED]] = cell, cell.key
    return tuple(found.values())


@lru_cache(maxsize=8)
def _refused(grid: str) -> dict[str, str]:
    """A seed changes no reason, so one cell of a row is asked."""
    refused = {}
    for row in _rows(grid):
        try:
            next(iter(row.cells.values())).resolved()
        except BadInput as error:
            refused |= dict.fromkeys(row.keys.values(), str(error))
    return refused


def _too_large(grid: Grid, datasets: Mapping[str, Dataset]) -> dict[str, str]:
    refused = {}
    for row in rows_of(grid):
        cell = next(iter(row.cells.values()))
        dataset = datasets.get(cell.settings.get("dataset", ""))
        if dataset is None or next(iter(row.keys.values())) in _refused(_text(grid)):
            continue
        try:
            check_set_size(DistillSettings(**split(cell.resolved())[0]), dataset)
        except BadInput as error:
            refused |= dict.fromkeys(row.keys.values(), str(error))
    return refused
