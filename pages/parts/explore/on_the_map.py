"""The contents of the map of Explore: coloured real images, and a run's synthetic images over them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ddcore.data.dataset import Dataset
from ddcore.figures.colours import GREYISH, REST, class_colours, ramp, shade_by_class, shade_by_rank
from ddcore.runs.folder import RunFolder
from pages.parts.browser.film import Film
from pages.parts.browser.point_map import FILTERED, FULL, OTHERS, RING, Captions
from pages.parts.maps import Map, Placement, places_of
from pages.parts.trails import trails_of


class Colouring(NamedTuple):
    """Colour by the rank of `values` (N,), or if that is None by `groups` (N,) int called `names`, e.g. classes."""

    name: str
    values: np.ndarray | None = None
    groups: np.ndarray | None = None
    names: tuple[str, ...] = ()
    focus: tuple[int, ...] = ()  # groups in colour
    about: str = ""  # where the values or groups come from


class Points(NamedTuple):
    """What `point_map` draws, the last points on top."""

    ids: np.ndarray
    shade: np.ndarray
    palette: Sequence[str]
    captions: Captions
    form: np.ndarray


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
    return Points(order, shade[order], palette, captions, _forms(shade, inside, values is None)[order])


def _forms(shade: np.ndarray, inside: np.ndarray, grouped: bool) -> np.ndarray:
    """(N,) forms of the points: what is grey for a reason has one of its own, and so have classes that look grey."""
    form = np.full(len(shade), FULL, np.uint8)
    if grouped:
        form[np.isin(shade, GREYISH)] = RING
        form[shade == REST] = OTHERS
    form[~inside] = FILTERED
    return form


def synthetic_on(map: Map, dataset: Dataset, run: RunFolder, step: int, *, dark: bool) -> tuple[Film | None, Placement]:
    """The images of `run` with their trails up to `step`, and what is known of their places."""
    placement = places_of(run, map, dataset)
    trail = placement.trail.until(step)
    film = Film([trails_of(run, trail, linear=map.linear, dark=dark)]) if len(trail.steps) else None
    return film, placement._replace(trail=trail)
