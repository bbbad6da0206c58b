"""More seeds or more values for a study: what is there stays, only what is new runs."""

from typing import Any

import streamlit as st

from ddcore.commands.schema_cache import Schema
from ddcore.errors import BadInput
from ddcore.studies.grid import SEED, Grid
from ddcore.studies.study import Study, extend
from pages.parts.schema import known_schema
from pages.parts.study.cells import reasons, refusals, rows_of
from pages.parts.study.cost_panel import show_cost
from pages.parts.study.progress import work_on
from pages.parts.study.typed_numbers import typed_numbers
from pages.parts.study.words import axis_words, value_words
from pages.parts.words import plain

_MOST_MORE = 50


def grow(study: Study) -> None:
    """Draw the inputs behind an expander."""
    with st.expander("Add seeds or values", key=f"study-grow-{study.id}"):
        schema = known_schema()
        if schema is None:
            return
        axes = _axes(study, schema)
        try:
            grid = Grid(axes, study.grid.fixed, study.grid.arms, study.grid.preset)
        except BadInput as error:
            st.error(str(error))
            return
        more = grid.size - study.grid.size
        if not more:
            st.caption("Runs that are there stay as they are; only new ones run.")
            return
        refused = refusals(grid)
        for line in reasons(rows_of(grid), refused):
            st.caption(line)
        show_cost(schema, grid, refused, study)
        label = f"Add {more:,} run{'s' if more > 1 else ''}"
        st.button(label, type="primary", key=f"study-add-{study.id}", on_click=_add, args=(study, grid))


def _axes(study: Study, schema: Schema) -> dict[str, tuple[Any, ...]]:
    """The axes with what is to be added."""
    axes, common = dict(study.grid.axes), {field["name"]: field for field in schema["settings"]}
    named = [axis for axis in axes if axis in common and common[axis]["choices"]]
    counted = [axis for axis in axes if axis in common and common[axis]["type"] == "int" and axis != SEED]
    places = iter(st.columns(1 + len(named) + len(counted)))
    count = next(places).number_input("More seeds", 0, _MOST_MORE, key=f"study-more-seed-{study.id}")
    axes[SEED] = (*axes[SEED], *_next(axes[SEED], count))
    for axis in named:
        rest = [value for value in common[axis]["choices"] if value not in axes[axis]]
        new = next(places).multiselect(
            f"More: {axis_words(axis)}", rest, key=f"study-more-{axis}-{study.id}", placeholder="none",
            format_func=lambda value, axis=axis: value_words(axis, value),
        )  # fmt: skip
        axes[axis] = (*axes[axis], *new)
    for axis in counted:
        with next(places):
            new = typed_numbers(
                common[axis], f"study-more-{axis}-{study.id}", f"More: {axis_words(axis)}", "as 1, 10, 50", axes[axis]
            )
        axes[axis] = (*axes[axis], *new)
    return axes


def _next(seeds: tuple[int, ...], count: int) -> range:
    return range(max(seeds) + 1, max(seeds) + 1 + count)


def _add(study: Study, grid: Grid) -> None:
    try:
        extend(study, grid)
    except (BadInput, OSError) as error:
        st.toast(plain(str(error)))
        return
    work_on(study)
