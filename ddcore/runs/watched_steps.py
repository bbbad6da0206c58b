"""A single step of a paused run, as it was watched: a file that says what the step saw and did.

An `.npz` without compression, whose headers are looked at before its arrays are read, as those of snapshots. Only the
last `MOST_STEPS` of a run are kept. Letters: B real batch, M synthetic images (C, H, W).
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ddcore.errors import BadInput
from ddcore.files import read_npz, write_atomically
from ddcore.runs.naming import SNAPSHOT, snapshot_name
from ddcore.runs.reading import RunFolder
from ddcore.runs.snapshots import array_headers

FOLDER = "steps"
MOST_STEPS = 20
MOST_NUMBERS = 2**22
"""Numbers of a set whose images and gradient are kept: three such arrays are 50 MB. Of a larger set only the batch is
kept, and no batch of more images."""
_BATCH = {"indices": "i", "labels": "i", "weights": "f"}  # each (B,): real images, their classes, what each counts
_SET = {"before": "f", "after": "f"}  # each (M, C, H, W), in the space that the run trains in
_VIEWS = {"view_before": "u", "view": "u"}  # each (M, H, W, C): the same for the eye


def write_step(run: RunFolder, step: int, arrays: Mapping[str, Any]) -> None:
    """Keep what was seen of `step`, and of earlier ones as many as are kept.

    `arrays`: `indices`, `labels`, `weights` of the batch, if one was drawn, and `others`, the number of real images
    drawn after it; `classes` (M,); `before`, `after`, `view_before`, `view`, and `gradient` if there was one.
    """
    path = run.path / FOLDER / snapshot_name(step)
    kept = [other for other in run.snapshot_steps(FOLDER) if other != step]
    for other in kept[: max(0, len(kept) - MOST_STEPS + 1)]:  # first: a kill in between leaves no more than are kept
        (path.parent / snapshot_name(other)).unlink(missing_ok=True)
    write_atomically(path, lambda file: np.savez(file, step=step, **arrays))


def read_step(run: RunFolder, step: int) -> dict[str, np.ndarray]:
    """The arrays of `write_step`; BadInput if they are damaged, or not of this run."""
    path, config = run.path / FOLDER / snapshot_name(step), run.config()
    try:
        return check_step(path, config)
    except (OSError, ValueError) as error:
        raise BadInput(f"The record of step {step:,} of run {run.id!r} cannot be read: {error}.") from None


def check_step(path: Path, config: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The arrays of a file; ValueError unless it holds a step of the run of this `config`, or OSError."""
    if not (dataset := config.get("dataset")):
        raise ValueError("the config names no dataset")
    found, settings = array_headers(path), config["settings"]
    images, (channels, height, width) = settings["ipc"] * len(dataset["classes"]), dataset["shape"]
    if dataset.get("train") is None:
        raise ValueError("the config does not say how many training images there are")
    expected: dict[str, tuple[int, ...]] = {}
    expected |= dict.fromkeys(_SET | {"gradient": "f"}, (images, channels, height, width))
    expected |= dict.fromkeys(_VIEWS, (images, height, width, channels)) | {"classes": (images,)}
    batch = found["indices"].shape if "indices" in found else (0,)
    expected |= dict.fromkeys(_BATCH, batch) | {"step": (), "others": ()}
    kinds = _BATCH | _SET | _VIEWS | {"gradient": "f", "classes": "i", "step": "iu", "others": "iu"}
    for name, header in found.items():
        if name not in expected or header.shape != expected[name] or header.dtype.kind not in kinds[name]:
            raise ValueError(f"it has no place for {name!r} of {header.dtype} and shape {header.shape}")
        if math.prod(header.shape) > MOST_NUMBERS:
            raise ValueError(f"its {name!r} has {math.prod(header.shape):,} numbers, of at most {MOST_NUMBERS:,}")
    parts = [group for group in (_BATCH.keys(), _SET.keys() | _VIEWS.keys()) if group & found.keys()]
    for needed in ({"step", "others", "classes"}, *parts):
        if missing := sorted(needed - found.keys()):
            raise ValueError(f"it lacks {', '.join(missing)}")
    if len(batch) != 1 or any(found[name].dtype != np.uint8 for name in _VIEWS if name in found):
        raise ValueError("its batch is no list, or its pictures are not of bytes")
    arrays = read_npz(path)
    _check_values(path, arrays, config)
    return arrays


def _check_values(path: Path, arrays: Mapping[str, np.ndarray], config: Mapping[str, Any]) -> None:
    """ValueError for images and classes that the run does not have, or another step than the file's name says."""
    dataset, match = config["dataset"], SNAPSHOT.fullmatch(path.name)
    step = int(arrays["step"])
    if match is None or step != int(match[1]) or not 0 < step <= config["settings"]["steps"]:
        raise ValueError(f"its step is {step}, in a run of {config['settings']['steps']}")
    limits = {"indices": dataset["train"], "labels": len(dataset["classes"]), "classes": len(dataset["classes"])}
    for name, limit in limits.items():
        if name in arrays and not ((arrays[name] >= 0) & (arrays[name] < limit)).all():
            raise ValueError(f"its {name} are not all below {limit:,}")
    if not all(np.isfinite(arrays[name]).all() for name in (*_SET, "gradient", "weights") if name in arrays):
        raise ValueError("it holds numbers that are not finite")
