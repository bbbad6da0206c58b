"""What the Library has in its address: which of its forms is open, and by which words its runs are filtered."""

import streamlit as st

from pages.parts.address import follow, held
from pages.parts.spelling import Spelling, one_of

FILTER = "library_filter"
"""Session key of the words that filter the runs."""
_OPEN = "library_open"
_PLACES = ("add-run", "add-data")


def follow_library() -> None:
    follow(
        held("open", _OPEN, one_of(_PLACES)),
        held("filter", FILTER, Spelling(str, str, "any words"), ""),
    )


def is_open(place: str) -> bool:
    """Whether the address asks for this form, which then stands open."""
    return st.session_state.get(_OPEN) == place
