"""What Study has in its address: the study, or `new` and the choices of its form, and what is compared."""

import streamlit as st

from pages.parts.address import Choice, held
from pages.parts.spelling import Spelling

NEW = "new"
ASKED = "study_asked"
"""Session key of the id asked for, or `NEW`; None: a person's newest study, or a recorded one."""


def study_choice() -> Choice:
    return held("study", ASKED, Spelling(str, str, "the id of a study, or new"))


def open_new() -> None:
    """Show the form of a new study."""
    st.session_state[ASKED] = NEW


def show(id: str) -> None:
    """Show this study."""
    st.session_state[ASKED] = id
