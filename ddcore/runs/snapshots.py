"""Snapshot files as they lie on disk, looked at before they are read: nothing larger than its file is ever made.

A snapshot is an `.npz` without compression. Its headers say what is in it; only then are arrays read.
"""

import math
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from ddcore.files import DAMAGED, ArrayHeader, array_header
from ddcore.runs.naming import SNAPSHOT

MOST_VALUES = 2**25  # of one picture of a whole set: it is made into a PNG in 1.2 s (noise, the worst case)
LARGEST_VIEW = 2**27  # values of a set that is drawn, of images with fewer pixels where need be
LARGEST_LIST = 1024 * 1024  # bytes of a zip's list of contents, and what one read of it may take
_MOST_ARRAYS = 16
_IDENTITY = 64 * 4  # bytes of the name of a whitening
_ARRAYS = {  # name -> kinds of dtype, number of axes
    "images": ("f", 4), "view": ("u", 4), "targets": ("f", 2), "classes": ("i", 1),
    "mean": ("f", 1), "std": ("f", 1), "step": ("iu", 0), "zca": ("U", 0), "factor": ("iu", 0), "lr_student": ("f", 0),
}  # fmt: skip


class CarefulFile:
    """A file as `zipfile` reads it, except that no single read is larger than a list of contents may be.

    `zipfile` reads that list in one go and keeps an object of each entry, whatever the file says their number is.
    """

    def __init__(self, file: IO[bytes]):
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, count: int | None = -1) -> bytes:
        wanted = LARGEST_LIST + 1 if count is None or count < 0 else count
        if wanted > LARGEST_LIST + 1:
            raise ValueError("its list of contents is too long")
        block = self._file.read(wanted)
        if len(block) > LARGEST_LIST:
            raise ValueError("its list of contents is too long")
        return block

    def seekable(self) -> bool:
        return True


def array_headers(path: Path, compressed: bool = False) -> dict[str, ArrayHeader]:
    """Name -> header of each array in an `.npz`; ValueError if it is no sound one or has pickles, or OSError.

    Unless `compressed` files are allowed, all arrays together are no larger than the file.
    """
    with _opened(path) as archive:
        return _headers(archive, path.stat().st_size, compressed)


def read_arrays(path: Path, *names: str) -> list[np.ndarray]:
    """These arrays of an `.npz` without compression, read once its headers are sound.

    ValueError if it is damaged or one is missing, or OSError.
    """
    with _opened(path) as archive:
        found = _headers(archive, path.stat().st_size, compressed=False)
        if missing := [name for name in names if name not in found]:
            raise ValueError(f"it lacks {', '.join(missing)}")
        arrays = []
        for name in names:
            with archive.open(f"{name}.npy") as file:
                arrays.append(np.lib.format.read_array(file, allow_pickle=False))
        return arrays


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(CarefulFile(file)) as archive:
                yield archive
        except DAMAGED as error:
            raise ValueError(f"it is damaged: {error}") from error


def _headers(archive: zipfile.ZipFile, size: int, compressed: bool) -> dict[str, ArrayHeader]:
    infos = archive.infolist()
    if len(infos) > _MOST_ARRAYS:
        raise ValueError(f"it holds {len(infos)} arrays")
    found: dict[str, ArrayHeader] = {}
    for info in infos:
        if info.compress_type not in (zipfile.ZIP_STORED, *([zipfile.ZIP_DEFLATED] if compressed else [])):
            raise ValueError("it is compressed")
        with archive.open(info) as file:
            header = array_header(file, info.file_size)
        if (name := info.filename.removesuffix(".npy")) in found:
            raise ValueError(f"it holds {name!r} twice")
        found[name] = header
    if not compressed and sum(info.file_size for info in infos) > size:
        raise ValueError("its arrays lie within one another")
    return found


class SnapshotView(NamedTuple):
    """The pictures of a snapshot: `view` (M,H,W,C) uint8 of `classes` (M,), M > 0; `columns` of the largest class.

    Of a set too large for one picture, `view` has every `stride`-th row and column of pixels.
    """

    view: np.ndarray
    classes: np.ndarray
    columns: int
    stride: int


def read_view(path: Path) -> SnapshotView:
    """What a page shows of a snapshot; OSError, or ValueError if it is damaged or too large for a picture."""
    found = snapshot_headers(path)
    count, height, width, channels = found["view"].shape
    stride_of(count, (channels, height, width))  # refuses what is too large before it is read
    view, classes = read_arrays(path, "view", "classes")
    present, counts = np.unique(classes, return_counts=True)
    columns = int(counts.max())
    tiles = len(present) * columns
    stride = stride_of(tiles, (channels + (tiles > count), height, width))
    return SnapshotView(view[:, ::stride, ::stride], classes, columns, stride)


def stride_of(tiles: int, shape: tuple[int, int, int]) -> int:
    """The least n such that a picture of `tiles` images (C, H, W), of every n-th pixel, has at most `MOST_VALUES`.

    ValueError if there are more than `LARGEST_VIEW` values, or if even one pixel of each image is too much.
    """
    channels, height, width = shape
    for stride in range(1, max(height, width) + 1 if tiles * math.prod(shape) <= LARGEST_VIEW else 0):
        if tiles * channels * -(-height // stride) * -(-width // stride) <= MOST_VALUES:
            return stride
    raise ValueError("it is too large for a picture")


def snapshot_headers(path: Path) -> dict[str, ArrayHeader]:
    """Name -> header of each array of a snapshot; ValueError if they do not fit one another, or OSError."""
    found = array_headers(path)
    for name, header in found.items():
        (shape, dtype), (kinds, axes) = (header.shape, header.dtype), _ARRAYS.get(name, ("", 0))
        if dtype.kind not in kinds or len(shape) != axes or (name == "zca" and dtype.itemsize > _IDENTITY):
            raise ValueError(f"it has no place for {name!r} of {dtype} with {len(shape)} axes")
    if not {"view", "classes"} <= found.keys() or found["view"].dtype != np.uint8:
        raise ValueError("it has no view of its classes in bytes")
    count, height, width, channels = found["view"].shape
    if not (count and height and width and channels in (1, 3)) or found["classes"].shape != (count,):
        raise ValueError(f"it has a view of {found['view'].shape}")
    if "images" in found and found["images"].shape != (count, channels, height, width):
        raise ValueError(f"it has images of {found['images'].shape}")
    if "targets" in found and found["targets"].shape[0] != count:
        raise ValueError(f"it has targets of {found['targets'].shape}")
    return found


def check_snapshot(path: Path, sheet: tuple[int, int, tuple[int, int, int]], steps: int) -> int:
    """ValueError unless it is a snapshot of a run of `steps` steps whose set is `sheet`.

    `sheet`: classes, images of each, shape (C, H, W) of one. Returns the number of numbers in its targets.
    """
    classes, each, (channels, height, width) = sheet
    found = snapshot_headers(path)
    if found["view"].shape != (classes * each, height, width, channels):
        raise ValueError(f"its view is {found['view'].shape}, not {(classes * each, height, width, channels)}")
    targets = found["targets"].shape if "targets" in found else (classes * each, classes)
    if targets[1] != classes:
        raise ValueError(f"its targets are {targets}, for {classes} classes")
    if any(found[name].shape != (channels,) for name in ("mean", "std") if name in found):
        raise ValueError(f"its mean or std does not fit {channels} channels")
    labels, step = read_arrays(path, "classes", "step")
    if not np.array_equal(np.sort(labels), np.repeat(np.arange(classes), each)):
        raise ValueError(f"it does not hold {each} images of each of {classes} classes")
    match = SNAPSHOT.fullmatch(path.name)
    if match is None or int(step) != int(match[1]) or not 0 <= int(step) <= steps:
        raise ValueError(f"its step is {int(step)}, in a run of {steps}")
    return math.prod(targets)
