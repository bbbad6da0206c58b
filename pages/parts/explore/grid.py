"""The images singled out on Explore: how many, of which classes, the images themselves, and how to take them away."""

import numpy as np
import streamlit as st

from ddcore.data.dataset import Dataset
from ddcore.figures.colours import PALETTE
from ddcore.figures.shares import class_mix
from pages.parts.browser.image_sheet import image_sheet
from pages.parts.explore import selection
from pages.parts.explore.scored import Scored

PAGE = 60


def show_grid(
    dataset: Dataset, scored: Scored, ids: np.ndarray, source: str, primary: int | None, reading: str
) -> int | None:
    """A page of the images `ids`, the most important first; returns the one clicked just now.

    `reading` says how to take their order.
    """
    count = len(ids)
    st.markdown(f"##### {heading(count, source, scored)}")
    if count == 0:
        st.info("Nothing is left: no image passes all filters. Widen the range of scores, or choose more classes.")
        return None
    if reading and not scored.alike:
        st.caption(reading)
    pages = -(-count // PAGE)
    with st.container(height=330, border=False):
        page = min(st.session_state.get("explore_page", 1), pages)
        shown = ids[(page - 1) * PAGE : page * PAGE]
        labels = dataset.train.labels[shown]
        marks = [PALETTE[k] for k in labels] if dataset.num_classes <= len(PALETTE) else None
        captions = [dataset.classes[k] for k in labels]
        clicked = image_sheet(
            dataset.train.images[shown], shown, captions, key="explore_sheet", marks=marks,
            selected=primary,
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="right"):
        if st.session_state.get("explore_page", 1) > pages:
            st.session_state["explore_page"] = pages
        if pages > 1:
            # As wide as there is room: as wide as its content it hides pages from the first on.
            st.pagination(pages, key="explore_page", max_visible_pages=5, width="stretch")
        _take_away(dataset, scored, ids)
    return clicked


def heading(count: int, source: str, scored: Scored) -> str:
    """What the sheet shows, in words."""
    if source == "importance":
        return f"The first {count:,} images" if scored.alike else f"The {count:,} most important images"
    images = "image" if count == 1 else "images"
    return f"{count:,} {images} " + ("you drew round" if source == "lasso" else "within the filters")


def _take_away(dataset: Dataset, scored: Scored, ids: np.ndarray) -> None:
    with st.popover("Take away", help="Save these images as a file"):
        st.caption(f"{len(ids):,} images, the most important first.")
        name = f"{dataset.name}-selection".replace("/", "-")
        for kind, label, make in (
            ("csv", "Numbers, labels and scores (CSV)", selection.as_csv),
            ("npz", "The same with the images (NPZ)", selection.as_npz),
        ):
            st.download_button(
                label, lambda make=make: make(dataset, scored, ids), f"{name}.{kind}", key=f"explore_{kind}",
                on_click="ignore", width="stretch",
            )  # fmt: skip


def show_mix(dataset: Dataset, ids: np.ndarray, *, dark: bool) -> None:
    """Shares of the classes among `ids` beside those in all images."""
    st.markdown("##### Which classes they are")
    labels = dataset.train.labels
    counts = [np.bincount(part, minlength=dataset.num_classes) for part in (labels[ids], labels)]
    figure = class_mix(*counts, dataset.classes, dark=dark)
    st.plotly_chart(figure, theme=None, key="explore_mix", config={"displayModeBar": False})
    st.caption(f"Shares of the classes among the {len(ids):,} images above, beside those among all {len(labels):,}.")
