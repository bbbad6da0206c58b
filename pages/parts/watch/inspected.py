"""Snapshots of a run as the panels that look into them read them, each computed once for all sessions.

What is kept is named by the file, the time it was written (a picture may be replaced by a full snapshot) and the hash
of the real images.
"""

from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import streamlit as st

from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.files import reason_of
from ddcore.inspection.coverage import Coverage, coverage
from ddcore.inspection.flags import Flag, flags
from ddcore.inspection.mixture import Mixture, mixture
from ddcore.inspection.neighbours import Alike, Neighbours, alike, neighbours
from ddcore.inspection.pixels import SetImages, set_images
from ddcore.inspection.usual import Usual, usual
from ddcore.runs.snapshots import read_arrays, snapshot_headers
from pages.parts.browser.player import cursor_step
from pages.parts.dataset_choice import opened
from pages.parts.run_history import RunHistory

NEAREST = 12  # real images shown beside a synthetic one
_NAMES = ("view", "classes", "images", "factor")


class Snapshot(NamedTuple):
    """A snapshot file of a run, at `step`, written at `changed` (ns)."""

    path: str
    changed: int
    step: int


def snapshot_at(history: RunHistory, cursor: int) -> Snapshot:
    """The newest snapshot of the run up to step `cursor`; BadInput if there is none."""
    steps = history.run.snapshot_steps()
    if not steps:
        raise BadInput("There is no snapshot yet.")
    return snapshot_of(history, cursor_step(steps, cursor))


def snapshot_of(history: RunHistory, step: int) -> Snapshot:
    """The snapshot of this very step; BadInput if it cannot be read."""
    path = history.run.snapshot_path(step)
    try:
        return Snapshot(str(path), path.stat().st_mtime_ns, step)
    except OSError as error:
        raise BadInput(f"The snapshot of step {step:,} cannot be read: {reason_of(error)}.") from None


def picture_of(snapshot: Snapshot) -> tuple[np.ndarray, np.ndarray, int]:
    """(view (M,H,W,C) uint8, classes (M,), tiles a stored image holds a side); BadInput if it is damaged."""
    return _picture(*snapshot)


def image_of(snapshot: Snapshot, image: int) -> np.ndarray:
    """(H,W,C) uint8, the picture of one stored image; BadInput if the snapshot is damaged."""
    return _image(*snapshot, image)


def images_of(snapshot: Snapshot, dataset: Dataset) -> SetImages:
    """Its images as they are shown, in normalised pixels; BadInput if it is damaged, or not of this dataset."""
    return _images(*snapshot, dataset.hash)


def neighbours_of(snapshot: Snapshot, dataset: Dataset) -> Neighbours:
    """Nearest real images of its synthetic ones, and the reverse."""
    return _neighbours(*snapshot, dataset.hash)


def coverage_of(snapshot: Snapshot, dataset: Dataset) -> Coverage:
    """Which real images its images stand for, and which nobody covers."""
    return _coverage(*snapshot, dataset.hash)


def flags_of(snapshot: Snapshot, dataset: Dataset) -> list[Flag]:
    """What has gone wrong with its images."""
    return _flags(*snapshot, dataset.hash)


def alike_of(snapshot: Snapshot, dataset: Dataset, place: int) -> Alike:
    """The real images nearest to the image at `place` among those that its stored images hold."""
    return _alike(*snapshot, dataset.hash, place)


def mixture_of(snapshot: Snapshot, dataset: Dataset, place: int) -> Mixture:
    """The real images that it is made of."""
    return _mixture(*snapshot, dataset.hash, place)


@st.cache_resource(max_entries=4, show_spinner=False)
def usual_of(dataset_hash: str) -> Usual:
    """What is usual among the real images."""
    return usual(opened(dataset_hash))


_sets = partial(st.cache_resource, max_entries=8, show_spinner=False)  # whole sets, which may be large
_kept = partial(st.cache_resource, max_entries=64, show_spinner=False)


@_sets
def _picture(path: str, changed: int, step: int) -> tuple[np.ndarray, np.ndarray, int]:
    found = _read(path, step, ("view", "classes", "factor"))
    factor = int(found.get("factor", 1))
    if not 1 <= factor <= min(found["view"].shape[1:3]):
        raise BadInput(f"The snapshot of step {step:,} is damaged: {factor} tiles a side do not fit its images.")
    return found["view"], found["classes"], factor


@st.cache_resource(max_entries=512, show_spinner=False)
def _image(path: str, changed: int, step: int, image: int) -> np.ndarray:
    view = _read(path, step, ("view",))["view"]
    if image >= len(view):
        raise BadInput(f"The snapshot of step {step:,} is damaged: it holds {len(view)} images.")
    return view[image].copy()  # the others are let go


def _read(path: str, step: int, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    try:
        wanted = [name for name in names if name in snapshot_headers(Path(path))]
        return dict(zip(wanted, read_arrays(Path(path), *wanted), strict=True))
    except OSError as error:
        raise BadInput(f"The snapshot of step {step:,} cannot be read: {reason_of(error)}.") from None
    except ValueError as error:
        raise BadInput(f"The snapshot of step {step:,} is damaged: {error}.") from None


@_sets
def _images(path: str, changed: int, step: int, dataset_hash: str) -> SetImages:
    return set_images(_read(path, step, _NAMES), opened(dataset_hash))


@_kept
def _neighbours(path: str, changed: int, step: int, dataset_hash: str) -> Neighbours:
    return neighbours(_images(path, changed, step, dataset_hash).rows, opened(dataset_hash))


@_kept
def _coverage(path: str, changed: int, step: int, dataset_hash: str) -> Coverage:
    images = _images(path, changed, step, dataset_hash)
    found, limit = _neighbours(path, changed, step, dataset_hash), usual_of(dataset_hash).far
    return coverage(found, images.classes, images.tiles, limit, opened(dataset_hash))


@_kept
def _flags(path: str, changed: int, step: int, dataset_hash: str) -> list[Flag]:
    images = _images(path, changed, step, dataset_hash)
    return flags(images, _neighbours(path, changed, step, dataset_hash), usual_of(dataset_hash))


@_kept
def _alike(path: str, changed: int, step: int, dataset_hash: str, place: int) -> Alike:
    return alike(_images(path, changed, step, dataset_hash).rows[place], opened(dataset_hash), NEAREST)


@_kept
def _mixture(path: str, changed: int, step: int, dataset_hash: str, place: int) -> Mixture:
    return mixture(_images(path, changed, step, dataset_hash).rows[place], opened(dataset_hash))
