"""Filters of Explore that need no mouse: a range of scores, classes, chosen images, an image's number."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from ddcore.data.dataset import Dataset
from ddcore.figures.scores import score_histogram
from pages.parts import selection
from pages.parts.address import follow, held
from pages.parts.explore.chosen import within
from pages.parts.explore.scored import Scored
from pages.parts.figure import show_figure
from pages.parts.linked_ids import linked_ids
from pages.parts.selection import among_key
from pages.parts.spelling import several, span

_LONG_TAIL = 20  # times the median


def standing(dataset: Dataset) -> tuple[tuple[float, float], list[int]]:
    """The current filters: the range of scores as fractions of the images, and the classes."""
    low, high = st.session_state.get(f"explore_range_{dataset.hash}", (0.0, 100.0))
    return (low / 100, high / 100), st.session_state.get(f"explore_classes_{dataset.hash}", [])


def follow_filters(dataset: Dataset) -> None:
    """Bind the filters to their names in the address."""
    follow(
        held("range", f"explore_range_{dataset.hash}", span(0, 100), (0.0, 100.0)),
        held("classes", f"explore_classes_{dataset.hash}", several(dataset.num_classes), []),
        held("among", among_key(dataset.hash), linked_ids(dataset))._replace(words="the images of the filter"),
    )


def inside(dataset: Dataset, scored: Scored) -> np.ndarray:
    """(N,) bool: the images that pass the filters."""
    (low, high), classes = standing(dataset)
    passing = np.ones(len(scored.scores), bool)
    if (low, high) != (0.0, 1.0) and not scored.alike:
        passing &= within(scored.scores, low, high)
    if classes:
        passing &= np.isin(dataset.train.labels, classes)
    if (among := st.session_state.get(among_key(dataset.hash))) is not None:
        passing &= np.isin(np.arange(len(passing)), among)
    return passing


def show_filters(dataset: Dataset, scored: Scored, *, dark: bool) -> None:
    """Draw the histogram of scores with its range, the classes, and the number of an image to look at."""
    (low, high), _ = standing(dataset)
    st.markdown("##### How importance is spread")
    if scored.alike:
        st.caption("The scores are still being computed." if scored.waiting else "Every image has the same score.")
    else:
        figure = _histogram(scored, low, high, dark=dark)
        show_figure(figure, key="explore_histogram")
        st.session_state.setdefault(f"explore_range_{dataset.hash}", (0.0, 100.0))
        st.slider(
            "From the least (0 %) to the most important image (100 %)", 0.0, 100.0, step=0.5, format="%g %%",
            key=f"explore_range_{dataset.hash}", persist_state="session",
            help="Images outside the range turn grey on the map and leave the sheet, as if lassoed away.",
        )  # fmt: skip
    if (among := st.session_state.get(among_key(dataset.hash))) is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"Only {len(among):,} chosen images pass.", width="content")
            st.button("Let all pass", key="explore_among_off", on_click=_let_all_pass, args=(dataset.hash,))
    classes, number = st.columns([3, 2])
    classes.multiselect(
        "Classes", range(dataset.num_classes), format_func=lambda k: dataset.classes[k], placeholder="all of them",
        key=f"explore_classes_{dataset.hash}", persist_state="session",
    )  # fmt: skip
    last = len(dataset.train) - 1
    number.number_input(
        f"Image number, 0 to {last:,}", 0, last, None, 1, key=f"explore_number_{dataset.hash}",
        on_change=_go_to_number, args=(dataset.hash,), placeholder="any",
    )  # fmt: skip


def _histogram(scored: Scored, low: float, high: float, *, dark: bool) -> go.Figure:
    """Scores between the quantiles `low` and `high` in colour; the axis is logarithmic if a few are far above."""
    values, name = scored.scores, scored.title
    if values.min() > 0 and values.max() > _LONG_TAIL * np.median(values):
        values, name = np.log10(values), f"log₁₀ of {scored.title}"
    span = None if (low, high) == (0.0, 1.0) else tuple(np.quantile(values, [low, high], method="nearest"))
    return score_histogram(values, span, name, dark=dark)


def _go_to_number(dataset_hash: str) -> None:
    selection.make_primary(dataset_hash, st.session_state[f"explore_number_{dataset_hash}"])


def _let_all_pass(dataset_hash: str) -> None:
    st.session_state[among_key(dataset_hash)] = None
