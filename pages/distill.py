"""Distill: choose what a run does, see what it will cost on this machine, and start it."""

import streamlit as st

from ddcore.experiments.resolving import resolve
from ddcore.runs.queue import queue_of
from pages.parts import address
from pages.parts.dataset_choice import choose_dataset
from pages.parts.distill.checks import command_line, mistake, rival, without_effect
from pages.parts.distill.estimate import estimate_panel
from pages.parts.distill.form import preset_cards, settings_form
from pages.parts.distill.launching import start_buttons, stay_in_sight
from pages.parts.run_description import RunDescription
from pages.parts.schema import known_schema, method_fields
from pages.parts.selection import link_to_explore

st.title("What will this run do, and what will it cost?", anchor=False)
st.markdown("Choose a budget and how real images are drawn, and see how long it takes here before you start.")

dataset = choose_dataset()
if dataset:
    link_to_explore(dataset.hash, help="A run draws from all training images, selected or not.")
schema = known_schema() if dataset else None
if dataset and schema:
    preset_cards(schema)
    form, cost = st.columns([3, 2], gap="large")
    with form:
        settings = settings_form(schema, st.session_state["dataset"], st.session_state.get("variant"), dataset)
    with cost, st.container(border=True, key="cost"):
        stay_in_sight("cost")
        st.subheader("This run", anchor=False)
        fields = method_fields(settings, schema)
        if wrong := mistake(settings, dataset, schema):
            st.error(wrong)
            st.button("Start distilling", disabled=True, width="stretch")
        else:
            st.markdown(RunDescription({"settings": settings}).plan(dataset))
            for note in without_effect(settings):
                st.warning(note)
            resolved, queue = resolve(settings), queue_of(settings["device"], schema["devices"])
            estimate_panel(resolved, queue)
            start_buttons(resolved, rival(resolved, schema), queue)
            st.caption("The same on the command line")
            st.code(command_line(settings, [*schema["settings"], *fields]), language=None)
    address.settle()
    if address.taken():
        st.rerun()  # the cards above do not show yet what the link chose below
