"""The numbers of a study as a table, every accuracy beside its baselines, and as files."""

import streamlit as st

from ddcore.studies.found import Found
from ddcore.studies.grid import Grid
from ddcore.studies.rows import accuracies_of, by_place, place_of
from ddcore.studies.study import Study
from ddcore.studies.tables import csv_text, latex_text, level_text
from pages.parts.study.comparison import Compared
from pages.parts.study.rows import Row, rows_of
from pages.parts.words import accuracy_words, plain

_COLUMNS = {
    "accuracy": "accuracy",
    "random": "random images",
    "initial": "at the start",
    "full": "all data (short training)",
    "kernel": "own predictor",
}
_BASELINES = ("random", "initial", "full")  # which seeds may share
_MOST_ROWS = 60


def show_numbers(study: Study, found: dict[str, Found], chosen: Compared | None) -> None:
    """Draw a row per choice, and the downloads; `chosen`: what the LaTeX table compares."""
    grid = study.grid
    st.subheader("Numbers", anchor=False)
    rows = rows_of(grid)
    places = by_place(grid, found)
    measures = {name: title for name, title in _COLUMNS.items() if any(getattr(one, name) for one in found.values())}
    lines = [_line(row, places.get(_place(grid, row), {}), list(measures)) for row in rows[:_MOST_ROWS]]
    heads = ["", *(f"{title}, %" for title in measures.values()), "seconds"]
    st.markdown("\n".join([_table_line(heads), _table_line(["---"] * len(heads)), *lines]))
    left_out = f" The first {_MOST_ROWS} of {len(rows):,} rows; the CSV has all." if len(rows) > _MOST_ROWS else ""
    missing = ", ".join(_COLUMNS[name] for name in _BASELINES if name not in measures)
    unmeasured = f" Not measured in this study: {missing}." if missing else ""
    st.caption(
        f"Test accuracy, mean ± standard deviation over n seeds.{unmeasured}{left_out}",
        help=f"Each seed counts with the mean of its students{_students(found)}. Seconds are those of distilling.",
    )
    with st.container(horizontal=True):
        st.download_button(
            "CSV", csv_text(grid, found), f"{study.id}.csv", "text/csv", icon=":material/download:",
            on_click="ignore", help="A row per run with all that was measured.",
        )  # fmt: skip
        if chosen is not None:
            text = latex_text(grid, found, [chosen.axis], chosen.base, chosen.measure, study.name)
            st.download_button(
                "LaTeX", text, f"{study.id}.tex", "text/x-tex", icon=":material/download:", on_click="ignore",
                help="The comparisons above as a table.",
            )  # fmt: skip


def _line(row: Row, cells: dict[int, Found], measures: list[str]) -> str:
    levels = [_level(cells, measure) for measure in measures]
    seconds = [one.seconds for one in cells.values() if one.seconds is not None]
    spent = f"{sum(seconds) / len(seconds):,.1f}" if seconds else "–"
    unbroken = [level.replace(" ", "\u00a0") for level in levels]  # on a phone the table scrolls
    return _table_line([plain(row.words), *unbroken, spent])


def _level(cells: dict[int, Found], measure: str) -> str:
    """ "76.7 ± 1.0 (n = 5)" over seeds; a baseline that all seeds share was measured once: n counts its students."""
    known = [one for cell in cells.values() if (one := getattr(cell, measure))]
    if measure in _BASELINES and len(known) > 1 and len(set(known)) == 1:
        one = known[0]
        return f"{accuracy_words(one._asdict()).removesuffix(' %')} (n = {one.repeats}, shared)"
    return level_text(accuracies_of(cells, measure)) or "–"


def _table_line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _place(grid: Grid, row: Row) -> str:
    return place_of(grid, next(iter(row.cells.values())).choices)


def _students(found: dict[str, Found]) -> str:
    """ " (3 each)", if all have as many."""
    counts = {one.accuracy.repeats for one in found.values() if one.accuracy}
    return f" ({counts.pop()} each)" if len(counts) == 1 else ""
