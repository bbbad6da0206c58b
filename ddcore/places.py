"""Where things live on disk. The environment is read at every call, so tests and workers agree with whoever set it."""

import os
from pathlib import Path


def _user_folder(kind: str, fallback: str) -> Path:
    base = os.environ.get(f"XDG_{kind}_HOME")
    return Path(base) if base else Path.home() / fallback


def data_root() -> Path:
    """Folder of datasets as published, and of a person's own (`DDCORE_DATA`)."""
    return Path(os.environ.get("DDCORE_DATA") or _user_folder("DATA", ".local/share") / "ddcore" / "data").resolve()


def uploads_root() -> Path:
    """Folder of datasets that were uploaded in the app (`DDCORE_UPLOADS`): never one that a person keeps data in."""
    return Path(
        os.environ.get("DDCORE_UPLOADS") or _user_folder("DATA", ".local/share") / "ddcore" / "uploads"
    ).resolve()


def cache_root() -> Path:
    """Folder of everything that can be computed again: prepared datasets, scores, maps, baselines (`DDCORE_CACHE`)."""
    return Path(os.environ.get("DDCORE_CACHE") or _user_folder("CACHE", ".cache") / "ddcore").resolve()


def runs_root() -> Path:
    """Folder of run folders (`DDCORE_RUNS`)."""
    return Path(os.environ.get("DDCORE_RUNS") or _user_folder("DATA", ".local/share") / "ddcore" / "runs").resolve()
