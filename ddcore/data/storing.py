"""Writing a prepared dataset: its name by content, its statistics, its folder. NumPy only: the server imports this."""

import contextlib
import hashlib
import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ddcore.files import write_json
from ddcore.leftovers import new_folder

_CHUNK = 4096  # images a chunk when a pass over all pixels would need a larger copy
_ABANDONED = 3600.0  # seconds after which an unfinished folder belongs to no living process


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
    folder.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(folder.parent)
    temporary = new_folder(folder.parent, ".unfinished-")
    try:
        shape = (len(train) + len(test), *train.images.shape[1:])
        images = np.lib.format.open_memmap(temporary / "images.npy", mode="w+", dtype=np.uint8, shape=shape)
        images[: len(train)] = train.images
        images[len(train) :] = test.images
        images.flush()
        np.save(temporary / "labels.npy", np.concatenate([train.labels, test.labels]).astype(np.int64))
        for name, values in arrays.items():
            np.save(temporary / f"{name}.npy", values)
        write_json(temporary / "meta.json", meta)
        try:
            temporary.replace(folder)
        except OSError:
            if not (folder / "meta.json").is_file():  # otherwise another process prepared the same content first
                raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _remove_abandoned(parent: Path) -> None:
    for folder in parent.glob(".unfinished-*"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - folder.stat().st_mtime > _ABANDONED:
                shutil.rmtree(folder, ignore_errors=True)
