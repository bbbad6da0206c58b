"""Images and labels as arrays, under the names that people give them: MedMNIST, Keras, X and y, images and labels."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np

from ddcore.data.reading import Reading, column_hint
from ddcore.data.report import Report
from ddcore.data.sources.array_files import Stored, arrays_in
from ddcore.data.sources.columns import IMAGES, LABELS
from ddcore.data.sources.contents import Contents, divide, encode
from ddcore.data.sources.decoding import check_side
from ddcore.data.sources.images import resize_all
from ddcore.data.sources.scales import scale_of
from ddcore.data.sources.splits import WORDS, is_about_split, part_of, tokens
from ddcore.data.sources.trees import Tree, check_total
from ddcore.errors import BadInput, listed, shown
from ddcore.progress import Progress

SUFFIXES = (".npz", ".npy", ".pt", ".pth")
_IMAGES, _LABELS = {*IMAGES, "data", "x"}, set(LABELS)
_NAMES = {"classes", "class_names", "label_names", "classnames"}
_LETTER = re.compile(rf"([xy])(?:[_\-. ]?({'|'.join(word for words in WORDS.values() for word in words)}))?", re.I)
_ROWS = 4096  # images scaled at once


class _Pair(NamedTuple):
    """The names of the arrays of one part."""

    part: str
    images: str
    labels: str


def read(tree: Tree, paths: Sequence[PurePosixPath], reading: Reading, progress: Progress) -> Contents:
    """Contents of these files. Images are (N,H,W), (N,H,W,C), (N,C,H,W) with C 1 or 3, or square greys as (N,D).

    `BadInput` says what is missing or malformed; counts are compared before anything is read.
    """
    if reading.background != Reading().background:
        raise BadInput(f"background={reading.background!r} has no effect on {tree.where}, which has no transparency.")
    progress(0, 1, "reading arrays")
    report, stored = Report(), arrays_in(tree, paths)
    tree.account(report, paths)
    pairs = _pairs(stored, reading, tree.where)
    _check(stored, pairs, tree.where)
    used = {name for pair in pairs for name in (pair.images, pair.labels)} | set(_names_in(stored))
    if unused := [name for name in stored if name not in used]:
        report.decide("files", f"arrays not used: {listed(unused)}")
    said = [name for name in unused if is_about_split(name)]
    if said and len(pairs) == 1:
        raise BadInput(
            f"{tree.where} says something about a split that is not read, in {listed(said, 4)}: save the test images "
            "and labels as test_images and test_labels."
        )
    names = _class_names(stored, tree.where)
    raw = [_channels_last(stored[pair.images].read(), pair.images, tree.where) for pair in pairs]
    if len(stored[pairs[0].images].shape) == 2:
        side = raw[0].shape[1]
        report.decide("pixels", f"rows of {side * side} numbers are read as grey images of {side}x{side} pixels")
    shapes = {array.shape[1:] for array in raw}
    if len(shapes) > 1:
        first, other = raw[0].shape[1:], next(array.shape[1:] for array in raw if array.shape[1:] != raw[0].shape[1:])
        raise BadInput(f"{tree.where} has images {first} but also {other} (height, width, channels).")
    if reading.size is None and any(len(array) for array in raw):
        check_side(raw[0].shape[2], raw[0].shape[1], tree.where)
    images = _eight_bit(raw, tree.where, report)
    labels = np.concatenate([_labels(stored[pair.labels]) for pair in pairs])
    parts = np.concatenate([np.full(len(array), pair.part) for pair, array in zip(pairs, raw, strict=True)])
    codes, classes = encode(labels, names, tree.where, report)
    resized = resize_all(images, reading.size, report, progress)
    return divide(resized, codes, parts, classes, tree.where, report, resized is not images)


def _pairs(stored: dict[str, Stored], reading: Reading, where: str) -> list[_Pair]:
    """Which arrays belong together, train first. `BadInput` if that is not clear, with how to say it."""
    images = _by_part(stored, "images", reading.image_column, where)
    labels = _by_part(stored, "labels", reading.label_column, where)
    for part in {*images, *labels}:
        if part not in images or part not in labels:
            there, lacks = ("images", "labels") if part in images else ("labels", "images")
            name = images.get(part) or labels.get(part)
            raise BadInput(
                f"{where} has {there} without {lacks}: {shown(name)!r} stands alone among {listed(list(stored), 6, 90)}"
                f"; name them by {column_hint(lacks[:-1])}."
            )
    if not images:
        raise BadInput(
            f"{where} has no arrays of images and labels: found are {listed(list(stored), 6, 90) or 'none'}; call them "
            "images and labels, or name them by --image-column and --label-column, or their fields on the Library page."
        )
    return [_Pair(part, images[part], labels[part]) for part in sorted(images, key=list(WORDS).index)]


def _by_part(stored: dict[str, Stored], role: str, asked: str | None, where: str) -> dict[str, str]:
    """Part -> name of the one array with this role."""
    if asked is not None:
        if asked not in stored:
            raise BadInput(f"{where} has no array {shown(asked)!r}: found are {listed(list(stored), 8, 120)}.")
        return {_part(asked): asked} | {_part(name): name for name in stored if _other_part(asked, name)}
    found: dict[str, str] = {}
    for name in stored:
        if _role(name, stored[name]) != role:
            continue
        if (part := _part(name)) in found:
            raise BadInput(
                f"{where} has several arrays that may hold the {role}, {shown(found[part])!r} and {shown(name)!r}: "
                f"name one by {column_hint(role[:-1])}."
            )
        found[part] = name
    return found


def _other_part(name: str, other: str) -> bool:
    """Whether two names differ only in the word for their part: "train_coarse" and "test_coarse"."""
    first, second = ([word for word in tokens(one) if part_of(word) is None] for one in (name, other))
    return first == second and name != other and part_of(name) is not None and part_of(other) is not None


def _part(name: str) -> str:
    match = _LETTER.fullmatch(name)
    return part_of(match[2] if match and match[2] else name) or "train"


def _role(name: str, stored: Stored) -> str | None:
    """ "images" or "labels", by the words of the name; None for anything else."""
    if match := _LETTER.fullmatch(name):
        return "images" if match[1].lower() == "x" else "labels"
    words = set(tokens(name))
    if name in _names_in({name: stored}) or words & {"name", "names", "filenames", "ids", "weights"}:
        return None
    if words & _LABELS:
        return "labels"
    return "images" if words & _IMAGES and len(stored.shape) > 1 else None


def _check(stored: dict[str, Stored], pairs: Sequence[_Pair], where: str) -> None:
    """`BadInput` for arrays that are too large, are no numbers, or do not have one label per image."""
    check_total(sum(stored[name].size for pair in pairs for name in (pair.images, pair.labels)), where)
    for pair in pairs:
        images, labels = stored[pair.images], stored[pair.labels]
        if images.dtype.kind not in "uifb":
            raise BadInput(f"{where} has {shown(pair.images)!r} of type {images.dtype}: allowed are numbers.")
        if not images.shape or not labels.shape or labels.shape[0] != images.shape[0]:
            count = images.shape[0] if images.shape else 0
            raise BadInput(
                f"{where} has {count} images but {shown(pair.labels)!r} of shape {labels.shape}: one label per image "
                "is needed."
            )


def _channels_last(array: np.ndarray, name: str, where: str) -> np.ndarray:
    """(N,H,W,C) of any allowed shape."""
    if array.ndim == 2 and array.shape[1] > 0 and (side := int(array.shape[1] ** 0.5)) ** 2 == array.shape[1]:
        return array.reshape(-1, side, side, 1)
    if array.ndim == 3 and 0 not in array.shape[1:]:
        return array[..., None]
    if array.ndim == 4 and 0 not in array.shape[1:]:
        if array.shape[-1] in (1, 3):
            return array
        if array.shape[1] in (1, 3):
            return array.transpose(0, 2, 3, 1)
    raise BadInput(
        f"{where} has {shown(name)!r} of shape {array.shape}: allowed are (N,H,W), (N,H,W,C) and (N,C,H,W) with 1 or 3 "
        "channels."
    )


def _eight_bit(raw: Sequence[np.ndarray], where: str, report: Report) -> np.ndarray:
    """All images (N,H,W,C) uint8, by one scale."""
    full = [array for array in raw if array.size]
    if len({array.dtype.kind == "f" for array in full}) > 1:
        kinds = " and ".join(sorted({str(array.dtype) for array in full}))
        raise BadInput(f"{where} has images of {kinds}: training and test images must be of one kind.")
    if all(array.dtype == np.uint8 for array in full) and max((int(a.max()) for a in full), default=2) > 1:
        return np.concatenate(list(raw)) if len(raw) > 1 else raw[0].astype(np.uint8, copy=False)
    low, high = min(float(array.min()) for array in full), max(float(array.max()) for array in full)
    scale = scale_of(low, high, where, all(array.dtype.kind != "f" for array in full))
    report.decide("pixels", f"{raw[0].dtype} images: {scale.text}")
    if (scale.low, scale.high) == (0, 255) and high < 32:
        report.warn("pixels", f"the brightest pixel of all is {high:g} of 255")
    found = np.empty((sum(len(array) for array in raw), *raw[0].shape[1:]), np.uint8)
    start = 0
    for array in raw:
        for row in range(0, len(array), _ROWS):
            chunk = scale.apply(array[row : row + _ROWS])
            found[start : start + len(chunk)] = chunk
            start += len(chunk)
    return found


def _labels(stored: Stored) -> np.ndarray:
    """(N,) of an array (N,) or (N,1); another shape as it is."""
    array = stored.read()
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def _names_in(stored: dict[str, Stored]) -> list[str]:
    """The arrays that name classes."""
    return [name for name in stored if any(name.lower() == one or name.lower().endswith(f"_{one}") for one in _NAMES)]


def _class_names(stored: dict[str, Stored], where: str) -> list[str] | None:
    """The K names of classes, if an array holds them; `BadInput` if it holds something else."""
    found = _names_in(stored)
    if not found:
        return None
    name, names = found[0], stored[found[0]]
    if len(names.shape) != 1 or names.dtype.kind != "U":
        raise BadInput(
            f"{where} has {shown(name)!r} of type {names.dtype} and shape {names.shape}: allowed is a list of text, "
            "(K,)."
        )
    listed_names = names.read().tolist()
    if other := next((one for one in found[1:] if stored[one].read().tolist() != listed_names), None):
        raise BadInput(f"{where} has different names of classes in {shown(name)!r} and {shown(other)!r}.")
    return listed_names
