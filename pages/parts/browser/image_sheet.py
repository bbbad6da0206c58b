"""The image sheet: many small, crisp, clickable images with captions."""

from collections.abc import Callable, Sequence

import numpy as np

from ddcore.errors import BadInput
from pages.parts.browser.agreed import hear_click
from pages.parts.browser.component import component, ignore, pack


def image_sheet(
    pixels: np.ndarray,
    ids: Sequence[int],
    captions: Sequence[str],
    *,
    key: str,
    scale: int | None = None,
    columns: int | None = None,
    marks: Sequence[str] | None = None,
    selected: int | None = None,
    on_click: Callable[[int], None] | None = None,
) -> int | None:
    """Draw `pixels` (n,H,W,C) uint8, C = 1 or 3, with one caption each; returns the id clicked just now, or None.

    A caption is one line, cut to the image's width; a caption with line breaks is not cut.
    Every image pixel becomes `scale` x `scale` CSS pixels; by default the least whole number, 2 or more, that makes
    tiles 56 wide. `columns` fixes the number of columns (otherwise as many as fit). `marks` are CSS colours, one per
    image ("" for none), drawn as a bar below it, e.g. for its class. `selected` is the id with a ring, even if it is
    not among `ids`; without it the ring stays on the image clicked last. `on_click` is called with the id clicked,
    even if Streamlit interrupts the run right after. Raises `BadInput` if the lengths disagree.
    """
    pixels, ids = np.asarray(pixels), np.asarray(ids, np.int32)
    if pixels.ndim != 4 or pixels.shape[-1] not in (1, 3) or pixels.dtype != np.uint8:
        raise BadInput(f"A sheet needs uint8 pixels (n,H,W,1 or 3), not {pixels.dtype} {pixels.shape}.")
    lengths = [len(pixels), len(ids), len(captions), len(ids if marks is None else marks)]
    if len(set(lengths)) > 1:
        raise BadInput(f"A sheet needs as many ids, captions and marks as images; there are {lengths}.")
    header = {
        "shape": pixels.shape,
        "captions": list(captions),
        "marks": None if marks is None else list(marks),
        "scale": scale or max(2, -(-56 // pixels.shape[2])),
        "columns": columns,
        "selected": selected,
    }
    data = pack(header, pixels=pixels, ids=ids)
    told = component("image_sheet")(key=key, data=data, on_clicked_change=ignore).get("clicked")
    return hear_click(key, told or {}, on_click)
