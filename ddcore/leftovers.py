"""What killed processes leave behind: temporary files and unfinished folders, and how they are swept.

Names of unfinished things begin with a dot. The writer of a temporary file holds a lock on it as long as it lives, so
its file is never swept, however old it is.
"""

import fcntl
import os
import re
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path

ABANDONED = 3600.0  # seconds without a change after which an unfinished folder belongs to no living process

_TEMPORARY = re.compile(r"\..+-[a-z0-9_]{8}\.tmp")  # other programs have temporary files too


def hold(descriptor: int) -> None:
    """Protect an open file from sweeping until it is closed or its process ends."""
    with suppress(OSError):  # where there are no locks, none can be had for sweeping either
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def sweep_files(folder: Path, prefix: str = ".") -> None:
    """Remove the temporary files (`.name-*.tmp`) in `folder` whose writers are gone."""
    for path in _beginning_with(prefix, folder):
        if _TEMPORARY.fullmatch(path.name):
            _sweep_file(path)


def _sweep_file(path: Path) -> None:
    with suppress(OSError):  # held, gone meanwhile, or somebody else's
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
        finally:
            os.close(descriptor)


def sweep_folders(folder: Path, *prefixes: str) -> None:
    """Remove what begins with one of `prefixes` in `folder` if nothing in it has changed for an hour."""
    for path in (path for prefix in prefixes for path in _beginning_with(prefix, folder)):
        with suppress(OSError):  # gone meanwhile, or somebody else's
            latest = max(item.lstat().st_mtime for item in (path, *path.rglob("*")))
            if time.time() - latest > ABANDONED:
                remove_tree(path)


def _beginning_with(prefix: str, folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.name.startswith(prefix)]
    except OSError:  # it does not exist, or is somebody else's: then nothing in it is ours to sweep
        return []


def new_folder(parent: Path, prefix: str) -> Path:
    """Make an empty folder in `parent` whose name begins with `prefix`, with the permissions that the umask gives."""
    path = parent / f"{prefix}{secrets.token_hex(4)}"
    path.mkdir(parents=True)
    return path


def remove_tree(path: Path) -> None:
    """Remove a folder and all that is in it; of a symbolic link, the link alone. What is gone already is no error."""
    if path.is_symlink():
        path.unlink(missing_ok=True)
        return

    def judge(_function: object, _path: str, failure: tuple) -> None:
        if not isinstance(failure[1], FileNotFoundError):
            raise failure[1]

    shutil.rmtree(path, onerror=judge)
