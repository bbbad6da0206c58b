"""One training image: large and crisp, how important it is, and what is most like it."""

from functools import partial

import numpy as np
import streamlit as st

from ddcore.data.dataset import Dataset
from ddcore.maps.projection import neighbours
from pages.parts import selection
from pages.parts.browser.image_sheet import image_sheet
from pages.parts.explore.planted import about_planted
from pages.parts.explore.scored import Scored, rank_in_words

_LARGE = 168  # CSS pixels
_FRAME = 12  # what the sheet leaves free round an image
_ALIKE = 14  # neighbours shown


def show_head(
    dataset: Dataset, scored: Scored, id: int, ids: np.ndarray, span: str, *, passes: bool, asked: bool
) -> None:
    """Show the image beside its facts, with buttons to step through `ids`, the selected images.

    `span`: the range of its ranks in words, if known; `passes`: whether it passes the filters; `asked`: whether it was
    chosen, and is not just the first of `ids`.
    """
    width = dataset.train.images.shape[2]
    scale = max(2, _LARGE // width)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        with st.container(width=scale * width + _FRAME):
            image_sheet(dataset.train.images[[id]], [id], [""], key="card", scale=scale, columns=1)
        with st.container(width="stretch"):
            st.markdown(f"#### {dataset.classes[dataset.train.labels[id]]}")
            outside = "" if passes else " · :orange[outside the filters]"
            planted = about_planted(dataset, id, asked=asked)
            lines = [f"image {id:,} {outside}", planted, _importance(scored, id, span)]
            st.markdown("  \n".join(filter(None, lines)))
    _steps(dataset.hash, id, ids)


def _importance(scored: Scored, id: int, span: str) -> str:
    if scored.waiting:
        return "importance not computed yet"
    rank = "all images count the same"
    if not scored.alike:
        own = scored.scores[id]
        above, alike = int((scored.scores > own).sum()), int((scored.scores == own).sum())
        rank = rank_in_words(above + 1, len(scored.scores), span, alike - 1)
    return f"{rank}  \n{scored.title} **{scored.scores[id]:.3g}**"


def _steps(dataset_hash: str, id: int, ids: np.ndarray) -> None:
    """Buttons to the previous and next of `ids`, with the place of `id`; from outside, next leads to the first."""
    places = np.flatnonzero(ids == id)
    place = int(places[0]) if len(places) else -1
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for label, to, key in (("‹ Previous", place - 1, "previous"), ("Next ›", place + 1, "next")):
            can = 0 <= to < len(ids)
            target = int(ids[to]) if can else None
            st.button(
                label, key=f"explore_{key}", on_click=selection.make_primary, args=(dataset_hash, target),
                disabled=not can,
            )  # fmt: skip
        if place >= 0:
            st.caption(f"{place + 1:,} of {len(ids):,}", width="content")


def show_alike(dataset: Dataset, map: dict[str, np.ndarray], id: int) -> None:
    """Show the images nearest to `id` in the map's principal components."""
    st.markdown("##### Most similar")
    ids, distances = neighbours(map["reduced"], id, _ALIKE)
    labels = dataset.train.labels
    same = int((labels[ids] == labels[id]).sum())
    captions = [f"{dataset.classes[labels[i]]}" for i in ids]
    image_sheet(
        dataset.train.images[ids], ids, captions, key="explore_alike", selected=id,
        on_click=partial(selection.make_primary, dataset.hash),
    )  # fmt: skip
    shares = "shares" if same == 1 else "share"
    away = f", at distances {distances[0]:.2g} to {distances[-1]:.2g}" if len(ids) else ""
    st.caption(
        f"The {len(ids)} nearest of {len(labels):,} images in the map's {map['reduced'].shape[1]} principal "
        f"components, nearest first{away}; {same} {shares} its class."
    )
