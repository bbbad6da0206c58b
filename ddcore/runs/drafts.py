"""Drafts of imports: folders beside the runs, which become runs or go away, even if their importer is killed."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ddcore.places import runs_root

_DRAFT = ".import-"


@contextmanager
def a_draft() -> Iterator[Path]:
    """A folder beside the runs, to be renamed or else removed at the end; its lock is held until then."""
    remove_drafts()
    path, handle = _locked_folder()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(handle)


def _locked_folder() -> tuple[Path, int]:
    """A new folder beside the runs, and the open handle that holds its lock; OSError if it cannot be made."""
    while True:
        path = runs_root() / f"{_DRAFT}{secrets.token_hex(4)}"
        path.mkdir(parents=True)
        with suppress(FileNotFoundError):
            handle = os.open(path, os.O_RDONLY)
            fcntl.flock(handle, fcntl.LOCK_EX)
            if path.exists():
                return path, handle
            os.close(handle)  # another import took it for a dead one's before it was locked


def remove_drafts() -> None:
    """Remove the drafts of killed imports: nobody holds their lock."""
    for path in runs_root().glob(f"{_DRAFT}*"):
        try:
            handle = os.open(path, os.O_RDONLY)
        except (FileNotFoundError, PermissionError):  # it has just ended, or is another user's
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
        except BlockingIOError:  # it is at work
            continue
        finally:
            os.close(handle)
