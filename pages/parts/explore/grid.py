"""The selected images on Explore: how many, of which classes, the images themselves, and how to save them."""

from functools import partial

import numpy as np
import streamlit as st

from ddcore.data.dataset import Dataset
from ddcore.figures.colours import PALETTE
from ddcore.figures.shares import class_mix
from pages.parts import selection
from pages.parts.browser.image_sheet import image_sheet
from pages.parts.explore import chosen
from pages.parts.explore.addressed import SHEET_OF
from pages.parts.explore.scored import Scored
from pages.parts.explore.slice_menu import slice_menu
from pages.parts.figure import show_figure
from pages.parts.linked_ids import offer_slice

PAGE = 60


def show_grid(
    dataset: Dataset, scored: Scored, ids: np.ndarray, source: str, primary: int | None, reading: str
) -> None:
    """Show a page of the images `ids`, the most important first.

    `reading` says how to interpret their order.
    """
    count = len(ids)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"##### {heading(count, source, scored)}", width="stretch")
        with st.container(horizontal=True, width="content", gap="xsmall"):
            selection.show_history(dataset.hash)
    if count == 0:
        st.info("No image passes all filters. Widen the range of scores, or choose more classes.")
        return
    if reading and not scored.alike:
        st.caption(reading)
    _begin_anew(ids, scored)
    pages = -(-count // PAGE)
    with st.container(height=330, border=False):
        page = min(st.session_state.get("explore_page", 1), pages)
        shown = ids[(page - 1) * PAGE : page * PAGE]
        labels = dataset.train.labels[shown]
        marks = [PALETTE[k] for k in labels] if dataset.num_classes <= len(PALETTE) else None
        captions = [dataset.classes[k] for k in labels]
        image_sheet(
            dataset.train.images[shown], shown, captions, key="explore_sheet", marks=marks,
            selected=primary, on_click=partial(selection.make_primary, dataset.hash),
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="right"):
        if st.session_state.get("explore_page", 1) > pages:
            st.session_state["explore_page"] = pages
        if pages > 1:
            # Stretched, since at the width of its content it hides pages.
            st.pagination(pages, key="explore_page", max_visible_pages=5, width="stretch")
        slice_menu(dataset, ids, primary)
        _take_away(dataset, scored, ids)
    offer_slice(dataset, st.session_state.get(selection.among_key(dataset.hash)))


def _begin_anew(ids: np.ndarray, scored: Scored) -> None:
    """Other images are shown from their first page, unless an address says which; scores that come change nothing."""
    if scored.waiting:
        return
    before, st.session_state[SHEET_OF] = st.session_state.get(SHEET_OF), ids
    if before is not None and not np.array_equal(before, ids):
        st.session_state["explore_page"] = 1


def heading(count: int, source: str, scored: Scored) -> str:
    """The heading of the sheet."""
    if source == "importance":
        return f"The first {count:,} images" if scored.alike else f"The {count:,} most important images"
    images = "image" if count == 1 else "images"
    return f"{count:,} selected {images}" if source == "lasso" else f"{count:,} {images} within the filters"


def _take_away(dataset: Dataset, scored: Scored, ids: np.ndarray) -> None:
    with st.popover("Save", help="Save these images as a file"):
        st.caption(f"{len(ids):,} images, the most important first.")
        name = f"{dataset.name}-selection".replace("/", "-")
        for kind, label, make in (
            ("csv", "Numbers, labels and scores (CSV)", chosen.as_csv),
            ("npz", "The same with the images (NPZ)", chosen.as_npz),
        ):
            st.download_button(
                label, lambda make=make: make(dataset, scored, ids), f"{name}.{kind}", key=f"explore_{kind}",
                on_click="ignore", width="stretch",
            )  # fmt: skip


def show_mix(dataset: Dataset, ids: np.ndarray, *, dark: bool) -> None:
    """Show the class shares among `ids` beside those among all images."""
    st.markdown("##### Classes")
    labels = dataset.train.labels
    counts = [np.bincount(part, minlength=dataset.num_classes) for part in (labels[ids], labels)]
    figure = class_mix(*counts, dataset.classes, dark=dark)
    show_figure(figure, key="explore_mix")
    st.caption(f"Class shares among the {len(ids):,} images above and among all {len(labels):,}.")
