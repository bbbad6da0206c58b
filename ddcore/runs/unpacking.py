"""The zip of a run, unpacked: every member is one that `export_run` writes, of no more bytes than a run has.

The bounds are counted here, not left to limits of the process: they hold in the foreground and on every system, refuse
with a sentence, and do not depend on how much address space a library happens to reserve.
"""

import re
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO

from ddcore.data.zca import FILE as ZCA_FILE
from ddcore.errors import BadInput, shown
from ddcore.files import DAMAGED
from ddcore.runs.folder import check_id
from ddcore.runs.naming import CONFUSION, FOLDERS, SNAPSHOT
from ddcore.runs.snapshots import CarefulFile
from ddcore.runs.watched_steps import MOST_STEPS

PARTS = re.compile(
    r"(config\.json|status\.json|events\.jsonl|log\.txt|zca\.npz"
    rf"|(snapshots|draws|steps)/{SNAPSHOT.pattern}|confusions/{CONFUSION.pattern})"
)
"""The files of a run that travel, by their path in its folder."""
_DATA = "(A dataset is added under “Add your own data” on the Library page, or named by its path.)"
_MEGABYTE = 1024 * 1024
LARGEST = {
    "config.json": _MEGABYTE // 2,
    "status.json": _MEGABYTE // 8,
    "events.jsonl": 24 * _MEGABYTE,  # parsed in 1.2 s, whatever stands in it
    "log.txt": 64 * _MEGABYTE,
    ZCA_FILE: 65 * _MEGABYTE,
}
"""Bytes of each file at most; any other is a snapshot, or what is kept of a step or a test beside it."""
_LARGEST_SNAPSHOT = 512 * _MEGABYTE
_LARGEST_RUN = 2048 * _MEGABYTE
_MOST_SNAPSHOTS = 1500  # Watch reads the learned labels of all of them in 0.7 s
_MOST_CONFUSIONS = 2 * _MOST_SNAPSHOTS + 3  # a test by students and one by the set itself of each, and the baselines
_MOST_RATIO = 200
"""Bytes that a byte of the zip may become, in text beyond a megabyte: our files hold numbers, which compress less."""
_LOCAL_HEADER = 30  # bytes before a member's name, at least

Unpacked = Callable[[int, int], None]
"""`unpacked(done, total)`: bytes so far, and of all."""


def unpack(source: Path, folder: Path, unpacked: Unpacked) -> str:
    """Write the files of the run in the zip `source` into `folder`; returns the run's id.

    BadInput for anything else in the zip: other names, paths that lead out, links, encrypted or overlapping members,
    more bytes than a run has, or more than the disk has.
    """
    if not source.is_file():
        raise BadInput(f"There is no file {str(source)!r} to import.")
    try:
        with _opened(source) as file, zipfile.ZipFile(_Source(file)) as archive:
            name, parts = _parts(archive)
            _extract(archive, parts, folder, unpacked)
            return name
    except BadInput:
        raise
    except DAMAGED as error:
        raise BadInput(f"This is not a zip of a run, or it is damaged: {error}.") from error


def _opened(source: Path) -> IO[bytes]:
    try:
        return source.open("rb")
    except OSError as error:
        raise _unread(error) from error


class _Source(CarefulFile):
    """The zip, whose own errors are told apart from those of writing its files."""

    def read(self, count: int | None = -1) -> bytes:
        try:
            return super().read(count)
        except OSError as error:
            raise _unread(error) from error


def _unread(error: OSError) -> BadInput:
    return BadInput(f"The zip cannot be read: {error.strerror or error}.")


def _parts(archive: zipfile.ZipFile) -> tuple[str, dict[str, zipfile.ZipInfo]]:
    """The run's id and its files by name, if the zip holds exactly that and is not larger than a run may be."""
    infos = archive.infolist()
    tops = {info.filename.partition("/")[0] for info in infos}
    if len(tops) != 1:
        raise BadInput(f"A zip of a run holds one folder; this one holds {len(tops)} names at its top. {_DATA}")
    (name,) = tops
    if not any(info.filename == f"{name}/config.json" for info in infos):
        raise BadInput(f"The zip holds no config.json, so it is not a run. {_DATA}")
    check_id(name)
    parts: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        if info.filename not in (f"{name}/", *(f"{name}/{folder}/" for folder in FOLDERS)):
            part = info.filename.partition("/")[2]
            _check_member(info, part)
            if part in parts:
                raise BadInput(f"The zip holds {info.filename!r} twice.")
            parts[part] = info
    check_sizes({part: info.file_size for part, info in parts.items()})
    _check_places(archive, list(parts.values()))
    return name, parts


def _check_member(info: zipfile.ZipInfo, part: str) -> None:
    name = info.filename
    if not PARTS.fullmatch(part) or info.orig_filename != name:
        raise BadInput(f"{shown(repr(info.orig_filename))} does not belong in the zip of a run.")
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
        raise BadInput(f"{name!r} is a link or a device; the zip of a run holds files only.")
    if info.flag_bits & 0x1:
        raise BadInput(f"{name!r} is encrypted; the zip of a run is not.")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadInput(f"{name!r} is compressed by method {info.compress_type}; allowed are stored and deflated.")
    _check_size(part, info.file_size)
    if part.endswith((".json", ".jsonl")) and info.file_size > _MEGABYTE + _MOST_RATIO * info.compress_size:
        raise BadInput(
            f"{name!r} unpacks to {info.file_size:,} bytes from {info.compress_size:,}; at most {_MOST_RATIO} times as "
            "many are allowed."
        )


def check_sizes(sizes: dict[str, int]) -> None:
    """BadInput if these files of a run (name -> bytes) are too many or too large to be imported."""
    limits = (_MOST_SNAPSHOTS, _MOST_SNAPSHOTS, MOST_STEPS, _MOST_CONFUSIONS)
    for folder, most in zip(FOLDERS, limits, strict=True):
        if (count := sum(part.startswith(f"{folder}/") for part in sizes)) > most:
            what = "single steps" if folder == "steps" else folder
            raise BadInput(f"The zip holds {count:,} files of {what}; a run has at most {most:,} {what}.")
    for part, size in sizes.items():
        _check_size(part, size)
    if (total := sum(sizes.values())) > _LARGEST_RUN:
        raise BadInput(f"The zip is too large for a run: {total:,} bytes, of at most {_LARGEST_RUN:,}.")


def _check_size(part: str, size: int) -> None:
    if size > (largest := LARGEST.get(part, _LARGEST_SNAPSHOT)):
        raise BadInput(f"The {part} in the zip is too large for a run: {size:,} bytes, of at most {largest:,}.")


def _check_places(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> None:
    """BadInput for members that share bytes of the zip."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise BadInput(f"{info.filename!r} shares bytes of the zip with another file; it is damaged.")
        end = info.header_offset + _LOCAL_HEADER + len(info.filename) + info.compress_size
    if end > archive.start_dir:
        raise BadInput("A file in the zip reaches into its list of contents; it is damaged.")


def _extract(archive: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo], folder: Path, unpacked: Unpacked) -> None:
    """Copy the files; `zipfile` reads no more than the declared sizes, which were checked."""
    total, done = sum(info.file_size for info in parts.values()), 0
    if total > (free := shutil.disk_usage(folder).free):
        raise BadInput(f"The run takes {total:,} bytes, and {folder.parent} has {free:,} left.")
    for part, info in parts.items():
        to = folder / PurePosixPath(part)
        to.parent.mkdir(exist_ok=True)
        before = done
        with archive.open(info) as member, to.open("xb") as target:
            while block := member.read(_MEGABYTE):
                target.write(block)
                done += len(block)
                unpacked(done, total)
        if done - before != info.file_size:
            raise BadInput(f"{info.filename!r} is shorter than the zip says; it is damaged.")
