"""The places of a run's synthetic images on a map, snapshot by snapshot: its *trail*. NumPy only (pages import it).

A trail is kept under the map and the run, and says of which file each of its steps is: a live run is only added to, and
a snapshot that was written anew is placed anew.

Letters: S snapshots; f the factor of stored images that hold f^2 tiles (1: whole images); M images, a tile being one of
its own, as students see it; D features of an image.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.inspection.pixels import shown_images
from ddcore.kept import PLACES
from ddcore.maps.embedding import NETWORK_FEATURES
from ddcore.maps.nearest import CHUNK_ENTRIES
from ddcore.maps.projection import flat, place_reduced, reduce
from ddcore.maps.tiles import enlarged_tiles
from ddcore.progress import Progress, silent
from ddcore.runs.reading import RunFolder
from ddcore.runs.snapshots import read_arrays, snapshot_headers

Features = Callable[[np.ndarray], np.ndarray]
"""Features (m,D) of images (m,C,H,W), normalised as the dataset's are."""
MOST_TILES = 200_000  # of a run's images
DAMAGED = (OSError, KeyError, ValueError)
"""What reading a damaged snapshot raises, beside BadInput, which says what a person can do."""


_BY_STEP = ("steps", "stamps", "xy", "flat", "odd")


class Trail(NamedTuple):
    """Places of the same M images at each step. `xy`: on the map; `flat`: their first two principal coordinates."""

    steps: np.ndarray  # (S,) int64, ascending
    stamps: np.ndarray  # (S,) int64: when each snapshot was written, in nanoseconds
    xy: np.ndarray  # (S,M,2) float32
    flat: np.ndarray  # (S,M,2) float32
    odd: np.ndarray  # (S,M) bool: too unlike any real image for the place to mean much
    classes: np.ndarray  # (M,)
    factor: np.ndarray  # () int64: the f^2 tiles of a stored image follow one another
    unreadable: np.ndarray  # (U,2) int64: step and stamp of damaged snapshots

    @property
    def known(self) -> set[tuple[int, int]]:
        """Step and stamp of the snapshots that need not be looked at again."""
        return {*zip(self.steps.tolist(), self.stamps.tolist(), strict=True), *map(tuple, self.unreadable.tolist())}

    def until(self, step: int) -> "Trail":
        """Its steps up to `step`."""
        seen = self.steps <= step
        return self._replace(**{name: getattr(self, name)[seen] for name in _BY_STEP})


NONE = Trail(
    np.empty(0, np.int64), np.empty(0, np.int64), np.empty((0, 0, 2), np.float32), np.empty((0, 0, 2), np.float32),
    np.empty((0, 0), bool), np.empty(0, np.int64), np.array(1), np.empty((0, 2), np.int64),
)  # fmt: skip


def needs_network(map: dict[str, np.ndarray]) -> bool:
    """Whether images are placed on a map by a network's features, which takes a worker process."""
    return json.loads(str(map["settings"]))["features"] in NETWORK_FEATURES


def lacks_network(map: dict[str, np.ndarray]) -> bool:
    """Whether an earlier version drew the map and did not keep its network, which the GPU then makes again."""
    return needs_network(map) and not any(name.startswith("network_") for name in map)


def trail_path(map_path: Path, run: RunFolder) -> Path:
    """Where the trail of `run` on the map in `map_path` is kept."""
    return PLACES.path(map_path.stem, run.id, str(run.config().get("created", "")))


def kept_trail(path: Path) -> Trail:
    """The trail kept at `path`; `NONE` if there is none, or none that can be used."""
    return PLACES.read(path, _understood) or NONE


def keep_trail(path: Path, trail: Trail) -> Trail:
    """`trail` together with what another process has kept meanwhile, kept (unless the disk is full) and returned."""
    whole = joined(kept_trail(path), trail)
    PLACES.keep(path, whole._asdict())
    return whole


def _understood(arrays: dict[str, np.ndarray]) -> Trail | None:
    trail = Trail(**{name: arrays[name] for name in Trail._fields})
    count, images = len(trail.steps), len(trail.classes)
    fields = (trail.factor, trail.stamps, trail.xy, trail.flat, trail.odd)
    shapes = ((), (count,), (count, images, 2), (count, images, 2), (count, images))
    sound = all(field.shape == shape for field, shape in zip(fields, shapes, strict=True)) and trail.unreadable.shape[
        1:
    ] == (2,)
    return trail if sound and np.isfinite(trail.xy).all() and np.isfinite(trail.flat).all() else None


def joined(first: Trail, second: Trail) -> Trail:
    """Both trails; of a step that both have, the second's. The first counts for nothing if its images are others."""
    unreadable = np.unique(np.concatenate([first.unreadable, second.unreadable]), axis=0)
    if not len(second.steps):
        sound = ~np.isin(first.steps, second.unreadable[:, 0])  # what has been damaged since is not there any more
        return first._replace(**{name: getattr(first, name)[sound] for name in _BY_STEP}, unreadable=unreadable)
    if not np.array_equal(first.classes, second.classes) or first.factor != second.factor:
        return second._replace(unreadable=unreadable)
    stays = ~np.isin(first.steps, [*second.steps, *second.unreadable[:, 0]])
    order = np.argsort(np.concatenate([first.steps[stays], second.steps]))
    each = {name: np.concatenate([getattr(first, name)[stays], getattr(second, name)])[order] for name in _BY_STEP}
    return second._replace(**each, unreadable=unreadable)


def unplaced(run: RunFolder, trail: Trail) -> list[tuple[int, int]]:
    """Step and stamp of the run's snapshots that the trail lacks, newest first."""
    known = trail.known
    return [found for step in reversed(run.snapshot_steps()) if (found := _stamped(run, step)) not in known]


def _stamped(run: RunFolder, step: int) -> tuple[int, int]:
    try:
        return step, run.snapshot_path(step).stat().st_mtime_ns
    except OSError:  # removed since it was listed: reading it will say so
        return step, 0


def placed(
    run: RunFolder, step: int, stamp: int, map: dict[str, np.ndarray], dataset: Dataset, features: Features,
    progress: Progress = silent,
) -> Trail:  # fmt: skip
    """The trail of one snapshot on a map of `dataset`.

    A damaged snapshot, or one whose features overflow, is noted as `unreadable`. BadInput if it has too many tiles.
    """
    unreadable = NONE._replace(unreadable=np.array([[step, stamp]], np.int64))
    try:
        seen, classes, factor = snapshot_features(run.snapshot_path(step), dataset, features)
    except BadInput:
        raise
    except DAMAGED:
        return unreadable
    with np.errstate(over="ignore", invalid="ignore"):  # looked for at once
        coordinates = reduce(seen, map)
        xy, _, odd = place_reduced(coordinates, map, progress)
    if not (np.isfinite(coordinates).all() and np.isfinite(xy).all()):
        return unreadable
    one = np.array([step], np.int64), np.array([stamp], np.int64)
    return Trail(*one, xy[None], flat(coordinates)[None], odd[None], classes, np.array(factor), NONE.unreadable)


def snapshot_features(path: Path, dataset: Dataset, features: Features) -> tuple[np.ndarray, np.ndarray, int]:
    """(features (M,D) float32, classes (M,), f) of what a snapshot shows; tiles are enlarged for a part at a time.

    ValueError or OSError if it is damaged; BadInput if there are too many tiles.
    """
    headers = snapshot_headers(path)
    names = [name for name in ("view", "classes", "factor") if name in headers]
    arrays = dict(zip(names, read_arrays(path, *names), strict=True))
    view, factor = arrays["view"], int(arrays.get("factor", 1))
    if not 1 <= factor <= min(view.shape[1:3]):
        raise ValueError(f"its images of {view.shape[1:3]} pixels cannot hold {factor} tiles a side")
    if factor > 1 and len(view) * factor**2 > MOST_TILES:
        raise BadInput(f"The set holds {len(view) * factor**2:,} tiles; at most {MOST_TILES:,} are placed on the map.")
    images = shown_images(view, dataset)
    each, found = max(1, CHUNK_ENTRIES // (images[0].size * factor**2)), []
    for start in range(0, len(images), each):
        tiles = enlarged_tiles(images[start : start + each], factor).transpose(0, 3, 1, 2)
        found.append(features(np.ascontiguousarray(tiles, np.float32)))
    return np.concatenate(found), np.repeat(arrays["classes"], factor**2), factor


def pixel_features(images: np.ndarray) -> np.ndarray:
    """(m, H*W*C) of images (m,C,H,W): what maps of pixels and of their components see (`embedding.feature_matrix`)."""
    return images.transpose(0, 2, 3, 1).reshape(len(images), -1)
