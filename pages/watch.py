"""Watch: the synthetic images of a live or finished run beside its curves, and a second run for comparison."""

import streamlit as st

from pages.parts import address
from pages.parts.watch.run_choice import choose_runs, known_runs, left_out, only_examples
from pages.parts.watch.watching import watch

_SMALL = "<style>.st-key-watch-title h1 {font-size: clamp(1rem, 1.5vw, 1.3rem); padding: 0}</style>"  # images first

runs = known_runs()
left, right = st.columns([1.2, 3], vertical_alignment="center")
with left, st.container(key="watch-title"):
    st.html(_SMALL)
    st.title("What is happening to the images?")
if not runs:
    st.info("No runs yet. Start one on the Distill page.")
elif only_examples(runs):
    st.caption("You have no runs yet; this is a recorded example. Start your own on the Distill page.")
if runs:
    with right:
        run, beside = choose_runs(runs)
    if run is not None:
        watch([run] if beside is None else [run, beside])
        address.settle()
if words := left_out():
    st.caption(words)
with st.container(horizontal=True):
    st.page_link("distill.py", label="Start another run")
    st.page_link("library.py", label="Download or delete runs")
