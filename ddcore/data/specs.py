"""What a dataset's name or path stands for, and whether that is prepared already.

A small index, `cache_root()/sources/<fingerprint>.json`, leads from a source as it lies on disk (path, sizes,
modification times, size option) to the content hash of its prepared form, so nothing is read twice. NumPy only: the
server imports this.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ddcore.data.builtin import BUILT_IN
from ddcore.data.dataset import SMALLEST_SIDE, is_prepared, materialised
from ddcore.data.variants import Variant
from ddcore.errors import BadInput
from ddcore.files import digest, read_json, write_json
from ddcore.places import cache_root, data_root

SUFFIXES = (".zip", ".npz", ".parquet")
LARGEST_SIDE = 256  # pixels of a prepared image
RESIZE_HINT = "resize them: --size 32, or “Resize to” on the Library page"  # in every message that a size would help
_READER_VERSION = 1  # raise it when a reader would make something else of the same source
_VARIANT_VERSION = 1  # raise it when a variant would become something else of the same base


@dataclass(frozen=True)
class Place:
    """Where a dataset is. `kind`: built-in, folder, zip, parquet, npz, or prepared (then only `hash` is known)."""

    kind: str
    name: str
    path: Path | None = None
    hash: str | None = None


def locate(spec: str | Path) -> Place:
    """What `spec` stands for.

    Tried in this order: a built-in name, a name in the data root, a path, a prepared dataset's hash or
    name. `BadInput` if it is none of them, or a name that several prepared datasets share.
    """
    text = str(spec).strip()
    if text in BUILT_IN:
        return Place("built-in", text)
    if text:
        in_root = [data_root() / text] + [data_root() / f"{text}{suffix}" for suffix in SUFFIXES]
        for candidate in [*(in_root if _is_plain(text) else []), _expanded(text)]:
            if _exists(candidate):
                return _place(candidate.resolve())
    if is_prepared(text):
        return Place("prepared", text, hash=text)
    named = [meta for meta in materialised() if meta["name"] == text]
    if len(named) > 1:
        raise BadInput(
            f"{len(named)} prepared datasets are called {text!r}: use the path or hash, one of {_origins(named)}."
        )
    if named:
        return Place("prepared", text, hash=named[0]["hash"])
    known = [*BUILT_IN, *own_entries()]
    raise BadInput(
        f"No dataset {text!r}: give one of {', '.join(known)}, or the path of a folder, .zip, .npz or .parquet."
    )


def _is_plain(text: str) -> bool:
    return Path(text).name == text and not text.startswith(".")


def _expanded(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:  # no such user: then it is a name like any other
        return Path(text)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise BadInput(f"{path} cannot be opened ({error.strerror}).") from error


def _origins(metas: list[dict]) -> str:
    return ", ".join(f"{meta['origin']} ({meta['hash']})" for meta in metas)


def _place(path: Path) -> Place:
    if path.is_dir():
        return Place("parquet" if parquet_files(path) else "folder", path.name, path)
    if path.suffix.lower() not in SUFFIXES:
        raise BadInput(f"{path} is not a dataset: allowed are folders and files ending in {', '.join(SUFFIXES)}.")
    return Place(path.suffix.lower()[1:], path.stem, path)


def parquet_files(folder: Path) -> list[Path]:
    """Parquet files of a folder, or of its `data` folder as on the Hugging Face hub, sorted."""
    for place in (folder, folder / "data"):
        files = sorted(path for path in place.glob("*.parquet") if not path.name.startswith("."))
        if files:
            return files
    return []


def own_entries() -> list[str]:
    """Names in the data root that may be own datasets: visible folders and files of a known suffix, sorted."""
    reserved = {name for entry in BUILT_IN.values() for name in entry.own_entries()} - {"."}
    if not data_root().is_dir():
        return []
    with os.scandir(data_root()) as entries:
        names = [e.name for e in entries if e.is_dir() or Path(e.name).suffix.lower() in SUFFIXES]
    return sorted(name for name in names if not name.startswith(".") and name not in reserved)


def inventory(path: Path) -> list[tuple[str, int, int]]:
    """(relative path, bytes, modification time in ns) of a file, or of every visible file below a folder, sorted."""
    if path.is_file():
        stat = path.stat()
        return [(path.name, stat.st_size, stat.st_mtime_ns)]
    found = []
    for folder, folders, files in os.walk(path):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith("."):
                file = Path(folder, name)
                stat = file.stat(follow_symlinks=file.exists())
                found.append((file.relative_to(path).as_posix(), stat.st_size, stat.st_mtime_ns))
    return sorted(found)


def check_size(size: int | None) -> None:
    if size is not None and not SMALLEST_SIDE <= size <= LARGEST_SIDE:
        raise BadInput(f"Image size {size} is out of range: allowed is {SMALLEST_SIDE} to {LARGEST_SIDE} pixels.")


def fingerprint(place: Place, size: int | None = None) -> str:
    """Names a source as it lies on disk now, together with the size option."""
    about = [str(place.path), inventory(place.path)] if place.path else [place.name]
    return digest("dataset source", _READER_VERSION, place.kind, about, size)


def _index_file(mark: str) -> Path:
    return cache_root() / "sources" / f"{mark}.json"


def remember(mark: str, hash: str) -> None:
    """Note that the source with this fingerprint was prepared as the dataset `hash`."""
    with suppress(PermissionError):  # another user's notes: without one, the source is read again next time
        write_json(_index_file(mark), {"hash": hash})


def prepared_hash(mark: str) -> str | None:
    """Content hash noted for this fingerprint, if its prepared form still exists. A damaged note is as good as none."""
    try:
        hash = read_json(_index_file(mark))["hash"]
    except (OSError, ValueError, KeyError, TypeError):  # none, damaged, or another user's
        return None
    return hash if isinstance(hash, str) and is_prepared(hash) else None


def variant_mark(base: str, variant: Variant, source: str | None) -> str:
    """Names a variant of the dataset with the hash `base`; `source`: that of the dataset its outliers come from."""
    return digest("variant", _VARIANT_VERSION, base, str(variant), source)


def find_variant(base: str, variant: Variant) -> str | None:
    """Content hash of this variant of the dataset with the hash `base` if it is prepared, else None."""
    source = None if variant.source is None else find_hash(variant.source)
    if variant.source is not None and source is None:
        return None
    return prepared_hash(variant_mark(base, variant, source))


def find_hash(spec: str | Path, size: int | None = None, variant: str | None = None) -> str | None:
    """Content hash of what `spec` stands for if that is prepared already, else None (also if it is unknown).

    `BadInput` for a size or variant that cannot be.
    """
    check_size(size)
    wanted = None if variant is None else Variant.parse(variant)
    try:
        place = locate(spec)
    except BadInput:
        return None
    if place.hash and size is not None:
        return None
    found = place.hash or prepared_hash(fingerprint(place, size))
    return found if found is None or wanted is None else find_variant(found, wanted)
