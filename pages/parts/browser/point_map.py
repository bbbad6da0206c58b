"""The map: many points, one per image, to pan, zoom, hover, click, and select with box or lasso."""

import base64
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ddcore.errors import BadInput
from pages.parts.browser.component import component, ignore, pack

_LARGEST_ID = 2**24  # the selection travels as one bit per id


class Captions(NamedTuple):
    """Hover text of points: the class and, if given, one more quantity."""

    classes: Sequence[str]
    labels: np.ndarray  # (n,) index into `classes`
    value_name: str = ""
    values: np.ndarray | None = None  # (n,) shown with four significant digits


class Synthetic(NamedTuple):
    """Synthetic images placed on the map, drawn as diamonds over everything else."""

    xy: np.ndarray  # (m, 2) in the map's coordinates
    colours: Sequence[str]  # m CSS colours
    fade: np.ndarray  # (m,) opacity in [0, 1]: low if the place on the map means little
    names: Sequence[str]  # m, shown on hover


class MapEvent(NamedTuple):
    selected: np.ndarray | None  # ids in ascending order, or None when nothing is selected
    clicked: int | None  # the id clicked just now


def point_map(
    xy: np.ndarray,
    ids: np.ndarray,
    shade: np.ndarray,
    palette: Sequence[str],
    *,
    key: str,
    thumbs: str | None = None,
    captions: Captions | None = None,
    highlight: Sequence[int] = (),
    synthetic: Synthetic | None = None,
    within: int | None = None,
    height: int = 560,
) -> MapEvent:
    """Draw `xy` (n,2), later points over earlier ones, coloured `palette[shade]`; returns what the user did.

    `ids` (n,) are dataset rows, non-negative, and name the points in the event; `shade` (n,) indexes `palette` (at most
    256 CSS colours). `thumbs` is the address to which `<id>.png` is added for hover thumbnails; it also identifies the
    dataset: the selection belongs to (key, thumbs) and survives any other change, so colours, order, thinning and even
    positions may change under it. `highlight` are ids to ring. `within`: how many of the points pass the
    filters, shown in the corner. `height` is in CSS pixels. Raises `BadInput` if the arrays disagree.
    """
    xy = np.asarray(xy, np.float32)
    ids = np.asarray(ids, np.int32)
    _check(xy, ids, np.asarray(shade), palette)
    arrays = {"xy": xy, "ids": ids, "shade": np.asarray(shade, np.uint8)}
    header = {"key": key, "source": thumbs or "", "thumbs": thumbs, "palette": list(palette), "height": height}
    header["highlight"] = [int(i) for i in highlight]
    if within is not None:
        header["within"] = within
    if captions is not None:
        header |= {"classes": list(captions.classes), "value_name": captions.value_name}
        arrays["labels"] = np.asarray(captions.labels, np.uint8 if len(captions.classes) <= 256 else np.int32)
        if captions.values is not None:
            arrays["values"] = np.asarray(captions.values, np.float32)
    if synthetic is not None:
        header["synthetic"] = {"colours": list(synthetic.colours), "names": list(synthetic.names)}
        arrays["synthetic_xy"] = np.asarray(synthetic.xy, np.float32)
        arrays["synthetic_fade"] = np.asarray(synthetic.fade, np.float32)
    mount = component("point_map")
    state = mount(key=key, data=pack(header, **arrays), on_selected_change=ignore, on_clicked_change=ignore)
    selected = selected_ids(state.get("selected"), ids, header["source"])
    clicked = state.get("clicked")
    return MapEvent(selected, None if clicked is None else int(clicked))


def selected_ids(value: dict | None, ids: np.ndarray, source: str) -> np.ndarray | None:
    """The ids among `ids` whose bit is set in the browser's `{"source", "bits"}`, ascending; None if there are none.

    `bits` is base64 of a bitset over ids, lowest bit first, so its size depends on the largest id and not on the count.
    A selection made on another `source` (the address of the thumbnails) counts as none.
    """
    if not value or value.get("source") != source:
        return None
    bits = np.unpackbits(np.frombuffer(base64.b64decode(value["bits"]), np.uint8), bitorder="little")
    shown = np.unique(ids[ids < len(bits)])
    chosen = shown[bits[shown] == 1]
    return chosen if len(chosen) else None


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
