"""What is compared in a study, pair by pair over seeds, and the verdict in words."""

from dataclasses import replace
from typing import Any, NamedTuple

import streamlit as st

from ddcore.studies.comparing import BASES, Comparison, base_of, comparisons, overall, together
from ddcore.studies.found import Found
from ddcore.studies.grid import Grid
from ddcore.studies.verdict import PEEKING, sentence
from ddcore.studies.verdict import together as level_words
from pages.parts.address import follow, held
from pages.parts.spelling import one_of
from pages.parts.study.words import axis_words, row_words, value_words

_MEASURES = {"accuracy": "Students' accuracy", "kernel": "Own predictor's accuracy"}
_MOST_LINES = 12  # sentences before the rest is folded


class Compared(NamedTuple):
    """The axis whose values are compared, with which one, and by what."""

    axis: str
    base: Any
    measure: str


def choose_compared(id: str, grid: Grid, found: dict[str, Found]) -> Compared | None:
    """Draw the choices; None where a study varies its seeds only. `id`: of the study, each keeps its own."""
    axes = list(grid.varied)
    if not axes:
        return None
    measures = [name for name in _MEASURES if any(getattr(one, name) for one in found.values())]
    with st.container(horizontal=True):
        axis = _choice("Compare", "axis", id, {axis: axis_words(axis).capitalize() for axis in axes}, _first(axes))
        values = {str(value): value_words(axis, value) for value in grid.varied[axis]}
        base = _choice("against", f"base-{axis}", id, values, str(base_of(grid, axis)))
        measure = measures[0]
        if len(measures) > 1:
            measure = _choice("by", "measure", id, {name: _MEASURES[name] for name in measures}, measure)
    return Compared(axis, next(value for value in grid.varied[axis] if str(value) == base), measure)


def show_comparison(id: str, grid: Grid, found: dict[str, Found], chosen: Compared) -> None:
    """Say what each value does over all rows, then row by row, and draw the pairs."""
    by_row = comparisons(grid, found, *chosen)
    pooled = overall(grid, found, *chosen) if len(grid.varied) > 1 else by_row
    with st.container(border=True, key="study-verdict"):
        st.markdown("\n".join(f"- {_sentence(one, chosen, together(pooled))}" for one in pooled))
        st.caption(level_words(together(pooled)), help=PEEKING)


def _first(axes: list[str]) -> str:
    """The axis that a study is most likely about."""
    return next((axis for axis in BASES if axis in axes), axes[0])


def _choice(label: str, name: str, id: str, titles: dict[str, str], first: str) -> str:
    key = f"study_{name}_{id}"
    follow(held(name.partition("-")[0], key, one_of(list(titles)), first))
    if st.session_state.get(key) not in titles:
        st.session_state[key] = first
    return st.selectbox(label, list(titles), key=key, format_func=titles.get, persist_state="session", width=240)


def _sentence(one: Comparison, chosen: Compared, count: int) -> str:
    """The verdict, with the row it is of, and names as people know them."""
    named = replace(one, value=value_words(chosen.axis, one.value), base=value_words(chosen.axis, one.base))
    where = f"{row_words(one.row)}: " if one.row else ""
    return where + sentence(named, count)
