"""A study that is open: what it asks, its runs, and what they say."""

import streamlit as st

from ddcore.studies.study import Study, open_study
from pages.parts import address
from pages.parts.study.comparison import choose_compared, show_comparison
from pages.parts.study.curves import show_curves
from pages.parts.study.growing import grow
from pages.parts.study.managing import manage, show_command
from pages.parts.study.numbers import show_numbers
from pages.parts.study.progress import seen_of, show_progress
from pages.parts.study.words import question_of
from pages.parts.words import plain


def show_study(study: Study) -> None:
    """Draw all of it. The address is settled once all is there that it could be about."""
    seen = seen_of(study)
    study = open_study(study.id)  # as it is now: what changes from here on is noticed
    found, grid = study.found(), study.grid
    with st.container(horizontal=True, vertical_alignment="center", key="study-head"):
        mark = " :gray-badge[recorded]" if study.recorded else ""
        st.subheader(f"{plain(study.question or question_of(study.grid))}{mark}", anchor=False)
        if not study.recorded:
            manage(study)
    for trouble in study.troubles():
        st.warning(plain(trouble))
    show_progress(study, seen, found)
    if study.recorded:
        show_command(study)
    if any(one.accuracy or one.kernel for one in found.values()):
        chosen = choose_compared(study.id, grid, found)
        if chosen is not None:
            show_comparison(study.id, grid, found, chosen)
        show_curves(study.id, grid, found)
        show_numbers(study, found, chosen)
    else:
        st.info("Results appear here as soon as the first runs have been tested.")
    if study.recorded or grow(study):
        address.settle()
