"""What a dataset's name or path stands for, and whether that is prepared already.

A small index, `cache_root()/sources/<fingerprint>.json`, leads from a source as it lies on disk (path, sizes,
modification times, options of reading) to the content hash of its prepared form, and to what was decided when it was
read, so nothing is read twice. NumPy only: the server imports this.
"""

import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ddcore.data.builtin import BUILT_IN
from ddcore.data.dataset import is_prepared, materialised
from ddcore.data.reading import Reading, asked_of
from ddcore.data.report import Report
from ddcore.data.variants import Variant
from ddcore.data.walking import is_ignored, walk
from ddcore.errors import BadInput, listed, shown
from ddcore.files import digest, read_json, write_json
from ddcore.places import cache_root, data_root, uploads_root

KINDS = {
    ".zip": "zip", ".tar": "tar", ".tar.gz": "tar", ".tgz": "tar", ".tar.bz2": "tar", ".tbz2": "tar", ".tar.xz": "tar",
    ".txz": "tar", ".npz": "npz", ".parquet": "parquet", ".pt": "pt", ".pth": "pt",
}  # fmt: skip
SUFFIXES = tuple(KINDS)
"""Endings of the files that may be datasets; several may stand for one kind."""
_LONGEST_NAME = 255  # bytes of a file's name
_PUBLISHED_VERSION = 1  # of torchvision's datasets, which never change
_READER_VERSION = 2  # raise it when a reader would make something else of the same source
_VARIANT_VERSION = 1  # raise it when a variant would become something else of the same base


@dataclass(frozen=True)
class Place:
    """Where a dataset is. `kind`: built-in, folder, one of `KINDS`, or prepared (then only `hash` is known)."""

    kind: str
    name: str
    path: Path | None = None
    hash: str | None = None


def locate(spec: str | Path) -> Place:
    """What `spec` stands for.

    Tried in this order: a built-in name, a name in the data root or among the uploads, a path, a prepared dataset's
    hash or name. `BadInput` if it is none of them, or a name that several prepared datasets share.
    """
    text = str(spec)
    if text != text.strip() and not _exists(_expanded(text)):  # spaces around a typed name are not meant
        text = text.strip()
    if text in BUILT_IN:
        return Place("built-in", text)
    if text:
        for candidate in [*(_in_roots(text) if _is_plain(text) else []), _expanded(text)]:
            if _exists(candidate):
                return place_of(candidate.resolve())
    if is_prepared(text):
        return Place("prepared", text, hash=text)
    named = [meta for meta in materialised() if meta["name"] == text]
    if len(named) > 1:
        raise BadInput(
            f"{len(named)} prepared datasets are called {shown(text)!r}: use the path or hash, one of "
            f"{_origins(named)}."
        )
    if named:
        return Place("prepared", text, hash=named[0]["hash"])
    known = [*BUILT_IN, *own_entries()]
    raise BadInput(f"No dataset {shown(text)!r}: give one of {listed(known)}, or the path of a folder or {_FILES}.")


_FILES = ".zip, .tar, .npz, .parquet or .pt file"


def _in_roots(name: str) -> list[Path]:
    """Where own data of this name may lie: in the data root and among the uploads, with and without a suffix."""
    names = [f"{name}{suffix}" for suffix in ("", *SUFFIXES) if len(f"{name}{suffix}".encode()) <= _LONGEST_NAME]
    return [root / one for root in _readable_roots() for one in names]


def _readable_roots() -> list[Path]:
    """The data root and that of uploads, but for one that is missing or another user's."""
    return [root for root in (data_root(), uploads_root()) if os.access(root, os.R_OK | os.X_OK) and root.is_dir()]


def suffix_of(name: str) -> str | None:
    """The ending of a file's name if it may be a dataset (".tar.gz" is one ending), else None."""
    return next((suffix for suffix in sorted(KINDS, key=len, reverse=True) if name.lower().endswith(suffix)), None)


def stem_of(name: str) -> str:
    """A file's name without such an ending."""
    return name[: len(name) - len(suffix_of(name) or "")]


def _is_plain(text: str) -> bool:
    return Path(text).name == text and not text.startswith(".") and "\0" not in text


def _expanded(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:  # no such user: then it is a name like any other
        return Path(text)


def _exists(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        if path.is_symlink():
            raise BadInput(f"{shown(path)} is a link that leads nowhere.") from None
        return False
    except ValueError:  # a path with a zero byte: then it is a name like any other
        return False
    except OSError as error:
        raise BadInput(f"{shown(path)} cannot be opened ({error.strerror}).") from error
    return True


def _origins(metas: list[dict]) -> str:
    return ", ".join(f"{meta['origin']} ({meta['hash']})" for meta in metas)


def place_of(path: Path) -> Place:
    """What lies at `path`; `BadInput` if that cannot be a dataset."""
    if path.is_dir():
        return Place("folder", path.name, path)
    suffix = suffix_of(path.name)
    if suffix is None or not path.is_file():
        what = "is not a dataset" if path.is_file() else "is neither a folder nor a regular file"
        raise BadInput(f"{shown(path)} {what}: allowed are folders and files ending in {', '.join(SUFFIXES)}.")
    return Place(KINDS[suffix], stem_of(path.name), path)


def own_entries() -> list[str]:
    """Names in the data root and among the uploads that may be own datasets: visible folders, and files of a known
    suffix, sorted."""
    reserved = {name for entry in BUILT_IN.values() for name in entry.own_entries()} - {"."}
    names: set[str] = set()
    for root in _readable_roots():
        with os.scandir(root) as entries:
            names |= {e.name for e in entries if suffix_of(e.name) or (not is_ignored(e.name) and e.is_dir())}
    return sorted(name for name in names if not is_ignored(name) and name not in reserved)


def entry_path(name: str) -> Path:
    """Where such an entry lies, or would lie in the data root if it is gone."""
    return next((root / name for root in _readable_roots() if os.path.lexists(root / name)), data_root() / name)


def inventory(path: Path) -> list[tuple[str, int, int, int]]:
    """(relative path, bytes, modification time in ns, number on its disk) of a file, or of every visible file below a
    folder; folders among them have no bytes.

    Links are followed. `BadInput` for what `walk` refuses; `FileNotFoundError` if it is gone.
    """
    if path.is_dir():
        found = walk(path)
        return [*found.files, *((folder.as_posix(), 0, 0, 0) for folder in found.folders)]
    stat = path.stat()
    return [(path.name, stat.st_size, stat.st_mtime_ns, stat.st_ino)]


def fingerprint(place: Place, reading: Reading) -> str:
    """Names a source as it lies on disk now, together with how it is read."""
    archived = place.path is None and BUILT_IN[place.name].archive is not None
    if place.path is None and not archived and asked_of(reading).keys() <= {"size"}:  # named as before there was more
        return digest("dataset source", _PUBLISHED_VERSION, place.kind, [place.name], reading.size)
    about = [str(place.path), inventory(place.path)] if place.path else [place.name]
    return digest("dataset source", _READER_VERSION, place.kind, about, asdict(reading))


def _index_file(mark: str) -> Path:
    return cache_root() / "sources" / f"{mark}.json"


def remember(mark: str, hash: str, report: Report | None = None) -> None:
    """Note that the source with this fingerprint was prepared as the dataset `hash`, and what was decided then."""
    with suppress(PermissionError):  # another user's notes: without one, the source is read again next time
        write_json(_index_file(mark), {"hash": hash, "report": None if report is None else report.to_json()})


def prepared_hash(mark: str) -> str | None:
    """Content hash noted for this fingerprint, if its prepared form still exists. A damaged note is as good as none."""
    found = recalled(mark)
    return None if found is None else found[0]


def recalled(mark: str) -> tuple[str, Report | None] | None:
    """That hash together with the report."""
    try:
        note = read_json(_index_file(mark))
        hash, report = note["hash"], note.get("report")
        found = None if report is None else Report.of_json(report)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # none, damaged, or another user's
        return None
    return (hash, found) if isinstance(hash, str) and is_prepared(hash) else None


def variant_mark(base: str, variant: Variant, source: str | None) -> str:
    """Names a variant of the dataset with the hash `base`; `source`: that of the dataset its outliers come from."""
    return digest("variant", _VARIANT_VERSION, base, str(variant), source)


def find_variant(base: str, variant: Variant) -> str | None:
    """Content hash of this variant of the dataset with the hash `base` if it is prepared, else None."""
    source = None if variant.source is None else find_hash(variant.source)
    if variant.source is not None and source is None:
        return None
    return prepared_hash(variant_mark(base, variant, source))


def find_hash(spec: str | Path, size: int | None = None, variant: str | None = None, **options: Any) -> str | None:
    """Content hash of what `spec` stands for if that is prepared already, else None (also if it is unknown).

    `options` are those of `Reading`. `BadInput` for options or a variant that cannot be.
    """
    reading = Reading(size=size, **options)
    wanted = None if variant is None else Variant.parse(variant)
    try:
        place = locate(spec)
        if place.hash and asked_of(reading):
            return None
        found = place.hash or prepared_hash(fingerprint(place, reading))
    except BadInput:
        return None
    return found if found is None or wanted is None else find_variant(found, wanted)
