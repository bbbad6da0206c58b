"""What datasets exist, where, and how to get each; uploads and the removal of prepared copies.

NumPy only: the server imports this module, and nothing here reads pixels.
"""

import io
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from ddcore.data import specs
from ddcore.data.builtin import BUILT_IN, Entry
from ddcore.data.dataset import dataset_folder, materialised
from ddcore.data.specs import find_hash, own_entries
from ddcore.data.variants import Variant
from ddcore.errors import BadInput
from ddcore.files import write_atomically
from ddcore.leftovers import new_folder
from ddcore.places import data_root

_IMAGE_OR_TABLE = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".ppm", ".pgm", ".tif", ".tiff", ".parquet")
_UPLOAD_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")
_FIRST_BYTES = {".zip": b"PK", ".npz": b"PK", ".parquet": b"PAR1"}


@dataclass(frozen=True)
class DatasetInfo:
    """One line of the catalogue. `spec` is what to pass to `load_dataset` and `find_hash`.

    `present`: no download is needed. `hash`: content hash if prepared. What is only known once an own dataset is
    prepared is None until then. `bytes_on_disk` counts the prepared copy and, for own data in the data root, the
    source. `kind` is "built-in", "own" or "variant"; a variant has its text in `variant`, and in `base` the spec of the
    dataset it was made of where that is still listed.
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
    hash = find_hash(entry.name)
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
        classes=entry.classes,
        train=entry.train,
        test=entry.test,
        bytes_on_disk=size + (meta["bytes"] if meta else 0),
        download_mb=entry.download_mb,
        how=entry.how,
        origin=str(raw) if raw else entry.title,
        split=meta["split"] if meta else "",
    )


def _entry_of_root(name: str, prepared: dict[str, dict]) -> DatasetInfo | None:
    path = data_root() / name
    files = specs.inventory(path)
    if path.is_dir() and not any(file.lower().endswith(_IMAGE_OR_TABLE) for file, _, _ in files):
        return None  # neither class folders nor Parquet: something else that lies in the data root
    hash = find_hash(name)
    size = sum(size for _, size, _ in files)
    return _own(
        Path(name).stem if path.is_file() else name,
        name,
        prepared.get(hash or ""),
        size,
        f"in {data_root()}",
        str(path),
    )


def _variant(meta: dict, base: DatasetInfo | None, prepared: dict[str, dict]) -> DatasetInfo:
    info, variant = _prepared_own(meta, prepared), Variant.parse(meta["variant"])
    if base is None:
        return replace(info, variant=str(variant), how=f"made from the data prepared from {meta['origin']}")
    title = f"{base.title}, {variant.words}"
    return replace(info, title=title, variant=str(variant), base=base.spec, how=f"variant {variant} of {base.title}")


def _prepared_own(meta: dict, prepared: dict[str, dict]) -> DatasetInfo:
    named = sum(other["name"] == meta["name"] for other in prepared.values())
    taken = {*BUILT_IN, *own_entries(), *(Path(entry).stem for entry in own_entries())}
    spec = meta["name"] if named == 1 and meta["name"] not in taken else meta["hash"]
    info = _own(meta["name"], spec, meta, 0, f"prepared from {meta['origin']}", meta["origin"])
    if meta["kind"] != "built-in":
        return replace(info, kind=meta["kind"])
    base, _, side = meta["name"].rpartition("-")  # a built-in dataset is only here once more when resized
    return replace(info, title=f"{base} at {side} pixels", kind=meta["kind"])


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
    )


def add_upload(name: str, data: bytes | IO[bytes], suffix: str) -> str:
    """Save an uploaded file as `data_root()/<name><suffix>`, whole or not at all; returns its spec.

    `BadInput` if the name or suffix is not allowed, the name is taken, or the file is not what its suffix says.
    """
    if suffix not in _FIRST_BYTES:
        raise BadInput(f"Files ending in {suffix!r} cannot be added: allowed are {', '.join(_FIRST_BYTES)}.")
    if not _UPLOAD_NAME.fullmatch(name):
        raise BadInput(f"Dataset name {name!r} is not allowed: use up to 64 letters, digits, spaces, '.', '_' or '-'.")
    taken = {Path(entry).stem.lower() for entry in own_entries()} | {entry.lower() for entry in own_entries()}
    if name.lower() in taken | set(BUILT_IN) | {f for e in BUILT_IN.values() for f in map(str.lower, e.own_entries())}:
        raise BadInput(f"A dataset called {name!r} exists already: choose another name.")
    source = io.BytesIO(data) if isinstance(data, bytes) else data
    first = source.read(4)
    if not first.startswith(_FIRST_BYTES[suffix]):
        raise BadInput(f"The file for {name!r} is not a {suffix} file.")
    target = data_root() / f"{name}{suffix}"

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
