"""A new study: its form, what it costs and what cannot be run, and Start."""

import streamlit as st

from ddcore.commands.schema_cache import Schema
from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.files import reason_of
from ddcore.studies.grid import Grid
from ddcore.studies.study import create_study, study_of
from pages.parts import address
from pages.parts.dataset_choice import choose_dataset, datasets, opened
from pages.parts.schema import known_schema
from pages.parts.spelling import Spelling
from pages.parts.study.addressed import show
from pages.parts.study.cost_panel import show_cost
from pages.parts.study.form import key_of, study_form
from pages.parts.study.progress import work_on
from pages.parts.study.rows import reasons, refusals, rows_of
from pages.parts.study.words import question_of
from pages.parts.words import plain

_NAME = key_of("name")


def new_study() -> None:
    """Draw all of it; the address is settled once the form is there."""
    dataset = choose_dataset()
    schema = known_schema() if dataset else None
    if not (dataset and schema):
        return
    address.follow(address.held("name", _NAME, Spelling(str, str, "a text"), ""))
    chosen = st.session_state["dataset"]
    others = {info.spec: info for info in datasets() if info.hash and info.kind != "variant" and info.spec != chosen}
    grid = study_form(schema, {spec: info.title for spec, info in others.items()})
    with st.container(border=True):
        if grid is None:
            st.button("Start the study", disabled=True, width="stretch")
        else:
            also = [] if st.session_state["variant"] else grid.axes.get("dataset", ())  # variants have other sizes
            known = {spec: opened(others[spec].hash) for spec in also if spec in others}
            _offer(schema, grid, known | {chosen: dataset})
    address.settle()


def _offer(schema: Schema, grid: Grid, known: dict[str, Dataset]) -> None:
    """What the study asks, what it costs, what is refused, and Start. `known`: datasets by their specs."""
    question, refused = question_of(grid), refusals(grid, known)
    st.subheader(question, anchor=False)
    for line in reasons(rows_of(grid), refused):
        st.warning(line)
    show_cost(schema, grid, refused)
    name = st.text_input("Name", placeholder=question, key=_NAME, persist_state="session")
    st.button(
        "Start the study", type="primary", width="stretch", disabled=len(refused) == grid.size,
        on_click=_start, args=(grid, (name or question).strip(), question),
    )  # fmt: skip


def _start(grid: Grid, name: str, question: str) -> None:
    """Begin the study and show it; one with the same runs that is there already goes on, under its own name."""
    try:
        there = study_of(grid)
        study = there or create_study(name, grid, question)
    except BadInput as error:
        st.toast(plain(str(error)))
        return
    except OSError as error:
        st.toast(plain(reason_of(error)))
        return
    if there:
        st.toast(f"This study is there already, as “{plain(there.name)}”.", duration="long")
    work_on(study)
    show(study.id)
    st.session_state[_NAME] = ""
