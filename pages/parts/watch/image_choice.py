"""Which image of which run a panel is about: the one picked with the mouse, or chosen by class and number."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from pages.parts.run_history import RunHistory
from pages.parts.watch.inspected import Snapshot, picture_of, snapshot_at
from pages.parts.watch.picking import Picked

_PICKED = "made_of_picked"  # the pick that the widgets have taken over
_RUN = "made_of_run"


class Chosen(NamedTuple):
    """One image of a run at a snapshot."""

    history: RunHistory
    snapshot: Snapshot
    image: int  # its place in the set
    label: int  # its class
    tile: int  # which of the tiles it holds, 0 if it is whole
    tiles: int  # that a stored image holds a side

    @property
    def place(self) -> int:
        """Its place among the images that the set's stored images hold."""
        return self.image * self.tiles**2 + self.tile

    @property
    def class_names(self) -> list[str]:
        return [str(name) for name in self.history.run.config()["dataset"]["classes"]]

    @property
    def class_name(self) -> str:
        return class_called(self.class_names, self.label)


def class_called(names: list[str], label: int) -> str:
    """The name of a class, also of one that a damaged file made up."""
    return names[label] if 0 <= label < len(names) else f"class {label}"


def choose_image(read: list[RunHistory], cursor: int, picked: Picked | None) -> Chosen:
    """Draw the choice; returns it. BadInput if the snapshot of the chosen run cannot be read."""
    new = picked is not None and picked.run < len(read) and picked != st.session_state.get(_PICKED)
    if new:
        st.session_state[_PICKED], st.session_state[_RUN] = picked, "AB"[picked.run]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        history = _choose_run(read)
        snapshot = snapshot_at(history, cursor)
        _, classes, tiles = picture_of(snapshot)
        names, key = [str(name) for name in history.run.config()["dataset"]["classes"]], f"made_of_{history.run.id}"
        if new and picked.image < len(classes):
            _take_over(key, classes, picked.image)
        image = _choose_place(key, classes, names)
        tile = _choose_number("Tile", f"{key}_tile", tiles**2)
    return Chosen(history, snapshot, image, int(classes[image]), tile, tiles)


def _take_over(key: str, classes: np.ndarray, image: int) -> None:
    label = int(classes[image])
    st.session_state[f"{key}_class"] = label
    st.session_state[f"{key}_number"] = int((classes[:image] == label).sum()) + 1


def _choose_run(read: list[RunHistory]) -> RunHistory:
    if len(read) == 1:
        return read[0]
    letter = st.segmented_control("Run", ["A", "B"], default="A", required=True, key=_RUN, persist_state="session")
    return read["AB".index(letter)]


def _choose_place(key: str, classes: np.ndarray, names: list[str]) -> int:
    """The place of the image: class and, where a class has several, number."""
    present = sorted(set(classes.tolist()))
    if st.session_state.get(f"{key}_class") not in present:
        st.session_state[f"{key}_class"] = int(classes[0])
    label = st.selectbox(
        "Class", present, key=f"{key}_class", format_func=lambda label: class_called(names, label), width=220,
        persist_state="session",
    )  # fmt: skip
    places = (classes == label).nonzero()[0]
    return int(places[_choose_number("Image", f"{key}_number", len(places))])


def _choose_number(title: str, key: str, count: int) -> int:
    """0 to count - 1, shown from 1; nothing is drawn if there is no choice."""
    if count < 2:
        return 0
    st.session_state[key] = min(max(1, int(st.session_state.get(key) or 1)), count)
    return st.number_input(f"{title} (1 to {count})", 1, count, key=key, width=150, persist_state="session") - 1
