"""How often a run had drawn each real image for its loss by a step: a small file beside each snapshot.

Counts are cumulative, of the smallest whole numbers that hold them, compressed. 100 of them, of 60,000 images and 1,000
steps of 2,560 images by a skewed law, take 5.3 MB, and 16 ms each. Headers are looked at first, so that a file from
elsewhere makes nothing larger than its run has images.
N: training images.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ddcore.errors import BadInput
from ddcore.files import read_npz, write_atomically
from ddcore.runs.naming import SNAPSHOT, snapshot_name
from ddcore.runs.reading import RunFolder
from ddcore.runs.snapshots import array_headers

FOLDER = "draws"
MOST_IMAGES = 2**22  # training images of a run whose draws are read: what a small file may be unpacked to
_ARRAYS = {"counts": 1, "step": 0, "since": 0}  # name -> axes
_WIDEST = 4  # bytes of a count: more draws than these count take years


class Draws(NamedTuple):
    """`counts` (N,) of draws after step `since`: 0, unless a version that did not count began the run."""

    counts: np.ndarray
    since: int = 0


def write_draws(run: RunFolder, step: int, draws: Draws, durable: bool = False) -> None:
    """Keep what was drawn up to `step`."""
    largest = int(draws.counts.max(initial=0))
    counts = draws.counts.astype(np.min_scalar_type(largest))
    arrays: dict[str, Any] = {"counts": counts, "step": step, "since": draws.since}
    write_atomically(_path(run, step), lambda file: np.savez_compressed(file, **arrays), durable=durable)


def read_draws(run: RunFolder, step: int, images: int) -> Draws | None:
    """What the run had drawn of its `images` training images by `step`; None if that was not recorded.

    BadInput if the file is damaged.
    """
    path = _path(run, step)
    try:
        return _read(path, images)[0]
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise BadInput(f"What run {run.id!r} had drawn by step {step:,} cannot be read: {error}.") from None


def last_draws(run: RunFolder, step: int, images: int) -> tuple[int, Draws] | None:
    """The newest record up to `step`, with its own step; None if there is none. BadInput as above."""
    before = [other for other in run.snapshot_steps(FOLDER) if other <= step]
    found = read_draws(run, before[-1], images) if before else None
    return None if found is None else (before[-1], found)


def check_draws(path: Path, images: int | None, steps: int) -> None:
    """ValueError unless the file holds draws of a run of `steps` steps with so many training `images`."""
    if images is None:
        raise ValueError("the config does not say how many training images there are")
    found, step = _read(path, images)
    match = SNAPSHOT.fullmatch(path.name)
    if match is None or step != int(match[1]) or not 0 <= found.since <= step <= steps:
        raise ValueError(f"it counts from step {found.since} to {step}, in a run of {steps}")


def _read(path: Path, images: int) -> tuple[Draws, int]:
    """The draws in a file, and their step."""
    if images > MOST_IMAGES:
        raise ValueError(f"it is of {images:,} images; draws of at most {MOST_IMAGES:,} are read")
    headers = array_headers(path, compressed=True)
    for name, axes in _ARRAYS.items():
        if name not in headers or headers[name].dtype.kind not in "iu" or len(headers[name].shape) != axes:
            raise ValueError(f"it has no whole numbers called {name!r}")
    if headers.keys() != _ARRAYS.keys() or headers["counts"].dtype.kind != "u":
        raise ValueError("it holds something else than counts")
    if (width := headers["counts"].dtype.itemsize) > _WIDEST:
        raise ValueError(f"its counts take {width} bytes each, of at most {_WIDEST}")
    if headers["counts"].shape != (images,):
        raise ValueError(f"it counts {headers['counts'].shape[0]:,} images, of {images:,}")
    arrays = read_npz(path)
    return Draws(arrays["counts"].astype(np.int64), int(arrays["since"])), int(arrays["step"])


def _path(run: RunFolder, step: int) -> Path:
    return run.path / FOLDER / snapshot_name(step)
