"""The real images chosen on the map of Watch: in its address, and in a line under the map."""

import streamlit as st

from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from pages.parts import selection
from pages.parts.address import Choice, follow
from pages.parts.linked_ids import offer_slice, selection_choices
from pages.parts.run_dataset import dataset_of, why_no_dataset
from pages.parts.run_history import RunHistory
from pages.parts.spelling import Spelling

_TOLD = "watch_told"  # session key: `_chosen` as what surrounds the film, such as Copy link, was last drawn with


def follow_real(history: RunHistory) -> None:
    """Bind the real images chosen in the data of the run, and the one clicked. Call it outside fragments."""
    if (dataset := dataset_of(history)) is None:
        absent = _no_real_images(history)
        follow(*(Choice(name, absent, None, lambda: None, lambda _: None) for name in ("chosen", "image")))
        return
    follow(*selection_choices(dataset))
    st.session_state[_TOLD] = _chosen(dataset.hash)


def tell_real(dataset: Dataset) -> None:
    """Run the whole page again if other images are chosen than it was drawn with: Copy link is outside the fragment."""
    if _chosen(dataset.hash) != st.session_state.get(_TOLD):
        st.rerun()


def show_real_selection(dataset: Dataset, link: dict[str, str]) -> None:
    """Draw what can be done with the chosen images: see them on Explore (`link`: its address), undo, keep a slice."""
    if not selection.is_of(dataset.hash):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        selection.link_to_explore(dataset.hash, link)
        held = selection.current(dataset.hash)
        if held["past"] or held["future"]:
            with st.container(horizontal=True, width="content", gap="small"):  # they stay together on a phone
                selection.show_history(dataset.hash)
    offer_slice(dataset)


def _no_real_images(history: RunHistory) -> Spelling:
    def read(text: str) -> None:
        raise BadInput(f"real images are chosen. {why_no_dataset(history)}")

    return Spelling(read, str, "nothing here")


def _chosen(dataset_hash: str) -> tuple[list[int] | None, int | None]:
    """(ids chosen, id looked at) of this dataset."""
    if not selection.is_of(dataset_hash):
        return None, None
    return selection.current(dataset_hash)["chosen"], selection.primary_of(dataset_hash)
