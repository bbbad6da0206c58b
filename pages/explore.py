"""Explore: which images of a dataset count as important, and what they look like."""

import streamlit as st

from ddcore.embedding import cached_map_path
from pages.parts import selection
from pages.parts.dataset_choice import choose_dataset
from pages.parts.explore_grid import show_grid, show_mix
from pages.parts.explore_map import choose_colouring, show_map
from pages.parts.exploring import uniform_scores
from pages.parts.filters import inside, show_filters
from pages.parts.map_choice import choose_map, map_of
from pages.parts.point_map import MapEvent
from pages.parts.sample_card import show_alike, show_head, show_terms
from pages.parts.schema import known_schema
from pages.parts.score_choice import choose_score, scores_of, words_of


def explore() -> None:
    dark = st.context.theme.type == "dark"
    st.title("Which images matter?")
    st.markdown(
        "Every point is a training image, and images that look alike lie close together. "
        "Draw round some of them to see them; click one to see why it matters."
    )
    bar = st.columns([4, 3, 3, 1], vertical_alignment="bottom")
    dataset = choose_dataset(bar[0])
    if dataset is None:
        return
    schema = known_schema()
    with bar[1]:
        name, settings = choose_score(schema)
    with bar[3]:
        map_settings, count, run = choose_map(dataset)
    left, right = st.columns([7, 5], gap="large")
    with left:
        found = scores_of(dataset, name, settings, schema)
        scored = found or uniform_scores(len(dataset.train), "importance", waiting=True)
        words = words_of(name if found else "uniform")
        let, primary = inside(dataset, scored), selection.current(dataset.hash)["primary"]
        with bar[2]:
            colouring = choose_colouring(dataset, scored, words)
        map = map_of(dataset, map_settings)
        event = MapEvent(None, None)
        if map is not None:
            path = cached_map_path(dataset.hash, map_settings)
            event = show_map(map, path, dataset, scored, let, colouring, count, run, primary, dark=dark)
    ids, source = selection.chosen_ids(event.selected, let, scored.order)
    if selection.keep(dataset.hash, ids, source):
        st.rerun()
    id = primary if primary is not None else int(ids[0]) if len(ids) else None
    clicked = [event.clicked]
    with right:
        if id is not None:
            show_head(dataset, scored, id, ids, let=bool(let[id]))
        clicked.append(show_grid(dataset, scored, ids, source, id, words.reading))
    left, right = st.columns([7, 5], gap="large")
    with left:
        show_filters(dataset, scored, dark=dark)
        show_mix(dataset, ids, dark=dark)
    with right:
        if id is not None:
            show_terms(scored, words, id, dark=dark)
        if id is not None and map is not None:
            clicked.append(show_alike(dataset, map, id))
    wanted = next((id for id in clicked if id is not None), primary)
    if wanted != primary:
        selection.make_primary(dataset.hash, wanted)
        st.rerun()  # the ring on the map and the card above are drawn already


explore()
