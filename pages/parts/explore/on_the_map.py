"""The contents of the map of Explore: coloured real images, and a run's synthetic images over them."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import streamlit as st

from ddcore.data.dataset import Dataset
from ddcore.figures.colours import PALETTE, REST, class_colours, ramp, shade_by_class, shade_by_rank
from ddcore.files import read_npz
from ddcore.maps.embedding import feature_matrix
from ddcore.maps.projection import place
from ddcore.runs.folder import RunFolder
from pages.parts.browser.point_map import Captions, Synthetic
from pages.parts.explore.scored import loaded_map

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


def synthetic_on(map_path: Path, dataset: Dataset, run: RunFolder) -> Placed:
    """The newest synthetic images of `run` on a map of `dataset` made from its pixels (or their components)."""
    step = run.snapshot_steps()[-1]
    xy, odd, classes = _placed(str(run.snapshot_path(step)), str(map_path), dataset.hash, dataset.mean, dataset.std)
    colours = class_colours(dark=True)
    names = [f"synthetic · {dataset.classes[k]} · step {step:,}" for k in classes]
    shades = [colours[k] if k < len(PALETTE) else colours[REST] for k in classes]
    return Placed(Synthetic(xy, shades, np.where(odd, _ODD, 1.0), names), step, int(odd.sum()))


@st.cache_resource(max_entries=16, show_spinner=False)
def _placed(
    snapshot_path: str, map_path: str, dataset_hash: str, mean: tuple[float, ...], std: tuple[float, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(xy (m,2), odd (m,) bool, classes (m,)), from the unclipped images if there are any, else the clipped view.

    Whitened images (`zca`) are placed by their view too, since the map is of unwhitened images.
    """
    snapshot = read_npz(Path(snapshot_path))
    if "images" in snapshot and "zca" not in snapshot:
        features = snapshot["images"].transpose(0, 2, 3, 1).reshape(len(snapshot["classes"]), -1)
    else:
        features = feature_matrix("pixels", snapshot["view"], mean, std)
    xy, _, odd = place(features, loaded_map(map_path, dataset_hash))
    return xy, odd, snapshot["classes"]
