"""What datasets exist, where, and how to get each; uploads and the removal of prepared copies.

NumPy only: the server imports this module, and nothing here reads pixels.
"""

import io
import re
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from ddcore.data import specs
from ddcore.data.builtin import BUILT_IN, Entry
from ddcore.data.dataset import dataset_folder, materialised
from ddcore.data.reading import Reading
from ddcore.data.report import Report
from ddcore.data.specs import own_entries
from ddcore.data.variants import Variant
from ddcore.errors import BadInput
from ddcore.files import write_atomically
from ddcore.leftovers import new_folder
from ddcore.places import uploads_root

_LIKELY = (
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".gif", ".webp", ".avif", ".ppm", ".pgm", ".tif", ".tiff", ".jp2",
    ".parquet", ".npz", ".npy", ".pt", ".pth",
)  # fmt: skip
"""Endings of files that make a folder in the data root look like a dataset; a path may hold others too."""
_UPLOAD_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,62}[A-Za-z0-9_-])?")
_FIRST_BYTES = {"zip": b"PK", "npz": b"PK", "parquet": b"PAR1"}  # others begin in many ways


@dataclass(frozen=True)
class DatasetInfo:
    """One line of the catalogue. `spec` is what to pass to `load_dataset` and `find_hash`.

    `present`: no download is needed. `hash`: content hash if prepared. What is only known once an own dataset is
    prepared is None until then. `bytes_on_disk` counts the prepared copy and, for own data in the data root, the
    source. `kind` is "built-in", "own" or "variant"; a variant has its text in `variant`, and in `base` the spec of the
    dataset it was made of where that is still listed. `flip`: whether training mirrors its images. `report`: what was
    decided when it was read; `reading`: the options it was read with; `source`: what to read again with others.
    """

    name: str
    spec: str
    title: str
    kind: str
    present: bool
    hash: str | None
    shape: tuple[int, int, int] | None
    num_classes: int | None
    classes: tuple[str, ...] | None
    train: int | None
    test: int | None
    bytes_on_disk: int
    download_mb: float
    how: str
    origin: str
    split: str
    flip: bool | None = None
    report: Report | None = None
    reading: dict[str, Any] = field(default_factory=dict)
    source: str | None = None
    variant: str | None = None
    base: str | None = None


def catalogue() -> list[DatasetInfo]:
    """Built-in datasets, then own data (entries of the data root, what was prepared from elsewhere), then variants."""
    prepared = {meta["hash"]: meta for meta in materialised()}
    infos = [_built_in(entry, prepared) for entry in BUILT_IN.values()]
    infos += [info for name in own_entries() if (info := _entry_of_root(name, prepared))]
    listed = {info.hash for info in infos}
    own = [meta for meta in prepared.values() if meta["hash"] not in listed]
    infos += [_prepared_own(meta, prepared) for meta in own if meta["kind"] != "variant"]
    bases = {info.hash: info for info in infos}
    return infos + [_variant(meta, bases.get(meta["base"]), prepared) for meta in own if meta["kind"] == "variant"]


def _built_in(entry: Entry, prepared: dict[str, dict]) -> DatasetInfo:
    hash, report = _found(entry.name)
    meta = prepared.get(hash or "")
    raw = entry.raw_folder()
    size = sum((raw / file).stat().st_size for file in entry.files) if raw else 0
    return DatasetInfo(
        name=entry.name,
        spec=entry.name,
        title=entry.title,
        kind="built-in",
        present=bool(meta or raw or not entry.files),
        hash=hash if meta else None,
        shape=entry.shape,
        num_classes=entry.num_classes,
        classes=entry.classes or (tuple(meta["classes"]) if meta else None),
        train=entry.train,
        test=entry.test,
        bytes_on_disk=size + (meta["bytes"] if meta else 0),
        download_mb=entry.download_mb,
        how=entry.how,
        origin=str(raw) if raw else entry.title,
        split=meta["split"] if meta else "",
        flip=meta["flip"] if meta else None,
        report=report or _report(meta),
        source=entry.name,
    )


def _entry_of_root(name: str, prepared: dict[str, dict]) -> DatasetInfo | None:
    path = specs.entry_path(name)
    title = specs.stem_of(name) if path.is_file() else name
    try:
        files = specs.inventory(path)
    except BadInput as error:  # it may still be a dataset, so it is listed with what is wrong
        return _own(title, name, None, 0, f"cannot be read: {error}", str(path))
    except FileNotFoundError:  # gone since the folder was listed
        return None
    if path.is_dir() and not any(file.lower().endswith(_LIKELY) for file, *_ in files):
        return None  # neither images nor tables: something else that lies in the data root
    hash, report = _found(name)
    size = sum(size for _, size, *_ in files)
    info = replace(_own(title, name, prepared.get(hash or ""), size, f"in {path.parent}", str(path)), source=name)
    return info if report is None else replace(info, report=report)


def _found(spec: str) -> tuple[str | None, Report | None]:
    """Content hash and report of what is prepared of `spec` as it lies there now, read without options."""
    try:
        place = specs.locate(spec)
        return specs.recalled(specs.fingerprint(place, Reading())) or (None, None)
    except BadInput:
        return None, None


def _report(meta: dict | None) -> Report | None:
    return Report.of_json(meta["report"]) if meta and meta.get("report") else None


def _variant(meta: dict, base: DatasetInfo | None, prepared: dict[str, dict]) -> DatasetInfo:
    info, variant = _prepared_own(meta, prepared), Variant.parse(meta["variant"])
    if base is None:
        return replace(info, variant=str(variant), how=f"made from the data prepared from {meta['origin']}")
    title = f"{base.title}, {variant.words}"
    return replace(info, title=title, variant=str(variant), base=base.spec, how=f"variant {variant} of {base.title}")


def _prepared_own(meta: dict, prepared: dict[str, dict]) -> DatasetInfo:
    named = sum(other["name"] == meta["name"] for other in prepared.values())
    taken = {*BUILT_IN, *own_entries(), *(specs.stem_of(entry) for entry in own_entries())}
    spec = meta["name"] if named == 1 and meta["name"] not in taken else meta["hash"]
    info = _own(meta["name"], spec, meta, 0, f"prepared from {meta['origin']}", meta["origin"])
    if meta["kind"] != "built-in":
        source = info.origin if meta["kind"] == "own" and Path(info.origin).exists() else None
        return replace(info, kind=meta["kind"], source=source)
    return replace(info, title=_title_read_otherwise(meta), kind=meta["kind"])


def _title_read_otherwise(meta: dict) -> str:
    """A built-in dataset is here once more when it was read with options."""
    asked, side = meta.get("reading"), meta["name"].rpartition("-")[2]
    if asked is None:  # prepared by an earlier version, which had one option
        asked = {"size": side} if side.isdecimal() else {}
    words = [f" at {asked['size']} pixels"] if "size" in asked else []
    words += [{"on": ", mirrored", "off": ", not mirrored"}[asked["flip"]]] if "flip" in asked else []
    return meta["origin"] + "".join(words)


def _own(name: str, spec: str, meta: dict | None, size: int, how: str, origin: str) -> DatasetInfo:
    return DatasetInfo(
        name=name,
        spec=spec,
        title=name,
        kind="own",
        present=True,
        hash=meta["hash"] if meta else None,
        shape=tuple(meta["shape"]) if meta else None,
        num_classes=len(meta["classes"]) if meta else None,
        classes=tuple(meta["classes"]) if meta else None,
        train=meta["splits"]["train"][1] if meta else None,
        test=meta["splits"]["test"][1] - meta["splits"]["test"][0] if meta else None,
        bytes_on_disk=size + (meta["bytes"] if meta else 0),
        download_mb=0.0,
        how=how,
        origin=origin,
        split=meta["split"] if meta else "",
        flip=meta["flip"] if meta else None,
        report=_report(meta),
        reading=meta.get("reading") or {} if meta else {},
    )


def add_upload(name: str, data: bytes | IO[bytes], suffix: str) -> str:
    """Save an uploaded file as `uploads_root()/<name><suffix>`, whole or not at all; returns its spec.

    `BadInput` if the name or suffix is not allowed, the name is taken, or the file is not what its suffix says.
    """
    if suffix not in specs.KINDS:
        raise BadInput(f"Files ending in {suffix!r} cannot be added: allowed are {', '.join(specs.SUFFIXES)}.")
    if not _UPLOAD_NAME.fullmatch(name):
        raise BadInput(f"Dataset name {name!r} is not allowed: use up to 64 letters, digits, spaces, '.', '_' or '-'.")
    taken = {specs.stem_of(entry).lower() for entry in own_entries()} | {entry.lower() for entry in own_entries()}
    if name.lower() in taken | set(BUILT_IN) | {f for e in BUILT_IN.values() for f in map(str.lower, e.own_entries())}:
        raise BadInput(f"A dataset called {name!r} exists already: choose another name, or change it in its own row.")
    source = io.BytesIO(data) if isinstance(data, bytes) else data
    first = source.read(4)
    if not first.startswith(_FIRST_BYTES.get(specs.KINDS[suffix], b"")):
        raise BadInput(f"The file for {name!r} is not a {suffix} file.")
    target = uploads_root() / f"{name}{suffix}"

    def write(file: IO[bytes]) -> None:
        file.write(first)
        shutil.copyfileobj(source, file)

    write_atomically(target, write)
    return target.name


def forget(hash: str) -> None:
    """Remove the prepared copy of own data or a variant; its source stays. `BadInput` if it is unknown or built-in."""
    meta = next((meta for meta in materialised() if meta["hash"] == hash), None)
    if meta is None:
        raise BadInput(f"No prepared dataset has the hash {hash!r}.")
    if meta["kind"] == "built-in":
        raise BadInput(f"{meta['name']} is a built-in dataset: only own data and variants can be removed.")
    folder = dataset_folder(hash)
    grave = new_folder(folder.parent, ".unfinished-")
    folder.replace(grave / "forgotten")  # one rename: a reader sees it whole or not at all
    shutil.rmtree(grave)
