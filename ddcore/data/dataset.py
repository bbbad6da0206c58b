"""What an image dataset is, and its prepared form on disk.

`cache_root()/datasets/<hash>/` holds `images.npy` (train then test, N,H,W,C uint8), `labels.npy` (N,) int64 and
`meta.json`. The hash names the content (pixels, labels, classes, splits, flip), so anything computed from a dataset
can be filed under it. A variant has `origins.npy` (N,) int64 and, where it has them, `planted.npy` (N,) bool and
`true_labels.npy` (N,) int64 beside them. NumPy only: the server imports this module.
"""

import contextlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ddcore.data.reading import SMALLEST_SIDE, Reading, asked_of
from ddcore.data.report import Report
from ddcore.data.storing import Split, channel_statistics, content_hash, write_folder
from ddcore.data.variants import Variant
from ddcore.errors import BadInput
from ddcore.files import read_json
from ddcore.places import cache_root

_HASH = re.compile(r"[0-9a-f]{16}")
_FIELDS = {"name", "hash", "kind", "classes", "mean", "std", "flip", "origin", "split", "splits", "shape"}
_CHANGED = ("origins", "planted", "true_labels")  # files of a variant


@dataclass(frozen=True, eq=False)
class Change:
    """How the N training images of a variant came from its base, the dataset of the hash `base`.

    `origins` (N,) int64: each image's row in the base's training set, -1 where it has none. `planted` (N,) bool: the
    copies, wrong labels or outliers; None for a long tail. `true_labels` (N,) int64: labels before some were made
    wrong; None if none were.
    """

    variant: str
    base: str
    origins: np.ndarray
    planted: np.ndarray | None = None
    true_labels: np.ndarray | None = None

    def arrays(self) -> dict[str, np.ndarray]:
        found = {name: getattr(self, name) for name in _CHANGED}
        return {name: values for name, values in found.items() if values is not None}


@dataclass(frozen=True, eq=False)
class Dataset:
    """A prepared dataset. `mean` and `std` are those of the training pixels, per channel, as fractions of 255.

    `flip`: whether mirrored images keep their meaning. `origin` says where it came from, `split` how the test set was
    made, `report` all that was decided when it was read (None if it was prepared by an earlier version). Of a variant
    (see `variants`) the last fields say what was changed, as in `Change`; else they are None.
    """

    name: str
    hash: str
    train: Split
    test: Split
    classes: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    flip: bool
    origin: str
    split: str = "as published"
    report: Report | None = None
    variant: str | None = None
    base: str | None = None
    origins: np.ndarray | None = None
    planted: np.ndarray | None = None
    true_labels: np.ndarray | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one image."""
        height, width, channels = self.train.images.shape[1:]
        return channels, height, width

    @property
    def base_of_tests(self) -> str | None:
        """The hash of the dataset whose test images it shares: of a variant, mostly its base's; else None."""
        return None if self.variant is None or Variant.parse(self.variant).own_tests else self.base

    @property
    def num_classes(self) -> int:
        return len(self.classes)

    @property
    def smallest_class(self) -> int:
        """Number of training images of the rarest class: the largest ipc real images can fill."""
        return int(np.bincount(self.train.labels, minlength=self.num_classes).min())


def dataset_folder(hash: str) -> Path:
    """Where the dataset of this content hash lies or would lie; `BadInput` if `hash` is not a hash."""
    if not _HASH.fullmatch(hash):
        raise BadInput(f"Dataset hash {hash!r} is not valid: a hash has 16 hexadecimal digits.")
    return cache_root() / "datasets" / hash


def is_prepared(hash: str) -> bool:
    # one that may not be read is as good as none; is_file would raise for a folder that is another user's
    return bool(_HASH.fullmatch(hash)) and os.access(dataset_folder(hash) / "meta.json", os.R_OK)


def open_dataset(hash: str) -> Dataset:
    """The prepared dataset of this hash, images memory-mapped read-only; `BadInput` if it is missing or damaged."""
    folder = dataset_folder(hash)
    if not is_prepared(hash):
        raise BadInput(f"Dataset {hash} is not prepared in {cache_root()}: load it by its name or path.")
    try:
        meta = read_json(folder / "meta.json")
        images = np.load(folder / "images.npy", mmap_mode="r", allow_pickle=False)
        labels = np.load(folder / "labels.npy", allow_pickle=False)
        files = [name for name in _CHANGED if (folder / f"{name}.npy").exists()]
        changed = {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in files}
        train, test = (
            Split(images[slice(*meta["splits"][part])], labels[slice(*meta["splits"][part])])
            for part in ("train", "test")
        )
        tuples: dict[str, Any] = {key: tuple(meta[key]) for key in ("classes", "mean", "std")}
        plain = {key: meta[key] for key in ("name", "hash", "flip", "origin", "split")}
        report = Report.of_json(meta["report"]) if meta.get("report") else None
        if not len(images) == len(labels) == max(end for _, end in meta["splits"].values()):
            raise ValueError(f"{len(images)} images, {len(labels)} labels")
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"The prepared copy of dataset {hash} in {folder} is damaged ({error}): delete that folder."
        ) from error
    plain |= {key: meta.get(key) for key in ("variant", "base")}
    return Dataset(train=train, test=test, report=report, **tuples, **plain, **changed)


def materialised() -> list[dict]:
    """`meta.json` of every prepared dataset that can be read, newest first, with `bytes` (size on disk) added.

    A damaged one is left out: it is as good as none, and is prepared again.
    """
    found = []
    for path in (cache_root() / "datasets").glob("*/meta.json"):
        with contextlib.suppress(
            OSError, ValueError, TypeError, AttributeError
        ):  # forgotten since the listing, damaged, not ours
            if _HASH.fullmatch(path.parent.name):
                size = sum(file.stat().st_size for file in path.parent.iterdir())
                meta = read_json(path)
                if meta.keys() >= _FIELDS:
                    found.append((path.stat().st_mtime, meta | {"bytes": size}))
    return [meta for _, meta in sorted(found, key=lambda pair: pair[0], reverse=True)]


def materialise(
    name: str,
    train: Split,
    test: Split,
    classes: tuple[str, ...],
    origin: str,
    flip: bool,
    *,
    split: str = "as published",
    kind: str = "own",
    change: Change | None = None,
    report: Report | None = None,
    reading: Reading | None = None,
) -> Dataset:
    """Write a dataset in its prepared form and open it.

    The folder appears whole or not at all, and several processes may prepare the same content at once: one of them
    wins. Equal content keeps the name and origin under which it was prepared first. `change`: what makes it a variant,
    which is part of its content. `report` and `reading` say how it was read.
    """
    _check(name, train, test, classes)
    splits = {"train": [0, len(train)], "test": [len(train), len(train) + len(test)]}
    about = [list(train.images.shape[1:]), list(classes), splits, flip]
    content = content_hash((train, test), about if change is None else [*about, change.variant, change.base])
    if is_prepared(content):
        return open_dataset(content)
    mean, std = channel_statistics(train.images)
    height, width, channels = train.images.shape[1:]
    meta = {
        "name": name,
        "hash": content,
        "kind": kind,
        "classes": list(classes),
        "mean": mean,
        "std": std,
        "flip": flip,
    }
    meta |= {"origin": origin, "split": split, "splits": splits, "shape": [channels, height, width]}
    meta |= {"report": report and report.to_json(), "reading": asked_of(reading) if reading else {}}
    if change is not None:
        meta |= {"variant": change.variant, "base": change.base}
    write_folder(dataset_folder(content), train, test, meta, {} if change is None else change.arrays())
    return open_dataset(content)


def _check(name: str, train: Split, test: Split, classes: tuple[str, ...]) -> None:
    if len(classes) < 2:
        only = f" ({classes[0]!r})" if classes else ""
        raise BadInput(f"Dataset {name!r} has {len(classes)} class{only}: at least 2 are needed.")
    if len(set(classes)) < len(classes):
        raise BadInput(f"Dataset {name!r} names a class twice: {', '.join(classes)}.")
    for part, split in (("training", train), ("test", test)):
        if len(split) == 0:
            raise BadInput(f"Dataset {name!r} has no {part} images.")
        if len(split.images) != len(split.labels):
            raise BadInput(f"Dataset {name!r} has {len(split.images)} {part} images but {len(split.labels)} labels.")
        if split.labels.min() < 0 or split.labels.max() >= len(classes):
            found = f"{split.labels.min()}..{split.labels.max()}"
            raise BadInput(f"Dataset {name!r} has {part} labels {found}, allowed is 0..{len(classes) - 1}.")
    if train.images.shape[1:] != test.images.shape[1:]:
        sizes = f"{train.images.shape[1:]} and {test.images.shape[1:]}"
        raise BadInput(
            f"Dataset {name!r} has training and test images of different shapes {sizes} (height, width, channels)."
        )
    if min(train.images.shape[1:3]) < SMALLEST_SIDE:
        size = "x".join(map(str, train.images.shape[1:3]))
        raise BadInput(f"Dataset {name!r} has images of {size} pixels; {SMALLEST_SIDE}x{SMALLEST_SIDE} is the minimum.")
    counts = np.bincount(train.labels, minlength=len(classes))
    if counts.min() == 0:
        raise BadInput(f"Dataset {name!r} has no training image of class {classes[int(counts.argmin())]!r}.")
