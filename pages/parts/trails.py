"""A run's places on a map as the browser draws them."""

from pathlib import Path

import numpy as np
import streamlit as st

from ddcore.figures.colours import PALETTE, REST, class_colours
from ddcore.runs.folder import RunFolder
from ddcore.runs.placed import DAMAGED, Trail
from ddcore.runs.snapshots import read_view
from pages.parts.browser.film import Trails


def trails_of(run: RunFolder, trail: Trail, *, linear: bool, dark: bool) -> Trails:
    """The trails of all images of `run`, on the map or, if `linear`, by their first two principal coordinates."""
    factor = int(trail.factor)
    _, counts = np.unique(trail.classes[:: factor**2], return_counts=True)
    colours = class_colours(dark=dark)
    return Trails(
        run=run.id,
        steps=trail.steps.tolist(),
        xy=trail.flat if linear else trail.xy,
        odd=trail.odd,
        classes=trail.classes,
        colours=[colours[k] if k < len(PALETTE) else colours[REST] for k in trail.classes],
        frames=f"/frame/{run.id}/",
        tile=_tile(run, trail.steps),
        rows=len(counts),
        columns=int(counts.max()),
        parts=factor,
    )


def _tile(run: RunFolder, steps: np.ndarray) -> tuple[int, int]:
    """Height and width in pixels of an image in the run's contact sheets, by the newest snapshot that can be read."""
    for step in reversed(steps.tolist()):
        try:
            return _shape(str(run.snapshot_path(step)))
        except DAMAGED:  # since it was placed
            continue
    return 1, 1


@st.cache_resource(max_entries=64, show_spinner=False)
def _shape(snapshot: str) -> tuple[int, int]:
    height, width = read_view(Path(snapshot)).view.shape[1:3]
    return height, width


def about_trails(trail: Trail) -> str:
    """What hollow means, and what else a reader should know of these places."""
    words = [
        "A synthetic image lies where its nearest real images lie. It is hollow if it is farther from all of them than "
        "99\u00a0% of real images are from their nearest one, as noise is: its place then means little. "
        "Every step is placed as it is shown: values beyond black and white are cut off."
    ]
    if int(trail.factor) > 1:
        words.append(f"Each of the {int(trail.factor) ** 2} tiles of an image is placed, as students see it.")
    return " ".join(words)
