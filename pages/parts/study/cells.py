"""The runs of a study as a grid: a row per choice, a column per seed, a mark per run."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

import streamlit as st

from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.experiments.settings import DistillSettings, split
from ddcore.experiments.sizes import check_set_size
from ddcore.places import runs_root
from ddcore.studies.found import Found
from ddcore.studies.grid import SEED, Cell, Grid
from pages.parts.study.words import row_words, value_words
from pages.parts.words import plain

STATES = {  # of a cell: mark, word
    "done": ("✔", "done"),
    "running": ("▶", "running"),
    "waiting": ("◔", "waiting"),
    "missing": ("○", "not run"),
    "refused": ("✖", "cannot be run"),
}
_MOST_ROWS = 60
_STYLE = """<style>
.study-cells {overflow-x: auto}
.study-cells table {border-collapse: collapse; font-size: .9rem}
.study-cells th {font-weight: 400; text-align: left; padding: .1rem .9rem .1rem 0; white-space: nowrap}
.study-cells thead th {opacity: .75; font-size: .8rem; text-align: center; padding: .1rem .3rem}
.study-cells thead td {border: none}
.study-cells tbody td {text-align: center; min-width: 2.6rem; border: 1px solid rgb(128 128 128 / .3)}
.study-cells a {text-decoration: none; color: inherit; display: block}
.study-cells td.done {background: rgb(42 118 189 / .22)}
.study-cells td.running {background: rgb(255 169 14 / .35)}
.study-cells td.refused {background:
  repeating-linear-gradient(45deg, rgb(128 128 128 / .25) 0 4px, transparent 4px 8px)}
</style>"""


class Row(NamedTuple):
    """Cells that differ in their seed only."""

    words: str
    cells: dict[int, Cell]


def rows_of(grid: Grid) -> list[Row]:
    """The grid row by row, in the order of its axes; words name what is varied."""
    found: dict[str, Row] = {}
    for cell in grid.cells():
        choices = {axis: value for axis, value in cell.choices.items() if axis in grid.varied}
        found.setdefault(repr(choices), Row(row_words(choices), {})).cells[cell.choices[SEED]] = cell
    return list(found.values())


def refusals(grid: Grid, dataset: Dataset | None = None) -> dict[str, str]:
    """Key of a cell -> why it cannot be run. `dataset`: the one of all cells, if it is known, for its sizes.

    A seed changes no reason, so one cell of a row is asked.
    """
    refused = {}
    for row in rows_of(grid):
        cells = list(row.cells.values())
        try:
            resolved = cells[0].resolved()
            if dataset is not None:
                check_set_size(DistillSettings(**split(resolved)[0]), dataset)
        except BadInput as error:
            refused |= {cell.key: str(error) for cell in cells}
    return refused


def states_of(
    grid: Grid, found: Mapping[str, Found], refused: Mapping[str, str], *, live: bool, running: str | None
) -> dict[str, str]:
    """Key of a cell -> one of `STATES`. `running`: the key of the one at work."""
    rest = "waiting" if live else "missing"

    def state(key: str) -> str:
        if key in found:
            return "refused" if found[key].refused else "done"
        return "refused" if key in refused else "running" if key == running else rest

    return {cell.key: state(cell.key) for cell in grid.cells()}


def show_cells(
    grid: Grid, found: Mapping[str, Found], states: Mapping[str, str], refused: Mapping[str, str], run: str | None
) -> None:
    """Draw the grid, and why some cannot be run; `run`: id of the run at work."""
    rows = rows_of(grid)
    seeds = grid.axes[SEED]
    head = "".join(f'<th scope="col">{value_words(SEED, seed)}</th>' for seed in seeds)
    body = "".join(_row(row, seeds, found, states, refused, run) for row in rows[:_MOST_ROWS])
    st.html(
        f'{_STYLE}<div class="study-cells"><table><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>'
        "</div>"
    )
    if len(rows) > _MOST_ROWS:
        st.caption(f"The first {_MOST_ROWS} of {len(rows):,} rows are shown.")
    for line in reasons(rows, {key: one.refused for key, one in found.items() if one.refused} | dict(refused)):
        st.caption(line)


def counts_in_words(states: Mapping[str, str]) -> str:
    """ "12 runs: ✔ 8 done · ▶ 1 running · ◔ 3 waiting"."""
    counts = {name: list(states.values()).count(name) for name in STATES}
    parts = [f"{STATES[name][0]} {count:,} {STATES[name][1]}" for name, count in counts.items() if count]
    return f"{len(states):,} run{'s' if len(states) != 1 else ''}: {' · '.join(parts)}"


def reasons(rows: Sequence[Row], refused: Mapping[str, str]) -> list[str]:
    """Why cells cannot be run, as Markdown: a line per reason, with the rows that it keeps out."""
    lines: dict[str, list[str]] = {}
    for row in rows:
        for reason in dict.fromkeys(refused[cell.key] for cell in row.cells.values() if cell.key in refused):
            lines.setdefault(reason, []).append(row.words)
    return [f"✖ {plain('; '.join(words))}: {plain(reason)}" for reason, words in lines.items()]


def _row(
    row: Row, seeds: Sequence[int], found: Mapping[str, Found], states: Mapping[str, str], refused: Mapping[str, str],
    run: str | None,
) -> str:  # fmt: skip
    cells = []
    for seed in seeds:
        key = row.cells[seed].key
        state, one = states[key], found.get(key)
        mark, word = STATES[state]
        reason = (one.refused if one else None) or refused.get(key, "")
        about = escape(f"{row.words}, seed {seed}: {word}{'. ' + reason if reason else ''}", quote=True)
        id = run if state == "running" else one.run if one else None
        inside = f'<span aria-hidden="true">{mark}</span>'
        if id and (runs_root() / id / "config.json").is_file():
            inside = f'<a href="watch?run={escape(id, quote=True)}" target="_self" aria-label="{about}">{inside}</a>'
        cells.append(f'<td class="{state}" title="{about}">{inside}</td>')
    return f'<tr><th scope="row">{escape(row.words)}</th>{"".join(cells)}</tr>'
