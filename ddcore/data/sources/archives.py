"""Zip and tar archives as trees, read in memory, after every member's name and announced size was checked."""

import contextlib
import io
import lzma
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import IO

from ddcore.data.sources.trees import MOST_BYTES, Tree
from ddcore.data.walking import is_ignored
from ddcore.errors import BadInput, listed, shown
from ddcore.progress import Progress, silent

_MOST_MEMBERS = 2_000_000
_MOST_DEPTH = 100  # folders
_DRIVE = re.compile(r"[A-Za-z]:")
_UTF8_FLAG = 0x800
_UNICODE_PATH = 0x7075  # Info-ZIP's extra field: the name in UTF-8
BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError, EOFError,
    OSError, struct.error, ValueError, OverflowError, MemoryError,
)  # fmt: skip


class _Archive(Tree):
    """What zips and tars share: checks of names and sizes while members are listed."""

    def __init__(self, where: str):
        super().__init__(where)
        self._total = 0
        self._read: tuple[PurePosixPath, bytes] | None = None

    def open(self, path: PurePosixPath) -> IO[bytes]:
        """One file to seek in. The last one is kept: who opens it again does not unpack it again."""
        if self._read is None or self._read[0] != path:
            self._read = path, self.read(path)
        return io.BytesIO(self._read[1])

    def _add(self, name: str, size: int, is_folder: bool, link: str) -> PurePosixPath | None:
        """Take in one member; its path if it is a visible file. `link`: what kind of link it is, if any.

        `BadInput` for a name that leads out, for links, and as soon as there is too much of it.
        """
        plain = name.replace("\\", "/")
        parts = _path_of(name).parts
        if plain.startswith("/") or ".." in parts or _DRIVE.match(plain) or "\0" in plain:
            raise BadInput(f"{self.where} has a member {shown(name)!r} that points outside the archive.")
        if link:
            raise BadInput(f"{self.where} has a {link} {shown(plain)!r} in it: only files and folders are allowed.")
        if any(map(is_ignored, parts)):
            self.ignored += not is_folder
            return None
        path = _path_of(name)
        if len(parts) > _MOST_DEPTH:
            raise BadInput(
                f"{self.where} has {shown(plain)!r} in {len(parts):,} folders, at most {_MOST_DEPTH} are read."
            )
        self.folders.update(path.parents[:-1])  # the last is the archive itself
        if is_folder:
            self.folders.add(path)
            return None
        if path in self.files:
            raise BadInput(f"{self.where} has two members called {shown(path)!r}.")
        self._total += size
        if self._total > MOST_BYTES or len(self.files) >= _MOST_MEMBERS:
            raise BadInput(
                f"{self.where} unpacks to more than {MOST_BYTES:,} bytes or {_MOST_MEMBERS:,} files, which is the most "
                "that is read."
            )
        self.files[path] = size
        return path


def _path_of(name: str) -> PurePosixPath:
    return PurePosixPath(*[part for part in name.replace("\\", "/").split("/") if part not in ("", ".")])


class ZipTree(_Archive):
    """A zip archive; `BadInput` if it is unreadable, unsafe or too large."""

    def __init__(self, path: Path):
        super().__init__(shown(path, 120))
        try:
            self._archive = zipfile.ZipFile(path)
        except BROKEN as error:
            raise BadInput(f"{self.where} is not a readable zip archive ({shown(error)}).") from error
        self._members: dict[PurePosixPath, zipfile.ZipInfo] = {}
        try:
            for info in self._archive.infolist():
                name = _name_of(info, self.where)
                link = "link" if stat.S_ISLNK(info.external_attr >> 16) else ""
                found = self._add(name, info.file_size, name.endswith(("/", "\\")), link)
                if found is not None:
                    self._members[found] = info
        except BaseException:
            self.close()
            raise
        self.files = dict(sorted(self.files.items()))

    def contents(self, paths: Sequence[PurePosixPath]) -> Iterator[tuple[int, bytes]]:
        for i, path in enumerate(paths):
            try:
                data = self._archive.read(self._members[path])
            except BROKEN as error:
                reason = "it is encrypted" if self._members[path].flag_bits & 1 else shown(error)
                raise BadInput(f"{shown(path)} in {self.where} cannot be unpacked ({reason}).") from error
            yield i, data

    def close(self) -> None:
        self._archive.close()


def _name_of(info: zipfile.ZipInfo, where: str) -> str:
    """A member's name as it was meant: old zips do not say in what encoding they are, and guessing garbles."""
    name = info.orig_filename
    if name.isascii() or info.flag_bits & _UTF8_FLAG:
        return name
    with contextlib.suppress(UnicodeError, struct.error):
        return _unicode_path(info.extra) or name.encode("cp437").decode("utf-8")
    raise BadInput(
        f"{where} has names in an old encoding that it does not name, such as {shown(name)!r}: pack it again with "
        "names in UTF-8."
    )


def _unicode_path(extra: bytes) -> str | None:
    while len(extra) >= 4:
        kind, length = struct.unpack("<HH", extra[:4])
        if kind == _UNICODE_PATH and length > 5:
            return extra[9 : 4 + length].decode("utf-8")
        extra = extra[4 + length :]
    return None


class TarTree(_Archive):
    """A tar archive, compressed or not; `BadInput` if it is unreadable, unsafe or too large.

    It is read from front to back, once to list it and once for its contents. `progress` is called while it is listed.
    """

    def __init__(self, path: Path, progress: Progress = silent):
        super().__init__(shown(path, 120))
        self._path = path
        for i, (info, _) in enumerate(self._members()):
            if i % 1000 == 0:
                progress(i, 0, f"looking at the files ({i:,} so far)")
            if info.isfile() or info.isdir() or info.issym() or info.islnk():
                link = "link" if info.issym() or info.islnk() else "sparse file" if info.issparse() else ""
                self._add(info.name, info.size, info.isdir(), link)
            else:
                self.special.append(info.name)
        self.files = dict(sorted(self.files.items()))

    def contents(self, paths: Sequence[PurePosixPath]) -> Iterator[tuple[int, bytes]]:
        wanted = {path: i for i, path in enumerate(paths)}
        for info, archive in self._members():
            path = _path_of(info.name)
            if path in wanted and info.isfile():
                try:
                    file = archive.extractfile(info)
                    data = b"" if file is None else file.read()
                except BROKEN as error:
                    raise BadInput(f"{shown(path)} in {self.where} cannot be unpacked ({shown(error)}).") from error
                yield wanted.pop(path), data
            if not wanted:
                return
        raise BadInput(f"{self.where} has changed while it was read: {listed([str(path) for path in wanted])} is gone.")

    def _members(self) -> Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]:
        with contextlib.ExitStack() as stack:
            try:
                archive = stack.enter_context(tarfile.open(self._path, "r|*", encoding="utf-8"))
                while (info := archive.next()) is not None:
                    yield info, archive
                    archive.members.clear()  # type: ignore[attr-defined]  # else every header is kept
            except BROKEN as error:
                raise BadInput(f"{self.where} is not a readable tar archive ({shown(error)}).") from error

    def close(self) -> None:
        pass
