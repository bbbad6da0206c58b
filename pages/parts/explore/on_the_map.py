"""The contents of the map of Explore: coloured real images, and a run's synthetic images over them."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import streamlit as st

from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.figures.colours import PALETTE, REST, class_colours, ramp, shade_by_class, shade_by_rank
from ddcore.files import read_npz
from ddcore.maps.embedding import feature_matrix
from ddcore.maps.nearest import CHUNK_ENTRIES
from ddcore.maps.projection import place
from ddcore.maps.tiles import enlarged_tiles
from ddcore.runs.folder import RunFolder
from pages.parts.browser.point_map import Captions, Synthetic
from pages.parts.explore.scored import loaded_map

_MOST_TILES = 200_000  # of a run's images
_ODD = 0.35  # opacity of a synthetic image whose place means little


class Colouring(NamedTuple):
    """Colour by the rank of `values` (N,), or if that is None by `groups` (N,) int called `names`, e.g. classes."""

    name: str
    values: np.ndarray | None = None
    groups: np.ndarray | None = None
    names: tuple[str, ...] = ()
    focus: tuple[int, ...] = ()  # groups in colour


class Points(NamedTuple):
    """What `point_map` draws, the last points on top."""

    ids: np.ndarray
    shade: np.ndarray
    palette: Sequence[str]
    captions: Captions


def points(
    dataset: Dataset, drawn: np.ndarray, inside: np.ndarray, colouring: Colouring, ranks: np.ndarray, *, dark: bool
) -> Points:
    """The images `drawn` (ids), with those not `inside` (N,) bool in grey at the bottom.

    High values are on top or, if groups are coloured, important images (`ranks` (N,), 1 the most important).
    """
    values, labels = colouring.values, dataset.train.labels
    if values is None:
        shade, palette = shade_by_class(colouring.groups, colouring.focus), class_colours(dark=dark)
        grey, height = REST, -ranks
    else:
        shade, palette = shade_by_rank(values), ramp(dark=dark)
        grey, height = 0, values
        palette = (
            class_colours(dark=dark)[REST],
            *palette[1:],
        )  # entry 0, one image in 256, becomes the grey
        shade = np.maximum(shade, 1)
    shade = np.where(inside, shade, grey)
    in_focus = inside & (shade != grey)
    order = drawn[np.lexsort((height[drawn], in_focus[drawn]))]
    captions = Captions(dataset.classes, labels[order], colouring.name, None if values is None else values[order])
    return Points(order, shade[order], palette, captions)


class Placed(NamedTuple):
    """A run's synthetic images on a map; `odd` of them are too unlike any real image for their place to mean much."""

    synthetic: Synthetic
    step: int
    odd: int
    tiles: int  # that a stored image holds, each of which is placed


class _Places(NamedTuple):
    """Places of m images, those that a set's stored images hold."""

    xy: np.ndarray  # (m, 2)
    odd: np.ndarray  # (m,) bool
    classes: np.ndarray  # (m,)
    tiles: int  # images in a stored one


def synthetic_on(map_path: Path, dataset: Dataset, run: RunFolder) -> Placed:
    """The newest synthetic images of `run` on a map of `dataset` made from its pixels (or their components).

    Of images that hold tiles, each tile is placed as students see it.
    """
    step = run.snapshot_steps()[-1]
    found = _placed(str(run.snapshot_path(step)), str(map_path), dataset.hash, dataset.mean, dataset.std)
    colours = class_colours(dark=True)
    names = [
        f"synthetic · {dataset.classes[k]} · step {step:,}{_tile(place, found.tiles)}"
        for place, k in enumerate(found.classes)
    ]
    shades = [colours[k] if k < len(PALETTE) else colours[REST] for k in found.classes]
    shown = Synthetic(found.xy, shades, np.where(found.odd, _ODD, 1.0), names)
    return Placed(shown, step, int(found.odd.sum()), found.tiles)


def _tile(place: int, tiles: int) -> str:
    """Which stored image and which of its tiles is at `place`; "" where images are whole."""
    return f" · image {place // tiles + 1:,}, tile {place % tiles + 1} of {tiles}" if tiles > 1 else ""


@st.cache_resource(max_entries=16, show_spinner=False)
def _placed(
    snapshot_path: str, map_path: str, dataset_hash: str, mean: tuple[float, ...], std: tuple[float, ...]
) -> _Places:
    """The places, from the unclipped images if there are any, else the clipped view.

    Whitened images (`zca`) are placed by their view too, since the map is of unwhitened images.
    """
    snapshot = read_npz(Path(snapshot_path))
    view, classes = snapshot["view"], snapshot["classes"]
    factor = int(snapshot.get("factor", 1))
    if not 1 <= factor <= min(view.shape[1:3]):
        raise ValueError(f"its images of {view.shape[1:3]} pixels cannot hold {factor} tiles a side")
    if factor > 1 and len(view) * factor**2 > _MOST_TILES:
        raise BadInput(f"The set holds {len(view) * factor**2:,} tiles; at most {_MOST_TILES:,} are placed on the map.")
    if "images" in snapshot and "zca" not in snapshot:
        images = snapshot["images"].transpose(0, 2, 3, 1)
    else:
        images = feature_matrix("pixels", view, mean, std).reshape(view.shape)
    return _Places(
        *_places(images, factor, loaded_map(map_path, dataset_hash)), np.repeat(classes, factor**2), factor**2
    )


def _places(images: np.ndarray, factor: int, map: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """(xy, odd) of what `images` (M,H,W,C) hold; tiles are enlarged for a part of the images at a time."""
    each = max(1, CHUNK_ENTRIES // (images[0].size * factor**2)) if factor > 1 else len(images)
    xy, odd = [], []
    for start in range(0, len(images), each):
        shown = enlarged_tiles(images[start : start + each], factor)
        try:
            found = place(shown.reshape(len(shown), -1), map)
        except BadInput:
            raise BadInput(
                "Synthetic images can only be placed on a map made from pixels or their principal components."
            ) from None
        xy.append(found[0])
        odd.append(found[2])
    return np.concatenate(xy), np.concatenate(odd)
