"""The runs of a study as a grid: a row per choice, a column per seed, a mark per run."""

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from ddcore.places import runs_root
from ddcore.studies.found import Found
from ddcore.studies.grid import SEED, Grid
from ddcore.studies.names import value_words
from pages.parts.study.rows import Row, reason_words, reasons, rows_of

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
.study-cells th {font-weight: 400; text-align: left; padding: .1rem .9rem .1rem 0; min-width: 8rem}
.study-cells thead th {opacity: .75; font-size: .8rem; text-align: center; padding: .1rem .3rem; min-width: 0;
  white-space: nowrap}
.study-cells thead td {border: none}
.study-cells tbody td {text-align: center; min-width: 2.6rem; border: 1px solid rgb(128 128 128 / .3)}
.study-cells a {text-decoration: none; color: inherit; display: block}
.study-cells td.done {background: rgb(42 118 189 / .22)}
.study-cells td.running {background: rgb(255 169 14 / .35)}
.study-cells td.refused {background:
  repeating-linear-gradient(45deg, rgb(128 128 128 / .25) 0 4px, transparent 4px 8px)}
</style>"""


def states_of(
    grid: Grid, found: Mapping[str, Found], refused: Mapping[str, str], *, live: bool, running: str | None
) -> dict[str, str]:
    """Key of a cell -> one of `STATES`. `running`: the key of the one at work."""
    rest = "waiting" if live else "missing"

    def state(key: str) -> str:
        if key in found:
            return "refused" if found[key].refused else "done"
        return "refused" if key in refused else "running" if key == running else rest

    return {key: state(key) for row in rows_of(grid) for key in row.keys.values()}


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


def _row(
    row: Row, seeds: Sequence[int], found: Mapping[str, Found], states: Mapping[str, str], refused: Mapping[str, str],
    run: str | None,
) -> str:  # fmt: skip
    cells = []
    for seed in seeds:
        key = row.keys[seed]
        state, one = states[key], found.get(key)
        mark, word = STATES[state]
        reason = reason_words((one.refused if one else None) or refused.get(key, ""))
        about = escape(f"{row.words}, seed {seed}: {word}{'. ' + reason if reason else ''}", quote=True)
        id = run if state == "running" else one.run if one else None
        inside = f'<span aria-hidden="true">{mark}</span>'
        if id and (runs_root() / id / "config.json").is_file():
            inside = f'<a href="watch?run={escape(id, quote=True)}" target="_self" aria-label="{about}">{inside}</a>'
        cells.append(f'<td class="{state}" title="{about}">{inside}</td>')
    return f'<tr><th scope="row">{escape(row.words)}</th>{"".join(cells)}</tr>'
