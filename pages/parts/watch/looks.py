"""What can be looked at under the film: one panel at a time, so that only what is seen is computed."""

import streamlit as st

from pages.parts.run_history import RunHistory
from pages.parts.watch.class_accuracy import class_panel
from pages.parts.watch.coverage import coverage_panel
from pages.parts.watch.learned_from import learned_from_panel
from pages.parts.watch.made_of import made_of_panel
from pages.parts.watch.one_step import one_step_panel
from pages.parts.watch.picking import Picked

LOOKS = {
    "image": ("One image", made_of_panel),
    "classes": ("Classes", class_panel),
    "coverage": ("Coverage", coverage_panel),
    "drawn": ("Learned from", learned_from_panel),
    "step": ("One step", one_step_panel),
}
"""Name in the address -> title, panel."""


def show_looks(read: list[RunHistory], cursor: int, picked: Picked | None) -> None:
    """Choose a panel and draw it for the runs `read` at step `cursor`."""
    st.session_state.setdefault("watch_look", "image")
    chosen = st.segmented_control(
        "Look at", list(LOOKS), required=True, format_func=lambda name: LOOKS[name][0],
        key="watch_look", persist_state="session", label_visibility="collapsed",
    )  # fmt: skip
    LOOKS[chosen][1](read, cursor, picked)
