"""More seeds or more values for a study: what is there stays, only what is new runs."""

from typing import Any

import streamlit as st

from ddcore.commands.schema_cache import Schema
from ddcore.errors import BadInput
from ddcore.files import reason_of
from ddcore.studies.grid import SEED, Grid
from ddcore.studies.names import axis_words, value_words
from ddcore.studies.study import Study, extend
from pages.parts.address import Choice, follow, held
from pages.parts.parameter_form import Field
from pages.parts.schema import known_schema
from pages.parts.spelling import chosen_of, number
from pages.parts.study.cost_panel import show_cost
from pages.parts.study.progress import work_on
from pages.parts.study.rows import reasons, refusals, rows_of
from pages.parts.study.typed_numbers import spelling_of, typed_numbers
from pages.parts.words import plain

_MOST_MORE = 50
_ASKED = "more_"  # with an axis behind it: what is to be added, in the address
_SEEDS = {"type": "int", "choices": None}
Fields = dict[str, Field]


def grow(study: Study) -> bool:
    """Draw the inputs behind an expander, which is open where the address asks for some; whether they are there: the
    list of methods may still be read."""
    unfolded = f"study_unfolded_{study.id}"
    asked = any(name.startswith(_ASKED) for name in st.query_params)
    st.session_state[unfolded] = asked or st.session_state.get(unfolded, False)
    with st.expander("Add seeds or values", key=f"study-grow-{study.id}", expanded=st.session_state[unfolded]):
        schema = known_schema()
        if schema is None:
            return False
        fields = _fields(study, schema)
        follow(*(_choice(study, axis, field) for axis, field in fields.items()))
        _offer(study, schema, fields)
    return True


def _offer(study: Study, schema: Schema, fields: Fields) -> None:
    axes = _axes(study, fields)
    try:
        grid = Grid(axes, study.grid.fixed, study.grid.arms, study.grid.preset)
    except BadInput as error:
        st.error(plain(str(error)))
        return
    if not (more := grid.size - study.grid.size):
        st.caption("Runs that are there stay as they are; only new ones run.")
        return
    refused = refusals(grid)
    for line in reasons(rows_of(grid), refused):
        st.caption(line)
    show_cost(schema, grid, refused, study)
    more -= len(refused) - len(refusals(study.grid))
    st.button(
        f"Add {more:,} run{'s' if more != 1 else ''}", type="primary", key=f"study-add-{study.id}", disabled=not more,
        on_click=_add, args=(study, grid, fields),
    )  # fmt: skip


def _fields(study: Study, schema: Schema) -> Fields:
    """Axis -> its field in the schema, of those that more values can be chosen for; the seeds first."""
    common = {field["name"]: field for field in schema["settings"]}
    axes = [axis for axis in study.grid.axes if axis in common and axis != SEED]
    named = [axis for axis in axes if common[axis]["choices"]]
    counted = [axis for axis in axes if common[axis]["type"] == "int"]
    return {SEED: _SEEDS} | {axis: common[axis] for axis in (*named, *counted)}


def _key(study: Study, axis: str) -> str:
    return f"study-more-{axis}-{study.id}"


def _nothing(axis: str, field: Field) -> Any:
    """What the input of an axis holds while nothing is to be added."""
    return 0 if axis == SEED else [] if field["choices"] else ""


def _choice(study: Study, axis: str, field: Field) -> Choice:
    if axis == SEED:
        spelling = number(0, _MOST_MORE, whole=True)
    else:
        spelling = chosen_of(_rest(study, axis, field)) if field["choices"] else spelling_of(field)
    return held(f"{_ASKED}{axis}", _key(study, axis), spelling, _nothing(axis, field))


def _rest(study: Study, axis: str, field: Field) -> list[str]:
    return [value for value in field["choices"] if value not in study.grid.axes[axis]]


def _axes(study: Study, fields: Fields) -> dict[str, tuple[Any, ...]]:
    """Draw the inputs; the axes with what is to be added."""
    axes = dict(study.grid.axes)
    for column, (axis, field) in zip(st.columns(len(fields)), fields.items(), strict=True):
        key, label, there = _key(study, axis), f"More: {axis_words(axis)}", axes[axis]
        with column:
            if axis == SEED:
                count = st.number_input("More seeds", 0, _MOST_MORE, key=key, persist_state="session")
                new = range(max(there) + 1, max(there) + 1 + count)
            elif field["choices"]:
                new = st.multiselect(
                    label, _rest(study, axis, field), key=key, placeholder="none", persist_state="session",
                    format_func=lambda value, axis=axis: value_words(axis, value),
                )  # fmt: skip
            else:
                new = typed_numbers(field, key, label, "as 1, 10, 50", there)
        axes[axis] = (*there, *new)
    return axes


def _add(study: Study, grid: Grid, fields: Fields) -> None:
    """Add the runs and begin; then nothing more is to be added, so that a second click adds nothing."""
    try:
        extend(study, grid)
    except BadInput as error:
        st.toast(plain(str(error)))
        return
    except OSError as error:
        st.toast(plain(reason_of(error)))
        return
    for axis, field in fields.items():
        st.session_state[_key(study, axis)] = _nothing(axis, field)
    work_on(study)
