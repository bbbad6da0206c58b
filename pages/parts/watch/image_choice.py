"""Which image of which run a panel is about: the picked one, which may also be chosen here by class and number."""

from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from ddcore.errors import BadInput
from pages.parts.address import note
from pages.parts.run_history import RunHistory
from pages.parts.watch.inspected import Snapshot, picture_of, snapshot_at
from pages.parts.watch.picking import PICKED, Picked

TILE = "watch_tile"
"""Session key of the tile looked at of an image that holds several, from 1."""
_RUN = "watch_image_run"


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
    """Draw the choice as it stands, which is `picked`, by default the first image; returns it.

    BadInput if the snapshot of the run cannot be read.
    """
    picked = picked or Picked(0, 0)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choose_run(read, picked)
        history = read[picked.run]
        snapshot = snapshot_at(history, cursor)
        _, classes, tiles = picture_of(snapshot)
        if picked.image >= len(classes):
            raise BadInput(f"The snapshot of step {snapshot.step:,} is damaged: it holds {len(classes)} images.")
        names, key = [str(name) for name in history.run.config()["dataset"]["classes"]], f"made_of_{history.run.id}"
        _choose_place(key, picked, classes, names)
        tile = _choose_tile(tiles**2)
    return Chosen(history, snapshot, picked.image, int(classes[picked.image]), tile, tiles)


def choose_run(read: list[RunHistory], picked: Picked) -> None:
    """Draw the choice between the runs of a pair: that of the `picked` image."""
    if len(read) > 1:
        st.session_state[_RUN] = "AB"[picked.run]
        st.segmented_control("Run", ["A", "B"], required=True, key=_RUN, on_change=_pick_run, args=(read, picked.image))


def _pick_run(read: list[RunHistory], image: int) -> None:
    """The same image of the other run, if that has it."""
    run = "AB".index(st.session_state[_RUN])
    sheet = read[run].sheet
    there = sheet is not None and image in (sheet.images or range(sheet.rows * sheet.columns))
    st.session_state[PICKED] = Picked(run, image if there else 0)


def _choose_place(key: str, picked: Picked, classes: np.ndarray, names: list[str]) -> None:
    """The class of the image and, where a class has several, its number there."""
    label = int(classes[picked.image])
    st.session_state[f"{key}_class"] = label
    pick = {"on_change": _pick_place, "args": (key, picked.run, classes)}
    st.selectbox(
        "Class", sorted(set(classes.tolist())), key=f"{key}_class", width=220,
        format_func=lambda label: class_called(names, label), **pick,
    )  # fmt: skip
    st.session_state[f"{key}_number"] = int((classes[: picked.image] == label).sum()) + 1
    _choose_number("Image", f"{key}_number", int((classes == label).sum()), **pick)


def _pick_place(key: str, run: int, classes: np.ndarray) -> None:
    places = (classes == st.session_state[f"{key}_class"]).nonzero()[0]
    number = int(st.session_state.get(f"{key}_number") or 1)
    st.session_state[PICKED] = Picked(run, int(places[min(number, len(places)) - 1]))


def _choose_tile(count: int) -> int:
    """0 to count - 1; a tile that the image does not have is told above the page, and the first is shown."""
    if not 1 <= (tile := st.session_state.get(TILE) or 1) <= count:
        note(f"There is no tile {tile}: this image has {count}. Tile 1 is shown.")
        st.session_state[TILE] = 1
    return _choose_number("Tile", TILE, count)


def _choose_number(title: str, key: str, count: int, **options: Any) -> int:
    """0 to count - 1, shown from 1; nothing is drawn if there is no choice."""
    if count < 2:
        return 0
    st.session_state[key] = min(max(1, int(st.session_state.get(key) or 1)), count)
    return (
        st.number_input(f"{title} (1 to {count})", 1, count, key=key, width=150, persist_state="session", **options) - 1
    )
