"""A zip archive of class folders of images, read in memory: nothing is ever unpacked to disk."""

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from ddcore.data.sources.class_folders import is_image, read_tree
from ddcore.data.sources.contents import Contents
from ddcore.data.sources.images import MOST_BYTES
from ddcore.errors import BadInput
from ddcore.progress import Progress

_MOST_MEMBERS = 2_000_000
_MOST_MEMBER_BYTES = 64 * 2**20
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError)


def read(path: Path, size: int | None, progress: Progress) -> Contents:
    """Contents of the class folders in the archive; `BadInput` if it is unsafe or too large."""
    try:
        archive = zipfile.ZipFile(path)
    except _BROKEN as error:
        raise BadInput(f"{path} is not a readable zip archive ({error}).") from error
    with archive:
        members = {PurePosixPath(info.filename): info for info in _checked(archive, path)}

        def fetch(member: PurePosixPath) -> bytes:
            try:
                return archive.read(members[member])
            except _BROKEN as error:
                raise BadInput(f"{member} in {path} cannot be unpacked ({error}).") from error

        return read_tree([member for member in members if is_image(member)], fetch, str(path), size, progress)


def _checked(archive: zipfile.ZipFile, path: Path) -> list[zipfile.ZipInfo]:
    """The archive's files, after checking every member's name and the sizes its directory announces."""
    members = archive.infolist()
    if len(members) > _MOST_MEMBERS:
        raise BadInput(f"{path} has {len(members):,} members, at most {_MOST_MEMBERS:,} are allowed.")
    total = 0
    for info in members:
        name = info.orig_filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or ":" in name.split("/")[0]:
            raise BadInput(f"{path} has a member {info.orig_filename!r} that points outside the archive.")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise BadInput(f"{path} has a link {name!r} in it: only files and folders are allowed.")
        if info.file_size > _MOST_MEMBER_BYTES and is_image(PurePosixPath(name)):
            raise BadInput(
                f"{name} in {path} unpacks to {info.file_size:,} bytes, at most {_MOST_MEMBER_BYTES:,} are allowed."
            )
        total += info.file_size
    if total > MOST_BYTES:
        raise BadInput(f"{path} unpacks to {total:,} bytes, at most {MOST_BYTES:,} are allowed.")
    return [info for info in members if not info.is_dir()]
