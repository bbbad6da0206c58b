"""Locks on files, for what several processes look at and then change."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, made where there is none, after whoever holds it now; it is let go with its process.

    OSError if it can be neither made nor read.
    """
    try:
        file: IO[str] = path.open("a")
    except PermissionError:  # another user's: it can be locked all the same if it can be read
        file = path.open()
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
