"""A run as one zip, without its checkpoint, and back. A zip from outside is not trusted."""

import json
import math
import os
import re
import secrets
import shutil
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from ddcore.data.zca import FILE as ZCA_FILE
from ddcore.data.zca import read_zca
from ddcore.errors import BadInput
from ddcore.files import write_atomically, write_json
from ddcore.leftovers import remove_tree
from ddcore.places import runs_root
from ddcore.runs import foreign, states
from ddcore.runs.damage import refuse_changing
from ddcore.runs.folder import BLANK_STATUS, RunFolder, check_id
from ddcore.runs.twins import twin_of

_PARTS = re.compile(
    r"(config\.json|status\.json|events\.jsonl|log\.txt|zca\.npz|snapshots/step_([0-9]{6}|[1-9][0-9]{6,11})\.npz)"
)
_DATA = "(A dataset is added under “Add your own data” on the Library page, or named by its path.)"
_MEGABYTE = 1024 * 1024
_LARGEST = {
    "config.json": _MEGABYTE,
    "status.json": _MEGABYTE,
    "events.jsonl": 256 * _MEGABYTE,
    "log.txt": 64 * _MEGABYTE,
    ZCA_FILE: 65 * _MEGABYTE,
}
_LARGEST_SNAPSHOT = 1024 * _MEGABYTE
_LARGEST_RUN = 8192 * _MEGABYTE
_MOST_PARTS = 100_000
_ARRAYS = {  # name -> kinds of dtype, number of axes
    "images": ("f", 4), "view": ("u", 4), "targets": ("f", 2), "classes": ("i", 1),
    "mean": ("f", 1), "std": ("f", 1), "step": ("iu", 0), "zca": ("U", 0),
}  # fmt: skip


def export_run(run: RunFolder, out: Path | str) -> Path:
    """Write config, status, events, log, snapshots and whitening, under `<id>/`, to the zip `out`.

    A file that is there already is replaced.
    """
    out = Path(out)
    run.config()
    if out.is_dir():
        raise BadInput(f"{str(out)!r} is a folder; name the zip file to write.")
    files = (path for path in run.path.rglob("*") if path.is_file())
    parts = sorted(path for path in files if _PARTS.fullmatch(path.relative_to(run.path).as_posix()))

    def write(file: IO[bytes]) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1, strict_timestamps=False) as archive:
            for path in parts:
                archive.write(path, f"{run.id}/{path.relative_to(run.path).as_posix()}")

    write_atomically(out, write)
    return out


class Imported(NamedTuple):
    """The run; `known`: it was here already, with the same content, and nothing was added."""

    run: RunFolder
    known: bool


def import_run(source: Path | str | IO[bytes]) -> Imported:
    """The run in a zip by `export_run`: a new one, unless it is here already.

    Its id gets a suffix if another run has it.
    Raises BadInput for anything else in the zip: other names, paths that lead out, pickles, more bytes than a run has.
    """
    draft = runs_root() / f".import-{secrets.token_hex(4)}"
    try:
        with zipfile.ZipFile(source) as archive:
            name, parts = _parts(archive)
            for part, info in parts.items():
                _extract(archive, info, draft / part)
        sizes = {_check_snapshot(path) for path in draft.glob("snapshots/*.npz")}
        if (draft / ZCA_FILE).exists():
            _check_zca(draft / ZCA_FILE, sizes)
        return _settle(draft, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BadInput(f"This is not a zip of a run, or it is damaged: {error}.") from error
    except (FileNotFoundError, IsADirectoryError):
        raise BadInput(f"There is no file {str(source)!r} to import.") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _parts(archive: zipfile.ZipFile) -> tuple[str, dict[str, zipfile.ZipInfo]]:
    """The run's id and its files by name, if the zip holds exactly that and is not larger than a run may be."""
    files = [info for info in archive.infolist() if not info.is_dir()]
    tops = {info.filename.partition("/")[0] for info in files}
    if len(tops) != 1 or len(files) > _MOST_PARTS:
        raise BadInput(
            f"A zip of a run holds one folder; this one holds {len(tops)} names at its top, {len(files)} files. {_DATA}"
        )
    (name,) = tops
    if not any(info.filename == f"{name}/config.json" for info in files):
        raise BadInput(f"The zip holds no config.json, so it is not a run. {_DATA}")
    check_id(name)
    parts: dict[str, zipfile.ZipInfo] = {}
    for info in files:
        part = info.filename.partition("/")[2]
        if not _PARTS.fullmatch(part) or part in parts:
            raise BadInput(f"{info.filename!r} does not belong in the zip of a run.")
        if info.file_size > _LARGEST.get(part, _LARGEST_SNAPSHOT):
            raise BadInput(f"{info.filename!r} is too large for a run ({info.file_size} bytes).")
        parts[part] = info
    if sum(info.file_size for info in files) > _LARGEST_RUN:
        raise BadInput(f"The zip is too large for a run; {_LARGEST_RUN // _MEGABYTE} MB are allowed.")
    return name, parts


def _extract(archive: zipfile.ZipFile, info: zipfile.ZipInfo, to: Path) -> None:
    """Copy one file; `zipfile` reads no more than the declared size, which was checked."""
    to.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(info) as source, to.open("xb") as target:
        shutil.copyfileobj(source, target, _MEGABYTE)


def _check_snapshot(path: Path) -> int:
    """Look at the headers of the arrays only; how many numbers an image has."""
    wrong = BadInput(f"The snapshot {path.name!r} in the zip does not belong to a run.")
    found = _headers(path, wrong)
    for name, (shape, dtype) in found.items():
        kinds, axes = _ARRAYS.get(name, ("", 0))
        if dtype.kind not in kinds or len(shape) != axes:
            raise wrong
    if not {"view", "classes", "step"} <= found.keys() or found["view"][1] != np.uint8:
        raise wrong
    shape = found["view"][0]
    count, height, width, channels = shape
    if channels not in (1, 3) or found["classes"][0] != (count,):
        raise wrong
    if "images" in found and found["images"][0] != (count, channels, height, width):
        raise wrong
    if "targets" in found and found["targets"][0][0] != count:
        raise wrong
    return math.prod(shape[1:])


def _check_zca(path: Path, sizes: set[int]) -> None:
    """A whitening of images of the one size there is among the snapshots, read once its headers promise no more."""
    wrong = BadInput(f"The {path.name} in the zip is not a run's whitening.")
    _headers(path, wrong)
    try:
        whitening = read_zca(path)
    except BadInput:
        raise wrong from None
    if sizes - {len(whitening.mean)}:
        raise wrong


def _headers(path: Path, wrong: BadInput) -> dict[str, tuple[tuple[int, ...], np.dtype]]:
    """Name -> shape and dtype of the arrays in an `.npz`: no pickles, no more bytes than the file holds."""
    found = {}
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if info.compress_type != zipfile.ZIP_STORED:  # a stored array cannot be larger than its file
                raise wrong
            with archive.open(info) as file:
                shape, dtype = _header(file, wrong)
                size = math.prod(shape) * dtype.itemsize
                if size + file.tell() != info.file_size:
                    raise wrong
            if (name := info.filename.removesuffix(".npy")) in found:
                raise wrong
            found[name] = (shape, dtype)
    return found


def _header(file: IO[bytes], wrong: BadInput) -> tuple[tuple[int, ...], np.dtype]:
    try:
        if np.lib.format.read_magic(file) != (1, 0):  # what np.savez writes for arrays like ours
            raise wrong
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    except ValueError:
        raise wrong from None
    if min(shape, default=0) < 0:
        raise wrong
    return shape, dtype


def _settle(draft: Path, name: str) -> Imported:
    """Make config and status those of an ended run on this machine, and move the folder to its place if it is new."""
    config = _strict_object(draft / "config.json")
    foreign.check_config(config)
    status = BLANK_STATUS | (_strict_object(draft / "status.json") if (draft / "status.json").exists() else {})
    foreign.check_status(status)
    if (draft / "events.jsonl").exists():
        foreign.check_events(draft / "events.jsonl")
    if status["state"] not in ("finished", "stopped", "failed"):
        status |= {"state": "stopped", "note": "exported before it had ended"}
    write_json(draft / "status.json", status | {"pid": None, "started": None, "heartbeat": None})
    if twin := twin_of(draft, _PARTS):
        return Imported(twin, known=True)
    path = runs_root() / name
    while path.exists():
        path = runs_root() / f"{name}-{secrets.token_hex(2)}"
    write_json(draft / "config.json", config | {"id": path.name})
    draft.rename(path)
    return Imported(RunFolder(path), known=False)


def _strict_object(path: Path) -> dict[str, Any]:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        value = json.loads(path.read_text(), parse_constant=refuse)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise BadInput(f"The {path.name} in the zip is not a JSON object.")
    return value


def delete_run(run: RunFolder) -> None:
    """Remove the folder of a run that has ended, of a linked run the link; BadInput if it is live or another user's."""
    if run.path.is_symlink():
        run.path.unlink()
        return
    if run.path.is_dir() and not os.access(run.path, os.W_OK):
        refuse_changing(run.path, f"run {run.id!r}")
    with run.locked():
        state = run.state()
        if state in states.LIVE:
            raise BadInput(f"Run {run.id} is {state}; stop it before deleting it.")
        grave = run.path.parent / f".deleted-{secrets.token_hex(4)}"
        run.path.rename(grave)
    remove_tree(grave)
