"""What Explore has in its address beside the choices of its parts: the images chosen, the one looked at, the zoom."""

import streamlit as st

from ddcore.data.dataset import Dataset
from pages.parts import selection
from pages.parts.address import arrived, follow, held, taken
from pages.parts.linked_ids import selection_choices
from pages.parts.spelling import number, numbers

PLACE = "explore_place"
"""Session key of the part of the map that is shown: (x, y of its centre, zoom); None shows everything."""
PLACE_OF_TWO = "explore_two_place"
"""The same of two scores held against each other."""
SHEET_OF = "explore_sheet_of"
"""Session key of the ids of which the sheet shows a page; None: whatever they are, the page is the one asked for."""


def follow_selection(dataset: Dataset) -> None:
    """Bind the chosen images, the primary one, the page of the sheet and the part of the map shown."""
    if arrived():
        selection.forget_maps(dataset.hash)
    follow(
        *selection_choices(dataset),
        held("sheet", "explore_page", number(1, whole=True), 1),
        held("place", PLACE, numbers(3)),
        held("against_place", PLACE_OF_TWO, numbers(3)),
    )
    if taken():
        st.session_state[SHEET_OF] = None
    if PLACE not in st.session_state:
        st.session_state[PLACE] = None
