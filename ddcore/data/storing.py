"""Writing a prepared dataset: its name by content, its statistics, its folder. NumPy only: the server imports this."""

import errno
import hashlib
import io
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ddcore.errors import BadInput, shown
from ddcore.files import write_json
from ddcore.leftovers import new_folder, sweep_folders

_CHUNK = 4096  # images a chunk when a pass over all pixels would need a larger copy


@dataclass(frozen=True, eq=False)
class Split:
    """`images` (N,H,W,C) uint8, memory-mapped once prepared; `labels` (N,) int64."""

    images: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)


def channel_statistics(images: np.ndarray) -> tuple[list[float], list[float]]:
    """Mean and (population) standard deviation of each channel, as fractions of 255 (exact: by counting).

    A channel that never varies gets the deviation 1, so that normalising it gives zeros.
    """
    channels = images.shape[-1]
    counts = np.zeros((channels, 256))
    for start in range(0, len(images), _CHUNK):
        chunk = np.asarray(images[start : start + _CHUNK])
        for channel in range(channels):
            counts[channel] += np.bincount(chunk[..., channel].ravel(), minlength=256)
    values = np.arange(256) / 255
    share = counts / counts.sum(axis=1, keepdims=True)
    mean = share @ values
    std = np.sqrt((share * (values - mean[:, None]) ** 2).sum(axis=1))
    return mean.tolist(), np.where(std == 0, 1.0, std).tolist()


def content_hash(splits: tuple[Split, ...], about: list) -> str:
    """Names pixels and labels of the splits, and what else there is to say (anything JSON can write)."""
    state = hashlib.sha256(json.dumps(about).encode())
    for split in splits:
        for start in range(0, len(split), _CHUNK):
            state.update(np.ascontiguousarray(split.images[start : start + _CHUNK]).data)
        state.update(np.ascontiguousarray(split.labels, dtype=np.int64).data)
    return state.hexdigest()[:16]


def write_folder(folder: Path, train: Split, test: Split, meta: dict, arrays: dict[str, np.ndarray]) -> None:
    """Write images, labels, `meta.json` and each of `arrays` as `<name>.npy`; the folder appears whole or not at all.

    Where another process was quicker with the same content, its folder stays.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = new_folder(folder.parent, ".unfinished-")
    except PermissionError as error:
        raise BadInput(f"{shown(folder.parent, 150)} cannot be written to ({error.strerror}).") from error
    sweep_folders(folder.parent, ".unfinished-")
    free = shutil.disk_usage(folder.parent).free
    try:
        _write_images(temporary / "images.npy", train.images, test.images)
        _save(temporary / "labels.npy", np.concatenate([train.labels, test.labels]).astype(np.int64))
        for name, values in arrays.items():
            _save(temporary / f"{name}.npy", values)
        write_json(temporary / "meta.json", meta)
        try:
            temporary.replace(folder)
        except OSError:
            if not (folder / "meta.json").is_file():  # otherwise another process prepared the same content first
                raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise _no_room(
                folder.parent, train.images.nbytes + test.images.nbytes, free, str(error.strerror)
            ) from error
        raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _write_images(path: Path, *parts: np.ndarray) -> None:
    """One `.npy` of all `parts` (N,H,W,C) uint8, one after another.

    It is written, not mapped: a full disk is then an error that can be told, where a mapped page kills the process.
    """
    shape = (sum(map(len, parts)), *parts[0].shape[1:])
    with path.open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for images in parts:
            for start in range(0, len(images), _CHUNK):
                file.write(np.ascontiguousarray(images[start : start + _CHUNK]).data)
        file.flush()
        os.fsync(file.fileno())  # some disks notice only now that they are full


def _save(path: Path, values: np.ndarray) -> None:
    """A small array; of a full disk NumPy's own writing would not say the reason."""
    buffer = io.BytesIO()
    np.save(buffer, values)
    path.write_bytes(buffer.getbuffer())


def _no_room(folder: Path, needed: int, free: int, reason: str) -> BadInput:
    return BadInput(
        f"{shown(folder, 150)} has no room for the prepared images: {_amount(needed)} are needed, {_amount(free)} "
        f"are free ({reason}). Free some, or name another folder in DDCORE_CACHE."
    )


def _amount(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size / 1e3:,.0f} kB"
