"""Files below one place, wherever they lie: in a folder, a zip or a tar archive. Nothing is ever unpacked to disk."""

import io
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import IO

from ddcore.data.report import Report
from ddcore.data.walking import walk
from ddcore.errors import BadInput, listed, shown

MOST_BYTES = 4 * 2**30  # of all pixels of a dataset, and of what is read of an archive


def check_total(total: int, where: str) -> None:
    """`BadInput` if what has to be read into memory is too many bytes."""
    if total > MOST_BYTES:
        raise BadInput(f"{where} unpacks to {total:,} bytes, at most {MOST_BYTES:,} are allowed.")


class Tree(AbstractContextManager["Tree"], ABC):
    """`files`: visible regular files, sorted, with their sizes in bytes; `folders`: visible folders, empty ones too.

    `ignored` counts hidden and system entries; `special` lists what is neither file nor folder, `texts` the links that
    were saved as text. `where` names the tree in messages.
    """

    def __init__(self, where: str):
        self.where = where
        self.files: dict[PurePosixPath, int] = {}
        self.folders: set[PurePosixPath] = set()
        self.special: list[str] = []
        self.texts: dict[PurePosixPath, Path] = {}
        self.ignored = 0

    @abstractmethod
    def contents(self, paths: Sequence[PurePosixPath]) -> Iterator[tuple[int, bytes]]:
        """(position in `paths`, bytes) of each of these files, in the order that is quickest to read.

        `BadInput` for one that cannot be read, or is too large.
        """

    def read(self, path: PurePosixPath) -> bytes:
        """All bytes of one file; `BadInput` as of `contents`."""
        return next(self.contents([path]))[1]

    def open(self, path: PurePosixPath) -> IO[bytes]:
        """One file to seek in; `BadInput` if it cannot be read."""
        return io.BytesIO(self.read(path))

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Free what keeps the tree open; a folder is not."""

    def check_bytes(self, paths: Sequence[PurePosixPath]) -> None:
        """`BadInput` if these files are too many bytes to be read into memory."""
        check_total(sum(self.files[path] for path in paths), self.where)

    def account(self, report: Report, read: Sequence[PurePosixPath], used: Sequence[PurePosixPath] = ()) -> None:
        """Count every file in the report: those `read` and `used`, and by suffix all that is left out."""
        rest = set(self.files) - set(read) - set(used)
        suffixes = Counter(path.suffix.lower() or "no suffix" for path in rest)
        suffixes.update({"no regular file": len(self.special)} if self.special else {})
        report.read, report.used, report.ignored = len(read), len(used), self.ignored
        report.found = len(self.files) + len(self.special) + self.ignored
        report.left_out = suffixes
        if self.texts:
            report.decide("files", f"links saved as text are followed: {listed(sorted(self.texts), 6, 90)}")
        if suffixes:
            words = ", ".join(f"{count:,} {suffix}" for suffix, count in suffixes.most_common(8))
            more = f" and {len(suffixes) - 8} more kinds" if len(suffixes) > 8 else ""
            report.decide("files", f"not used: {words}{more}")


class FolderTree(Tree):
    """A folder on disk; links are followed."""

    def __init__(self, path: Path):
        super().__init__(shown(path, 120))
        self._root, found = path, walk(path)
        self.files = {PurePosixPath(name): size for name, size, *_ in found.files}
        self.folders, self.special, self.ignored = set(found.folders), found.special, found.ignored
        self.texts = found.texts

    def contents(self, paths: Sequence[PurePosixPath]) -> Iterator[tuple[int, bytes]]:
        for i, path in enumerate(paths):
            self.check_bytes([path])
            with self.open(path) as file:
                try:
                    data = file.read()
                except OSError as error:
                    raise self._unreadable(path, error) from error
            yield i, data

    def open(self, path: PurePosixPath) -> IO[bytes]:
        try:
            return self._place(path).open("rb")
        except OSError as error:
            raise self._unreadable(path, error) from error

    def _place(self, path: PurePosixPath) -> Path:
        """Where a file lies: below a link that was saved as text, in the folder that this one means."""
        for link in path.parents:  # the nearest first
            if link in self.texts:
                return self.texts[link] / path.relative_to(link)
        return self._root / path

    def _unreadable(self, path: PurePosixPath, error: OSError) -> BadInput:
        return BadInput(f"{shown(path)} in {self.where} cannot be read ({error.strerror}).")


class FileTree(FolderTree):
    """One file, as a tree that holds nothing else."""

    def __init__(self, path: Path):
        Tree.__init__(self, shown(path, 120))
        self._root = path.parent
        self.files = {PurePosixPath(path.name): path.stat().st_size}
