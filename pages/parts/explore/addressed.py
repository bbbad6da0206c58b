"""What Explore has in its address beside the choices of its parts: the images chosen, the one looked at, the zoom."""

import streamlit as st

from ddcore.data.dataset import Dataset
from pages.parts import selection
from pages.parts.address import Choice, arrived, follow, held, taken
from pages.parts.explore.linked_ids import linked_ids
from pages.parts.spelling import number, numbers

PLACE = "explore_place"
"""Session key of the part of the map that is shown: (x, y of its centre, zoom); None shows everything."""
PLACE_OF_TWO = "explore_two_place"
"""The same of two scores held against each other."""
SHEET_OF = "explore_sheet_of"
"""Session key of the ids of which the sheet shows a page; None: whatever they are, the page is the one asked for."""


def follow_selection(dataset: Dataset) -> None:
    """Bind the chosen images, the primary one, the page of the sheet and the part of the map shown."""
    hash, count = dataset.hash, len(dataset.train)
    if arrived():
        selection.forget_maps(hash)
    follow(
        Choice(
            "chosen", linked_ids(dataset), None, lambda: selection.current(hash)["chosen"],
            lambda chosen: selection.choose(hash, chosen), words="the chosen images",
        ),
        Choice(
            "image", number(0, count - 1, whole=True), None, lambda: selection.primary_of(hash),
            lambda id: selection.make_primary(hash, id),
        ),
        held("sheet", "explore_page", number(1, whole=True), 1),
        held("place", PLACE, numbers(3)),
        held("against_place", PLACE_OF_TWO, numbers(3)),
    )  # fmt: skip
    if taken():
        st.session_state[SHEET_OF] = None
    if PLACE not in st.session_state:
        st.session_state[PLACE] = None
