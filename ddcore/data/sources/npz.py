"""NumPy archives: `images` and `labels`, optionally `test_images` and `test_labels`, and `classes` (K,) names."""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from ddcore.data.sources.contents import Contents, divide, encode
from ddcore.data.sources.images import MOST_BYTES, check_side, resize_all
from ddcore.errors import BadInput
from ddcore.progress import Progress

_KEYS = ("images", "labels", "test_images", "test_labels", "classes")
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError)


def read(path: Path, size: int | None, progress: Progress) -> Contents:
    """Contents of an `.npz` file. Images are (N,H,W) or (N,H,W,1|3), uint8 or floats in [0,1]."""
    progress(0, 1, "reading arrays")
    arrays = _arrays(path)
    for key in ("images", "labels"):
        if key not in arrays:
            raise BadInput(f"{path} has no array {key!r}: needed are 'images' and 'labels'.")
    if ("test_images" in arrays) != ("test_labels" in arrays):
        raise BadInput(f"{path} has only one of 'test_images' and 'test_labels': give both or neither.")
    names = arrays.get("classes")
    if names is not None and (names.ndim != 1 or names.dtype.kind != "U"):
        raise BadInput(
            f"{path} has 'classes' of type {names.dtype} and shape {names.shape}: allowed is a list of text, (K,)."
        )
    images = _images(arrays["images"], path, "images")
    labels = _labels(arrays["labels"], images, path, "labels")
    parts = np.full(len(images), "train")
    if "test_images" in arrays:
        tests = _images(arrays["test_images"], path, "test_images")
        test_labels = _labels(arrays["test_labels"], tests, path, "test_labels")
        if tests.shape[1:] != images.shape[1:]:
            raise BadInput(
                f"{path} has images {images.shape[1:]} but test images {tests.shape[1:]} (height, width, channels)."
            )
        images, labels = np.concatenate([images, tests]), np.concatenate([labels, test_labels])
        parts = np.concatenate([parts, np.full(len(tests), "test")])
    if size is None and len(images):
        check_side(images.shape[2], images.shape[1], str(path))
    codes, classes = encode(labels, None if names is None else names.tolist(), str(path))
    resized = resize_all(images, size, progress)
    return divide(resized, codes, parts, classes, str(path), resized is not images)


def _arrays(path: Path) -> dict[str, np.ndarray]:
    arrays = {}
    try:
        with zipfile.ZipFile(path) as archive:
            total = sum(info.file_size for info in archive.infolist())
        if total > MOST_BYTES:
            raise BadInput(f"{path} unpacks to {total:,} bytes, at most {MOST_BYTES:,} are allowed.")
        with np.load(path, allow_pickle=False) as file:
            for key in set(_KEYS) & set(file.files):
                arrays[key] = _array(file, key, path)
    except _BROKEN as error:
        raise BadInput(f"{path} is not a readable .npz file ({error}).") from error
    return arrays


def _array(file: np.lib.npyio.NpzFile, key: str, path: Path) -> np.ndarray:
    try:
        return file[key]
    except (ValueError, MemoryError) as error:
        if "allow_pickle" in str(error):
            raise BadInput(
                f"{path} has an array {key!r} of Python objects, which could run code: save plain numbers."
            ) from error
        raise BadInput(f"{path} has an unreadable array {key!r} ({error}).") from error


def _images(array: np.ndarray, path: Path, key: str) -> np.ndarray:
    if array.ndim not in (3, 4) or (array.ndim == 4 and array.shape[-1] not in (1, 3)) or 0 in array.shape[1:]:
        raise BadInput(f"{path} has {key!r} of shape {array.shape}: allowed are (N,H,W), (N,H,W,1) and (N,H,W,3).")
    if array.dtype.kind == "f":
        if not bool(np.all((array >= 0) & (array <= 1))):
            raise BadInput(f"{path} has {key!r} of floats outside [0,1]: allowed are uint8, and floats in [0,1].")
        array = np.rint(array * 255).astype(np.uint8)
    if array.dtype != np.uint8:
        raise BadInput(f"{path} has {key!r} of type {array.dtype}: allowed are uint8, and floats in [0,1].")
    return array if array.ndim == 4 else array[..., None]


def _labels(array: np.ndarray, images: np.ndarray, path: Path, key: str) -> np.ndarray:
    if array.ndim == 0 or len(array) != len(images):
        raise BadInput(
            f"{path} has {len(images)} images but {key!r} of shape {array.shape}: one label per image is needed."
        )
    return array
