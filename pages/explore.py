"""Explore: which images of a dataset count as important, and what they look like."""

import numpy as np
import streamlit as st

from ddcore.importance import SCORES, UNIFORM
from pages.parts import address, selection
from pages.parts.dataset_choice import choose_dataset
from pages.parts.explore.addressed import follow_selection
from pages.parts.explore.all_scores import show_computing
from pages.parts.explore.batch import show_batch
from pages.parts.explore.chosen import chosen_ids
from pages.parts.explore.duplicates import show_copies
from pages.parts.explore.filters import follow_filters, inside, show_filters
from pages.parts.explore.grid import show_grid, show_mix
from pages.parts.explore.leave_out import show_leave_out
from pages.parts.explore.map_choice import choose_map
from pages.parts.explore.planted import show_finders
from pages.parts.explore.rank_stability import span_of
from pages.parts.explore.sample_card import show_alike, show_head
from pages.parts.explore.score_choice import choose_score, scores_of
from pages.parts.explore.scored import uniform_scores
from pages.parts.explore.view import show_view
from pages.parts.explore.why_card import show_why
from pages.parts.schema import known_schema


def explore() -> None:
    dark = st.context.theme.type == "dark"
    st.title("Which images matter?")
    st.markdown(
        "Every point is a training image; on the map, images that look alike lie close together. "
        "Lasso points to see their images. Click one to see why it matters."
    )
    bar = st.columns([7, 6, 5, 3], vertical_alignment="bottom")
    dataset = choose_dataset(bar[0])
    if dataset is None:
        return
    follow_filters(dataset)
    follow_selection(dataset)
    schema = known_schema()
    with bar[1]:
        name, settings = choose_score(schema)
    with bar[3]:
        map_choice = choose_map(dataset)
    left, right = st.columns([7, 5], gap="large")
    with left:
        computed = scores_of(dataset, name, settings, schema) if schema else None
        scored = computed or uniform_scores(len(dataset.train), "importance", waiting=True)
        shown = name if computed else "uniform"
        passing, looked_at = inside(dataset, scored), selection.primary_of(dataset.hash)
        ids, _ = chosen_ids(selection.chosen_of(dataset.hash), passing, scored.order)
        ringed = _shown(looked_at, ids)
        view = show_view(dataset, schema, shown, scored, passing, ringed, map_choice, bar[2], dark=dark)
        show_computing(dataset, schema, (name, view.rival))
    ids, source = chosen_ids(selection.chosen_of(dataset.hash), passing, scored.order)
    id = _shown(looked_at, ids)
    if selection.keep(dataset.hash, ids, source) or id != ringed:
        st.rerun()
    with right:
        if id is not None:
            span = span_of(dataset, schema, name, settings, id)
            show_head(dataset, scored, id, ids, span, passes=bool(passing[id]), asked=looked_at is not None)
        show_grid(dataset, scored, ids, source, id, SCORES.about(shown).reading)
    show_leave_out(dataset, schema, ids if source != "importance" else ids[:0], dark=dark)
    show_batch(dataset, scored)
    show_finders(dataset, schema, dark=dark)
    left, right = st.columns([7, 5], gap="large")
    with left:
        show_filters(dataset, scored, dark=dark)
        show_mix(dataset, ids, dark=dark)
    with right:
        if id is not None:
            show_why(dataset, schema, name, settings, scored, id, dark=dark)
            show_copies(dataset, id)
        if id is not None and view.map is not None:
            show_alike(dataset, view.map, id)
    if selection.primary_of(dataset.hash) != looked_at:
        st.rerun()  # an image was clicked, and the ring on the map and the card above are drawn already
    if schema and (computed or name == UNIFORM):
        address.settle()


def _shown(primary: int | None, ids: np.ndarray) -> int | None:
    """The image of the card: the primary one, otherwise the first of the sheet."""
    return primary if primary is not None else int(ids[0]) if len(ids) else None


explore()
