"""Watch: the synthetic images of a run, live or finished, beside their curves; a second run laid beside it."""

import streamlit as st

from pages.parts.run_choice import choose_runs, known_runs, only_examples
from pages.parts.watching import watch

st.title("What is happening to the images?")
runs = known_runs()
if only_examples(runs):
    st.info("No run of yours is here yet. Start one on the Distill page; until then, this is the recorded example.")
if runs:
    run, beside = choose_runs(runs)
    if run is not None:
        watch([run] if beside is None else [run, beside])
with st.container(horizontal=True):
    st.page_link("distill.py", label="Start another run")
    st.page_link("library.py", label="Download or delete runs")
