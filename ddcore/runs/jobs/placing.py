"""The job that places a run's synthetic images on a map. On maps of pixels it needs no torch, and starts at once."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ddcore.data.dataset import Dataset, open_dataset
from ddcore.errors import BadInput
from ddcore.maps.projection import kept_map
from ddcore.places import cache_root
from ddcore.progress import Progress
from ddcore.runs import states
from ddcore.runs.handle import Job
from ddcore.runs.jobs.keeping import must_keep
from ddcore.runs.placed import (
    Features,
    Trail,
    joined,
    keep_trail,
    kept_trail,
    needs_network,
    pixel_features,
    placed,
    trail_path,
    unplaced,
)
from ddcore.runs.reading import RunFolder

_LOOK = 0.5  # seconds between two looks for new snapshots of a live run
_PATIENCE = 60.0  # seconds without a new one after which the job ends; a page starts it again
_KEEP_EVERY = 1.0  # seconds of work


@must_keep
def placing(job: Job) -> dict[str, Any]:
    """Settings: dataset (a content hash), run (its folder), map (its file in the cache).

    Fills the trail of the run on the map, newest snapshot first, and goes on while the run is live and writes more.
    """
    settings = job.config["settings"]
    dataset, run = open_dataset(settings["dataset"]), RunFolder(Path(settings["run"]))
    map_path = cache_root() / settings["map"]
    map = kept_map(map_path, dataset.hash)
    if map is None:
        raise BadInput(f"There is no map {settings['map']} of {dataset.name}; draw it first.")
    features = _features_of(map, map_path, dataset, job.progress)
    job.phase("placing")
    path = trail_path(map_path, run)
    trail, since = kept_trail(path), time.monotonic()
    while True:
        if missing := unplaced(run, trail):
            trail = _placed_too(
                job, run, path, trail, missing, partial(placed, map=map, dataset=dataset, features=features)
            )
            since = time.monotonic()
        if run.state() not in states.LIVE or time.monotonic() - since > _PATIENCE:
            break
        job.progress(1, 1, "all images so far are placed")
        time.sleep(_LOOK)
    return {"hash": dataset.hash, "run": run.id, "snapshots": len(trail.steps)}


def _features_of(map: dict[str, np.ndarray], map_path: Path, dataset: Dataset, progress: Progress) -> Features:
    if not needs_network(map):
        return pixel_features
    from ddcore.runs.jobs.mapping import features_seen_by  # torch comes in here

    return features_seen_by(map, map_path, dataset, progress)


def _placed_too(
    job: Job, run: RunFolder, path: Path, trail: Trail, missing: list[tuple[int, int]], place: Callable[..., Trail]
) -> Trail:
    """`trail` with the `missing` snapshots, kept once a second so that a page shows them as they come."""
    kept = time.monotonic()
    for number, (step, stamp) in enumerate(missing):
        job.progress(number, len(missing), "placing the synthetic images")
        trail = joined(trail, place(run, step, stamp))
        if time.monotonic() - kept > _KEEP_EVERY:
            trail, kept = keep_trail(path, trail), time.monotonic()
    return keep_trail(path, trail)
