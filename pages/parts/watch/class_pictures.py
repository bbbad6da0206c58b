"""Synthetic images of each class as small pictures, for charts with a row a class."""

import base64
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ddcore.runs.snapshots import read_view
from pages.parts.browser.player import cursor_step
from pages.parts.run_history import RunHistory

if TYPE_CHECKING:
    import numpy as np

_SIDE = 64  # pixels of a tile: twice what is seen, and enlarged by repeating pixels, so that they stay crisp
_GAP = 0.25  # of a tile, between the images of two runs


def class_pictures(shown: Sequence[tuple[RunHistory, int]], order: Sequence[int], each: int) -> list[str]:
    """A PNG as an address for each class in `order`: its first `each` images, for each of the runs at its step.

    Empty where a snapshot cannot be read, or the runs have images of different sizes.
    """
    import numpy as np

    sets = [_read(history, step) for history, step in shown]
    if any(one is None for one in sets) or len({one[0].shape[1:] for one in sets if one}) > 1:
        return []
    pictures = []
    for label in order:
        strips = [_strip(view[classes == label][:each], each) for view, classes in (one for one in sets if one)]
        gap = np.zeros((strips[0].shape[0], int(_GAP * strips[0].shape[0]), 4), np.uint8)
        parts = [part for strip in strips for part in (strip, gap)][:-1]
        pictures.append(_address(np.concatenate(parts, 1)))
    return pictures


def _read(history: RunHistory, step: int) -> "tuple[np.ndarray, np.ndarray] | None":
    steps = history.run.snapshot_steps()
    try:
        found = read_view(history.run.snapshot_path(cursor_step(steps, step)))
    except (OSError, ValueError):  # damaged, or not there yet: the player says so
        return None
    stride = -(-found.view.shape[1] // _SIDE)
    view = found.view[:, ::stride, ::stride]
    larger = max(1, _SIDE // view.shape[1])
    return view.repeat(larger, 1).repeat(larger, 2), found.classes


def _strip(images: "np.ndarray", each: int) -> "np.ndarray":
    """`images` (M,H,W,C) side by side as (H, each x W, 4); places without an image are transparent."""
    import numpy as np

    _, height, width, channels = images.shape
    strip = np.zeros((each, height, width, 4), np.uint8)
    strip[: len(images), ..., :3] = images if channels == 3 else images.repeat(3, -1)
    strip[: len(images), ..., 3] = 255
    return strip.transpose(1, 0, 2, 3).reshape(height, each * width, 4)


def _address(pixels: "np.ndarray") -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
