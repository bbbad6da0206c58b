"""Colours of the real images on the map of Watch: their class, how often they were drawn, or how far the set is."""

from typing import NamedTuple

import numpy as np

from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.figures.colours import REST, class_colours, ramp, shade_by_class, shade_by_rank
from pages.parts.browser.point_map import OTHERS, Captions
from pages.parts.draws import drawn_by, has_draws, why_none_drawn
from pages.parts.run_history import RunHistory
from pages.parts.watch.inspected import neighbours_of, snapshot_at

CLASSES, GREY, DRAWS, DISTANCE = COLOURS = ("classes", "grey", "draws", "distance")


class Coloured(NamedTuple):
    """Real images (n) as the map draws them, the last ones on top."""

    ids: np.ndarray
    shade: np.ndarray
    palette: tuple[str, ...]
    captions: Captions
    form: np.ndarray | None = None
    about: str = ""  # what the colours say, or why they say nothing


def offered(history: RunHistory, chosen: str) -> list[str]:
    """The colours there are for this run, and the chosen one (see `coloured`)."""
    return [name for name in COLOURS if name in (CLASSES, GREY, DISTANCE, chosen) or has_draws(history.run)]


def coloured(
    name: str, history: RunHistory, cursor: int, dataset: Dataset, ids: np.ndarray, letter: str = "", *, dark: bool
) -> Coloured:
    """The images `ids` in these colours at step `cursor`; grey, with the reason, if they cannot be known. `letter`: of
    the run, in a pair."""
    labels = dataset.train.labels[ids]
    captions, classes = Captions(dataset.classes, labels), class_colours(dark=dark)
    if name == CLASSES:
        return Coloured(ids, shade_by_class(labels), classes, captions)
    grey = Coloured(ids, np.full(len(ids), REST), classes, captions, np.full(len(ids), OTHERS))
    if name == GREY:
        return grey
    try:
        values, about = (_draws if name == DRAWS else _distances)(history, cursor, dataset, letter)
    except BadInput as error:
        return grey._replace(about=str(error))
    ids = ids[~np.isnan(values[ids])]
    ids = ids[np.argsort(values[ids], kind="stable")]
    captions = Captions(dataset.classes, dataset.train.labels[ids], name, values[ids])
    strong = "Bright" if dark else "Dark"
    return Coloured(ids, shade_by_rank(values[ids]), ramp(dark=dark), captions, about=f"{strong}: {about}")


def _draws(history: RunHistory, cursor: int, dataset: Dataset, letter: str) -> tuple[np.ndarray, str]:
    """(N,) how often each image was drawn by step `cursor`."""
    if not has_draws(history.run):
        raise BadInput(why_none_drawn(history))
    found, count, by = drawn_by(history.run, cursor), len(dataset.train), f" by {letter}" if letter else ""
    counts = np.zeros(count) if found is None else found.draws.counts.astype(np.float64)
    return counts, f"drawn most often{by} up to step {found.step if found else 0:,}."


def _distances(history: RunHistory, cursor: int, dataset: Dataset, letter: str) -> tuple[np.ndarray, str]:
    """(N,) from each image to its nearest synthetic one at step `cursor`; NaN for those that were not compared."""
    snapshot, of = snapshot_at(history, cursor), f" of {letter}" if letter else ""
    found, values = neighbours_of(snapshot, dataset), np.full(len(dataset.train), np.nan)
    values[found.real] = found.distance
    return values, f"far from every synthetic image{of} at step {snapshot.step:,}, so nobody covers it."
