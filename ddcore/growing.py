"""Files that grow row by row, made by one process at a time, read by many while they grow, and never begun anew.

A file holds rows of float32 and nothing else. Who makes one holds a lock on it. An interrupted maker leaves whole rows
and perhaps a part of one, which the next drops; it goes on behind the last whole row. Rows are never changed, so that
others may have them mapped into memory meanwhile; a file that is deleted stays with those that have it.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from ddcore.files import append_whole, naming, open_regular

_LOOK = 0.2  # seconds between two looks at a file that another process makes

Rows = Callable[[int, np.ndarray | None], Iterator[np.ndarray]]
"""(number of rows that are there, the last of them) -> the rows that follow, up to the last."""


def rows_in(path: Path, length: int) -> int:
    """How many whole rows of `length` numbers are there."""
    try:
        return path.stat().st_size // (4 * length)
    except FileNotFoundError:
        return 0


def grown(path: Path, length: int, rows: int, more: Rows, waiting: Callable[[], None]) -> np.ndarray:
    """(rows, length) float32, memory-mapped, read-only: what is there, and `more` behind it where that is less.

    `waiting` is called again and again while another process makes it, and may raise. `OSError` names `path`.
    """
    while True:
        found = _mapped(path, length)
        if len(found) >= rows:
            return found[:rows]
        with _held(path) as file:
            if file is None:
                waiting()
                time.sleep(_LOOK)
                continue
            found = _mapped(path, length)  # it may have grown before it was held
            file.truncate(found.nbytes)
            file.seek(0, os.SEEK_END)
            _append(path, file, more(len(found), found[-1] if len(found) else None))


def _mapped(path: Path, length: int) -> np.ndarray:
    """(whole rows, length) of what is there; none where the last is no sound one, and the file goes, for a machine that
    stops may leave zeros behind."""
    try:
        with open_regular(path) as file:
            count = os.fstat(file.fileno()).st_size // (4 * length)
            found = np.memmap(file, np.float32, "r", shape=(count, length)) if count else np.empty((0, length))
    except FileNotFoundError:
        return np.empty((0, length))
    if count and not (np.isfinite(found[-1]).all() and found[-1].any()):
        path.unlink(missing_ok=True)
        return np.empty((0, length))
    return found


def _append(path: Path, file: IO[bytes], rows: Iterator[np.ndarray]) -> None:
    for row in rows:
        data = np.ascontiguousarray(row, np.float32).tobytes()
        try:
            append_whole(file, data)
            os.fsync(file.fileno())
        except OSError as error:
            raise naming(path, error) from None


@contextmanager
def _held(path: Path) -> Iterator[IO[bytes] | None]:
    """The file, opened to append, if nobody else holds it; a new one where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab", buffering=0) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        except OSError:  # no locks here: two makers of one file are then the user's to avoid
            pass
        yield file if _is_still(path, file) else None


def _is_still(path: Path, file: IO[bytes]) -> bool:
    """Whether the open file is the one at `path`: else it was deleted before it was held."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
