"""The map: many points, one per image, to pan, zoom, hover, click, and select with box or lasso."""

import base64
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st

from ddcore.errors import BadInput
from pages.parts.browser.agreed import KEPT, Agreed, Kept, agree, hear_click
from pages.parts.browser.component import component, ignore, pack
from pages.parts.browser.film import Film, packed_film

_LARGEST_ID = 2**24  # the selection travels as one bit per id

FULL = 0
"""Form of a point: a disc."""
RING = 1
"""Form of a point that reacts as a disc does, for a colour that resembles another one."""
OTHERS = 2
"""Form of a point out of focus: a small disc, which reacts."""
FILTERED = 3
"""Form of a point outside the filters: a faint dot that is not hovered, clicked or selected."""


class Captions(NamedTuple):
    """Hover text of points: the class and, if given, one more quantity."""

    classes: Sequence[str]
    labels: np.ndarray  # (n,) index into `classes`
    value_name: str = ""
    values: np.ndarray | None = None  # (n,) shown with four significant digits


class View(NamedTuple):
    """The part of a map that is shown; a map without one shows everything."""

    x: float  # the centre, in the map's coordinates
    y: float
    zoom: float  # 1 shows everything; the same part in a frame of any size


class MapEvent(NamedTuple):
    selected: np.ndarray | None  # ids in ascending order, or None when nothing is selected
    clicked: int | None  # the id clicked just now
    view: View | None = None  # None while everything is shown


def point_map(
    xy: np.ndarray,
    ids: np.ndarray,
    shade: np.ndarray,
    palette: Sequence[str],
    *,
    key: str,
    form: np.ndarray | None = None,
    priority: np.ndarray | None = None,
    thumbs: str | None = None,
    captions: Captions | None = None,
    highlight: Sequence[int] = (),
    film: Film | None = None,
    view: View | None | Kept = KEPT,
    selection: np.ndarray | None | Kept = KEPT,
    within: int | None = None,
    on_click: Callable[[int], None] | None = None,
    fill: bool = False,
    height: int = 560,
) -> MapEvent:
    """Draw `xy` (n,2), later points over earlier ones, coloured `palette[shade]`; returns what the user did.

    `ids` (n,) are dataset rows, non-negative, and name the points in the event; `shade` (n,) indexes `palette` (at most
    256 CSS colours); `form` (n,) is one of `FULL`, `RING`, `OTHERS` and `FILTERED`, all `FULL` without it. If the same
    ids come with other positions, the points move there. `thumbs` is the address to which `<id>.png` is added for
    thumbnails, shown on hover and, where there is room, on the points: those with the highest `priority` (n,) first,
    or without it the last ones. It also identifies the dataset: the selection belongs to (key, thumbs) and survives any
    other change, so colours, order, thinning and even positions may change under it. `highlight` are ids to ring.
    `within`: how many of the points pass the filters, shown in the corner. `on_click` is called with the id clicked,
    and again in the next run if this one is interrupted before it returns. `fill`: x and y are scaled
    separately, one up to 2.5 times the other, so that the points fill the frame. `height` is in CSS pixels.

    `view` and `selection` (ids) are for pages that hold them, in an address for example: pass what the last event said
    and the map stays as the reader has it; pass anything else, None (everything, nothing) included, and the map takes
    it, once, and the event says it at once. Without them the browser alone remembers both. The view is reported after
    it settles. Raises `BadInput` if the arrays disagree.
    """
    xy = np.asarray(xy, np.float32)
    ids = np.asarray(ids, np.int32)
    _check(xy, ids, np.asarray(shade), palette)
    arrays = {"xy": xy, "ids": ids, "shade": np.asarray(shade, np.uint8)}
    header = {"key": key, "source": thumbs or "", "thumbs": thumbs, "palette": list(palette), "height": height}
    header["highlight"] = [int(i) for i in highlight]
    if fill:
        header["fill"] = True
    if within is not None:
        header["within"] = within
    if form is not None:
        arrays["form"] = _form(form, len(ids))
    if priority is not None:
        arrays["priority"] = np.argsort(-np.asarray(priority), kind="stable").astype(np.int32)
    if captions is not None:
        header |= {"classes": list(captions.classes), "value_name": captions.value_name}
        arrays["labels"] = np.asarray(captions.labels, np.uint8 if len(captions.classes) <= 256 else np.int32)
        if captions.values is not None:
            arrays["values"] = np.asarray(captions.values, np.float32)
    if film is not None:
        header["film"], placed = packed_film(film)
        header["picked"] = None if film.picked is None else [film.picked[0], int(film.picked[1])]
        arrays |= placed
    state = st.session_state.get(key) or {}
    seen, chosen = _agree_view(state, header, view), _agree_selection(state, header, ids, selection)
    header["orders"] = {"view": seen.order, "selected": chosen.order}
    state = component("point_map")(
        key=key, data=pack(header, **arrays),
        on_selected_change=ignore, on_clicked_change=ignore, on_view_change=ignore,
    )  # fmt: skip
    value = None if seen.value is None else View(*seen.value)
    clicked = hear_click(f"{header['key']} {header['source']}", _told(state, "clicked", header), on_click)
    return MapEvent(ids_among(chosen.value, ids), clicked, value)


def ids_among(bits: str, ids: np.ndarray) -> np.ndarray | None:
    """The ids among `ids` whose bit is set, ascending; None if there are none.

    `bits` is base64 of a bitset over ids, lowest bit first, so its size depends on the largest id and not on the count.
    """
    unpacked = np.unpackbits(np.frombuffer(base64.b64decode(bits), np.uint8), bitorder="little")
    shown = np.zeros(len(unpacked), bool)
    shown[ids[ids < len(unpacked)]] = True
    chosen = np.flatnonzero(shown & (unpacked == 1))
    return chosen if len(chosen) else None


def _bits(ids: np.ndarray | None) -> str:
    """As the browser packs them: without zero bytes at the end, "" for none."""
    if ids is None or not len(ids):
        return ""
    flags = np.zeros(int(np.max(ids)) + 1, np.uint8)
    flags[np.asarray(ids, np.int64)] = 1
    return base64.b64encode(np.packbits(flags, bitorder="little").tobytes()).decode()


def _agree_view(state: dict, header: dict, view: View | None | Kept) -> Agreed:
    told = _told(state, "view", header)
    given = view if isinstance(view, str) or view is None else [float(number) for number in view]
    return agree(f"view {header['key']} {header['source']}", given, told.get("value"), told.get("serial"))


def _agree_selection(state: dict, header: dict, ids: np.ndarray, selection: np.ndarray | None | Kept) -> Agreed:
    told = _told(state, "selected", header)
    given = selection if isinstance(selection, str) else _bits(selection)
    reported = _bits(ids_among(told.get("bits", ""), ids))
    return agree(f"selection {header['key']} {header['source']}", given, reported, told.get("serial"))


def _told(state: dict, name: str, header: dict) -> dict:
    """What the browser said last of this source; {} before it said anything."""
    value = state.get(name) or {}
    return value if value.get("source") == header["source"] else {}


def _form(form: np.ndarray, count: int) -> np.ndarray:
    form = np.asarray(form)
    if form.shape != (count,) or (count and not (form.min() >= FULL and form.max() <= FILTERED)):
        raise BadInput(f"A map's forms must be {count} numbers from {FULL} to {FILTERED}; they are {np.unique(form)}.")
    return form.astype(np.uint8)


def _check(xy: np.ndarray, ids: np.ndarray, shade: np.ndarray, palette: Sequence[str]) -> None:
    if xy.ndim != 2 or xy.shape[1] != 2 or ids.shape != xy.shape[:1] or shade.shape != ids.shape:
        raise BadInput(f"A map needs xy (n,2), ids (n,) and shade (n,), not {xy.shape}, {ids.shape} and {shade.shape}.")
    if not 1 <= len(palette) <= 256:
        raise BadInput(f"A map's palette has {len(palette)} colours; it needs 1 to 256.")
    if len(ids) and not (ids.min() >= 0 and ids.max() < _LARGEST_ID):
        raise BadInput(f"A map's ids run from {ids.min()} to {ids.max()}; they must be from 0 to {_LARGEST_ID - 1}.")
    if len(ids) and not (shade.min() >= 0 and shade.max() < len(palette)):
        raise BadInput(f"A map's shades run from {shade.min()} to {shade.max()}; it has {len(palette)} colours.")
    if not np.isfinite(xy).all():
        raise BadInput("A map's positions must be finite numbers; some are not.")
