"""A new study: its form, what it costs and what cannot be run, and Start."""

import streamlit as st

from ddcore.commands.schema_cache import Schema
from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.studies.grid import Grid
from ddcore.studies.study import create_study
from pages.parts import address
from pages.parts.dataset_choice import choose_dataset
from pages.parts.schema import known_schema
from pages.parts.study.addressed import show
from pages.parts.study.cells import reasons, refusals, rows_of
from pages.parts.study.cost_panel import show_cost
from pages.parts.study.form import key_of, study_form
from pages.parts.study.progress import work_on
from pages.parts.study.words import question_of
from pages.parts.words import plain


def new_study() -> None:
    """Draw all of it; the address is settled once the form is there."""
    dataset = choose_dataset()
    schema = known_schema() if dataset else None
    if not (dataset and schema):
        return
    grid = study_form(schema)
    with st.container(border=True):
        if grid is None:
            st.button("Start the study", disabled=True, width="stretch")
        else:
            _offer(schema, grid, dataset)
    address.settle()


def _offer(schema: Schema, grid: Grid, dataset: Dataset) -> None:
    """What the study asks, what it costs, what is refused, and Start."""
    question, refused = question_of(grid), refusals(grid, dataset)
    st.subheader(question, anchor=False)
    for line in reasons(rows_of(grid), refused):
        st.warning(line)
    show_cost(schema, grid, refused)
    name = st.text_input("Name", placeholder=question, key=key_of("name"), persist_state="session")
    st.button(
        "Start the study", type="primary", width="stretch", disabled=len(refused) == grid.size,
        on_click=_start, args=(grid, (name or question).strip(), question),
    )  # fmt: skip


def _start(grid: Grid, name: str, question: str) -> None:
    try:
        study = create_study(name, grid, question)
    except (BadInput, OSError) as error:
        st.toast(plain(str(error)))
        return
    work_on(study)
    show(study.id)
