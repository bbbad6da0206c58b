"""Maps of datasets, and runs' places on them, as pages show them: read from the cache, shared by all sessions."""

import math
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import streamlit as st

from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.files import last_change
from ddcore.kept import SKETCHES
from ddcore.maps.projection import kept_map, load_map
from ddcore.maps.sketch import sketch, sketch_path
from ddcore.places import cache_root
from ddcore.runs import states
from ddcore.runs.folder import RunFolder, job_folder
from ddcore.runs.placed import (
    DAMAGED,
    NONE,
    Trail,
    joined,
    keep_trail,
    kept_trail,
    lacks_network,
    needs_network,
    pixel_features,
    placed,
    trail_path,
    unplaced,
)
from ddcore.runs.snapshots import read_arrays, snapshot_headers
from pages.parts.dataset_choice import opened
from pages.parts.job_view import begin, is_kept

UNASKED = 5_000
"""Up to so many images a map takes seconds and is drawn without asking; larger ones show their sketch, and an offer."""
_AT_ONCE = 4e9  # multiplications: what the server places at one look, half a second; a job places more


class Map(NamedTuple):
    """A map that is there: its file and the arrays of `ddcore.maps.embedding.embed`."""

    path: Path
    arrays: dict[str, np.ndarray]

    @property
    def linear(self) -> bool:
        """Whether it is a sketch: its places are principal coordinates."""
        return self.path.parent == SKETCHES.root


@st.cache_resource(max_entries=6, show_spinner=False)
def loaded_map(path: str, dataset_hash: str) -> dict[str, np.ndarray]:
    """The arrays of a map, see `ddcore.maps.embedding.embed`; `BadInput` if it belongs to another dataset."""
    arrays = load_map(Path(path), dataset_hash)
    for values in arrays.values():
        values.flags.writeable = False
    return arrays


def map_at(path: Path, dataset_hash: str) -> dict[str, np.ndarray] | None:
    """`loaded_map` if one is kept, else None."""
    kept = is_kept(path, partial(kept_map, dataset_hash=dataset_hash))
    return loaded_map(str(path), dataset_hash) if kept else None


def sketched(dataset: Dataset) -> Map:
    """The map by principal coordinates, which is there within a second (`ddcore.maps.sketch`)."""
    path = sketch_path(dataset.hash)
    if (arrays := map_at(path, dataset.hash)) is None:
        arrays = _sketch(dataset.hash)
    return Map(path, arrays)


@st.cache_resource(max_entries=4, show_spinner=False)
def _sketch(dataset_hash: str) -> dict[str, np.ndarray]:
    arrays = sketch(opened(dataset_hash))
    SKETCHES.keep(sketch_path(dataset_hash), arrays)
    return arrays


class Placement(NamedTuple):
    """What is known of a run's places on a map: `left` snapshots are not placed yet, `job` works or worked on them."""

    trail: Trail
    left: int
    job: RunFolder | None = None
    trouble: str = ""  # why images cannot be placed

    @property
    def damaged(self) -> list[int]:
        """Steps whose snapshots cannot be read."""
        return sorted(set(self.trail.unreadable[:, 0].tolist()) - set(self.trail.steps.tolist()))


def places_of(run: RunFolder, map: Map, dataset: Dataset) -> Placement:
    """The places of all snapshots of `run`, as far as they are known; what takes longer than a look is left to a job.

    The newest come first. Snapshots that a live run adds are placed at the next look.
    """
    path, held = trail_path(map.path, run), _held(str(map.path), str(run.path))
    held["trail"] = joined(held["trail"], _read(str(path), last_change(path)))
    missing = unplaced(run, held["trail"])
    job = job_folder("placing", _job_settings(run, map, dataset))
    state = job.state() if (job.path / "config.json").exists() else None
    if missing and state not in states.LIVE and not needs_network(map.arrays):
        try:
            missing = _place_some(run, map, dataset, missing, held)
        except BadInput as error:
            return Placement(held["trail"], len(missing), None, str(error))
        keep_trail(path, held["trail"])
    if not missing:
        return Placement(held["trail"], 0)
    if state in (None, "finished"):
        line = "cuda:0" if lacks_network(map.arrays) else None  # the network of an old map is made first
        begin("placing", _job_settings(run, map, dataset), line)
    return Placement(held["trail"], len(missing), job)


def _job_settings(run: RunFolder, map: Map, dataset: Dataset) -> dict[str, str]:
    return {"dataset": dataset.hash, "run": str(run.path.resolve()), "map": str(map.path.relative_to(cache_root()))}


def _place_some(run: RunFolder, map: Map, dataset: Dataset, missing: list, held: dict) -> list[tuple[int, int]]:
    """Place the newest of the `missing` snapshots; returns those that would take too long."""
    work = _size(run, missing[0][0]) * math.prod(map.arrays["reduced"].shape)
    now = int(_AT_ONCE // max(1, work))
    for step, stamp in missing[:now]:
        held["trail"] = joined(held["trail"], placed(run, step, stamp, map.arrays, dataset, pixel_features))
    return missing[now:]


def _size(run: RunFolder, step: int) -> int:
    """Images of a snapshot, each tile one of its own; 1 if it is damaged."""
    path = run.snapshot_path(step)
    try:
        headers = snapshot_headers(path)
        factor = int(read_arrays(path, "factor")[0]) if "factor" in headers else 1
    except DAMAGED:
        return 1
    return headers["view"].shape[0] * factor**2


@st.cache_resource(max_entries=32, show_spinner=False)
def _held(map_path: str, run_path: str) -> dict[str, Trail]:
    """The trail of a run on a map, in memory: where it cannot be kept it is still computed once."""
    return {"trail": NONE}


@st.cache_resource(max_entries=64, show_spinner=False)
def _read(path: str, changed: int) -> Trail:
    return kept_trail(Path(path)) if changed else NONE
