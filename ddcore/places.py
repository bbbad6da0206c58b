"""Where things live on disk. The environment is read at every call, so tests and workers agree with whoever set it."""

import os
from pathlib import Path

from ddcore.errors import BadInput


def _user_folder(kind: str, fallback: str) -> Path:
    base = os.environ.get(f"XDG_{kind}_HOME")
    return Path(base) if base else Path.home() / fallback


def data_root() -> Path:
    """Folder of datasets as published, and of a person's own (`DDCORE_DATA`)."""
    return _resolved(os.environ.get("DDCORE_DATA") or _user_folder("DATA", ".local/share") / "ddcore" / "data")


def uploads_root() -> Path:
    """Folder of datasets that were uploaded in the app (`DDCORE_UPLOADS`): never one that a person keeps data in."""
    return _resolved(os.environ.get("DDCORE_UPLOADS") or _user_folder("DATA", ".local/share") / "ddcore" / "uploads")


def cache_root() -> Path:
    """Folder of everything that can be computed again: prepared datasets, scores, maps, baselines (`DDCORE_CACHE`)."""
    return _resolved(os.environ.get("DDCORE_CACHE") or _user_folder("CACHE", ".cache") / "ddcore")


def runs_root() -> Path:
    """Folder of run folders (`DDCORE_RUNS`)."""
    return _resolved(os.environ.get("DDCORE_RUNS") or _user_folder("DATA", ".local/share") / "ddcore" / "runs")


def typed_path(text: str) -> Path:
    """The absolute path that a person typed, with `~` and links followed; `BadInput` if it can be none."""
    try:
        return _resolved(Path(text).expanduser())
    except RuntimeError:
        user = text.partition("/")[0]
        raise BadInput(f"{text!r} is not a path on this computer: there is no home folder of {user!r}.") from None


def _resolved(path: Path | str) -> Path:
    try:
        return Path(path).resolve()
    except (RuntimeError, OSError):  # which of them a loop of links raises depends on the version of Python
        raise BadInput(f"{str(path)!r} is not a path on this computer: its symbolic links lead in a circle.") from None
    except ValueError:
        raise BadInput(f"{str(path)!r} is not a path: it holds a character that no file name can have.") from None
