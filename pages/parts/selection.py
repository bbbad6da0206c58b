"""The selection that follows a person from page to page: training images of one dataset, one of them primary.

`st.session_state["selection"]` is a dict:
- "dataset": the content hash of the data it belongs to
- "chosen": ids that the person chose (lasso, slice, file, link), ascending, or None
- "ids": those of them that pass the filters, most important first; with filters alone, all that pass; else empty
- "source": where "ids" come from: lasso | filter | importance
- "primary": the id of the image looked at closely, or None
- "past", "future": [(chosen, primary, what the filter by images keeps)] to undo and to redo
- "map": (key of the map on the page, what was chosen when it reported last, its report)
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

KEY = "selection"
_MOST_STEPS = 30  # that can be undone


def current(dataset_hash: str) -> dict[str, Any]:
    """The selection in this dataset; a new one if there is none or it belongs to another dataset."""
    selection = st.session_state.get(KEY)
    if selection is None or selection["dataset"] != dataset_hash:
        selection = {
            "dataset": dataset_hash, "chosen": None, "ids": [], "source": "importance", "primary": None,
            "past": [], "future": [], "map": None,
        }  # fmt: skip
        st.session_state[KEY] = selection
    return selection


def primary_of(dataset_hash: str) -> int | None:
    """The primary image, for any page that shows images of this dataset; None if none is chosen."""
    selection = st.session_state.get(KEY)
    return selection["primary"] if selection and selection["dataset"] == dataset_hash else None


def is_of(dataset_hash: str) -> bool:
    """Whether the selection belongs to this dataset; most other functions here begin a new one if not."""
    selection = st.session_state.get(KEY)
    return selection is not None and selection["dataset"] == dataset_hash


def anything_of(dataset_hash: str) -> bool:
    """Whether any image of this dataset is chosen, or looked at closely."""
    held = st.session_state.get(KEY)
    return is_of(dataset_hash) and (held["chosen"] is not None or held["primary"] is not None)


def link_to_explore(dataset_hash: str, data: dict[str, str] | None = None, help: str | None = None) -> None:
    """Draw one line that leads to the selected images on Explore, if any of this dataset are.

    `data`: the dataset as an address names it, where the page has another one than the session.
    """
    if not anything_of(dataset_hash):
        return
    chosen = chosen_of(dataset_hash)
    many = f"training image {primary_of(dataset_hash):,}" if chosen is None else f"the {len(chosen):,} selected images"
    st.page_link("explore.py", label=f"See {many} on Explore", query_params=data, help=help)


def show_history(dataset_hash: str) -> None:
    """Draw the buttons that undo and redo choices of images."""
    chosen = current(dataset_hash)
    for label, act, source in (("↶", undo, "past"), ("↷", redo, "future")):
        st.button(
            label, key=f"selection_{act.__name__}", on_click=act, args=(dataset_hash,), disabled=not chosen[source],
            help=f"{act.__name__.capitalize()} the last choice of images",
        )  # fmt: skip


def chosen_of(dataset_hash: str) -> np.ndarray | None:
    """The ids that the person chose, ascending; None if they chose none."""
    chosen = current(dataset_hash)["chosen"]
    return None if chosen is None else np.asarray(chosen, np.int64)


def among_key(dataset_hash: str) -> str:
    """The session key of the ids, ascending, that the filter by images keeps; None: all."""
    return f"explore_among_{dataset_hash}"


def choose(dataset_hash: str, chosen: Sequence[int] | None, primary: int | None = None) -> None:
    """Choose other images, or with None no images. What was chosen before can be undone."""
    selection = current(dataset_hash)
    chosen = None if chosen is None or not len(chosen) else np.unique(np.asarray(chosen, np.int64)).tolist()
    if chosen != selection["chosen"]:
        _remember(dataset_hash)
        selection["chosen"] = chosen
    if primary is not None:
        selection["primary"] = primary


def keep_only(dataset_hash: str, ids: Sequence[int]) -> None:
    """Filter by these images, of which then none is chosen. What was before can be undone."""
    kept = np.unique(np.asarray(ids, np.int64)).tolist()
    if kept != st.session_state.get(among_key(dataset_hash)):
        _remember(dataset_hash)
        st.session_state[among_key(dataset_hash)] = kept
        current(dataset_hash)["chosen"] = None


def _remember(dataset_hash: str) -> None:
    selection = current(dataset_hash)
    selection.update(past=[*selection["past"], _now(dataset_hash)][-_MOST_STEPS:], future=[])


def _now(dataset_hash: str) -> tuple:
    selection = current(dataset_hash)
    return selection["chosen"], selection["primary"], st.session_state.get(among_key(dataset_hash))


def undo(dataset_hash: str) -> None:
    _step(dataset_hash, "past", "future")


def redo(dataset_hash: str) -> None:
    _step(dataset_hash, "future", "past")


def _step(dataset_hash: str, source: str, target: str) -> None:
    selection = current(dataset_hash)
    if selection[source]:
        selection[target] = [*selection[target], _now(dataset_hash)]
        *selection[source], before = selection[source]
        selection["chosen"], selection["primary"], st.session_state[among_key(dataset_hash)] = before


def for_map(dataset_hash: str, map: str) -> np.ndarray | None:
    """The ids that the map `map` is to show as selected: its own last report, unless others were chosen since."""
    chosen, known = chosen_of(dataset_hash), current(dataset_hash)["map"]
    if known is None or known[0] != map or known[1] != current(dataset_hash)["chosen"]:
        return chosen
    return None if known[2] is None else np.asarray(known[2], np.int64)


def hear(dataset_hash: str, map: str, selected: np.ndarray | None) -> None:
    """Take what the map `map` reports as selected, if that is news.

    A map reports in every run, and only images that it draws: what it says first of a choice made elsewhere is that
    choice, as far as it can show it.
    """
    selection, report = current(dataset_hash), None if selected is None else selected.tolist()
    known, chosen = selection["map"], selection["chosen"]
    if known is None or known[0] != map:
        news = chosen is None and report is not None
    else:
        news = known[1] == chosen and report != known[2]
    if news:
        choose(dataset_hash, report)
    selection["map"] = (map, selection["chosen"], report)


def forget_maps(dataset_hash: str) -> None:
    """On arrival at a page: its maps are new."""
    current(dataset_hash)["map"] = None


def keep(dataset_hash: str, ids: np.ndarray, source: str) -> bool:
    """Store what is selected; nothing if the person chose nothing (source "importance").

    A new selection without the primary image clears that; returns whether this happened.
    """
    selection, shown = current(dataset_hash), [] if source == "importance" else ids.tolist()
    primary = selection["primary"]
    left_out = bool(shown) and shown != selection["ids"] and primary is not None and primary not in shown
    selection.update(ids=shown, source=source)
    if left_out:
        selection["primary"] = None
    return left_out


def make_primary(dataset_hash: str, id: int | None) -> None:
    current(dataset_hash)["primary"] = id
