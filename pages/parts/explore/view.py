"""The large picture of Explore: the map of the images, or their ranks under two scores."""

from typing import NamedTuple

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ddcore.commands.schema_cache import Schema
from ddcore.data.dataset import Dataset
from ddcore.importance import SCORES
from ddcore.maps.embedding import cached_map_path
from pages.parts.explore.all_pairs import show_all_pairs
from pages.parts.explore.map import choose_colouring, show_map
from pages.parts.explore.map_choice import MapChoice, map_of
from pages.parts.explore.scored import Scored
from pages.parts.explore.two_scores import (
    TWO,
    agreement_in_words,
    choose_rival,
    choose_view,
    corners,
    kept_places,
    rival_scores,
    show_two,
)
from pages.parts.maps import map_at


class View(NamedTuple):
    """The map, if there is one; the score compared with the chosen one."""

    map: dict[str, np.ndarray] | None
    rival: str | None = None


def show_view(
    dataset: Dataset, schema: Schema | None, name: str, scored: Scored, inside: np.ndarray, primary: int | None,
    map_choice: MapChoice, colours: DeltaGenerator, *, dark: bool,
) -> View:  # fmt: skip
    """Choose the picture and draw it; the choice of colours goes to `colours`."""
    head = st.columns([2, 3], vertical_alignment="center")
    with head[0]:
        view = choose_view(schema)
    if view == TWO:
        with head[1]:
            rival = choose_rival(dataset, schema, name)
        return _two(dataset, schema, name, rival, scored, inside, primary, map_choice, colours, dark=dark)
    below = st.container()
    with colours:
        about, chosen = SCORES.about(name), map_choice
        colouring = choose_colouring(dataset, schema, scored, about, below, run=chosen.run, step=chosen.step)
    map = map_of(dataset, map_choice.settings)
    show_map(map, dataset, scored, inside, colouring, map_choice, primary, dark=dark)
    return View(map.arrays)


def _two(
    dataset: Dataset, schema: Schema | None, name: str, rival: str | None, scored: Scored, inside: np.ndarray,
    primary: int | None, map_choice: MapChoice, colours: DeltaGenerator, *, dark: bool,
) -> View:  # fmt: skip
    path = cached_map_path(dataset.hash, map_choice.settings)
    map = map_at(path, dataset.hash)
    if scored.alike or rival is None:
        if not scored.waiting:
            st.info("Every image has the same score. Choose another score under “Importance”.")
        return View(map, rival)
    against = rival_scores(dataset, schema, rival)
    if against is None:
        return View(map, rival)
    if against.alike:
        st.info(f"Every image has the same {against.title}, so there is nothing to compare.")
        return View(map, rival)
    across = kept_places(scored.key, "across", scored.scores)
    up = kept_places(against.key, "up", against.scores)
    st.markdown(agreement_in_words(scored, against, across, up))
    below = st.container()
    with colours:
        first = corners(across, up, scored.title, against.title)
        colouring = choose_colouring(dataset, schema, scored, SCORES.about(name), below, first)
    show_two(
        dataset, scored, against, inside, across, up, colouring, map_choice.count, primary, dark=dark
    )  # fmt: skip
    show_all_pairs(dataset, schema, dark=dark)
    return View(map, rival)
