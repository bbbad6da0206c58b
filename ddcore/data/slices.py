"""Slices: named sets of training images that a person keeps, for the pages.

A slice lies under the content hash of its dataset, beside the runs, since nothing can compute it again:
`<runs>/.slices/<hash>/<digest of the name>.json` with format, name, dataset, count, ids, primary and created.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from ddcore.errors import BadInput
from ddcore.files import read_json, write_json
from ddcore.places import runs_root

LONGEST_NAME = 60
_FORMAT = 1


@dataclass(frozen=True)
class Slice:
    """Training images of one dataset: `ids` (n,) int64, ascending rows of its training set of `count` images."""

    name: str
    dataset: str  # content hash
    count: int
    ids: np.ndarray
    primary: int | None = None
    created: str = ""  # ISO 8601, UTC


def save_slice(name: str, dataset: str, count: int, ids: Sequence[int], primary: int | None = None) -> Slice:
    """Keep a slice, in place of one with the same name; `BadInput` for an impossible name or ids."""
    name = checked_name(name)
    slice = Slice(name, dataset, count, checked_ids(ids, count), primary, datetime.now(UTC).isoformat(" ", "seconds"))
    _write(slice)
    return slice


def slices_of(dataset: str) -> list[Slice]:
    """The readable slices of the dataset with this content hash, by name."""
    return sorted((one for one in _all(_folder(dataset))[0]), key=lambda slice: slice.name.lower())


def all_slices() -> tuple[list[Slice], list[str]]:
    """Every slice by dataset and name, and a sentence on each file that is none."""
    found, wrong = [], []
    root = runs_root() / ".slices"
    for folder in sorted(root.iterdir()) if root.is_dir() else []:
        good, bad = _all(folder)
        found += sorted(good, key=lambda slice: slice.name.lower())
        wrong += bad
    return found, wrong


def slice_named(name: str, dataset: str) -> Slice:
    """The slice of this name; `BadInput` if there is none or its file is damaged.

    For whoever is given a name alone; pages choose from `slices_of`, and no setting of a run names a slice yet.
    """
    path = _path(checked_name(name), dataset)
    if not path.exists():
        names = ", ".join(repr(one.name) for one in slices_of(dataset)) or "none"
        raise BadInput(f"There is no slice {name!r} of these data; the slices are {names}.")
    return _read(path)


def rename_slice(slice: Slice, name: str) -> Slice:
    """The slice under another name, which must be free."""
    name = checked_name(name)
    if name == slice.name:
        return slice
    if _path(name, slice.dataset).exists():
        raise BadInput(f"There is a slice {name!r} of these data already; choose another name.")
    renamed = Slice(**{**_fields(slice), "name": name})
    _write(renamed)
    delete_slice(slice)
    return renamed


def delete_slice(slice: Slice) -> None:
    _path(slice.name, slice.dataset).unlink(missing_ok=True)


def checked_name(name: str) -> str:
    """The name without spaces at its ends; `BadInput` if it is empty, too long or of several lines."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadInput(f"A slice cannot be called {name[:LONGEST_NAME]!r}; write 1 to {LONGEST_NAME} characters.")
    return name


def checked_ids(ids: Any, count: int) -> np.ndarray:
    """(n,) int64, ascending and without repeats; `BadInput` unless they are whole numbers from 0 to `count` - 1."""
    try:
        found = np.asarray(ids)
    except ValueError:
        raise BadInput("The ids of a slice must be a list of whole numbers.") from None
    if found.ndim != 1 or not len(found) or found.dtype.kind not in "iu":
        raise BadInput("The ids of a slice must be a list of at least one whole number.")
    outside = found[(found < 0) | (found >= count)]
    if len(outside):
        raise BadInput(f"There is no image {outside[0]}: the training images are 0 to {count - 1:,}.")
    return np.unique(found.astype(np.int64))


def _fields(slice: Slice) -> dict[str, Any]:
    return {name: getattr(slice, name) for name in Slice.__dataclass_fields__}


def _folder(dataset: str) -> Path:
    return runs_root() / ".slices" / dataset


def _path(name: str, dataset: str) -> Path:
    return _folder(dataset) / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.json"


def _write(slice: Slice) -> None:
    path = _path(slice.name, slice.dataset)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, asdict(slice) | {"format": _FORMAT, "ids": slice.ids.tolist()}, durable=True)


def _all(folder: Path) -> tuple[list[Slice], list[str]]:
    found, wrong = [], []
    for path in sorted(folder.glob("*.json")):
        try:
            found.append(_read(path))
        except BadInput as error:
            wrong.append(str(error))
    return found, wrong


def _read(path: Path) -> Slice:
    try:
        kept = read_json(path)
        if kept["format"] != _FORMAT:
            raise BadInput(f"it has format {kept['format']!r}, and this version reads format {_FORMAT}")
        count, primary = int(kept["count"]), kept["primary"]
        slice = Slice(
            checked_name(kept["name"]), str(kept["dataset"]), count, checked_ids(kept["ids"], count),
            None if primary is None else int(primary), str(kept["created"]),
        )  # fmt: skip
        if path != _path(slice.name, slice.dataset):
            raise BadInput("it was moved or edited")
        return slice
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        reason = str(error).rstrip(".") if isinstance(error, BadInput) else "it is damaged"
        raise BadInput(f"The slice at {path} cannot be read: {reason}.") from None
