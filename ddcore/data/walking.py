"""Everything below a folder, links followed, and what of it counts. Standard library only: the server imports this."""

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ddcore.errors import BadInput, shown

_SYSTEM = {
    "__macosx", "@eadir", "thumbs.db", "desktop.ini", "$recycle.bin", "#recycle", "@recycle", "lost+found",
    "system volume information", "__pycache__", "icon\r",
}  # fmt: skip


def is_ignored(name: str) -> bool:
    """Whether this is the name of a hidden entry, or of one that systems and their file servers leave behind."""
    return name.startswith(".") or name.lower() in _SYSTEM


_MOST = 4_000_000
_LONGEST_LINK = 256  # bytes
_LINK = re.compile(r"(\.\./)+[^/\0\n]+(/[^/\0\n]+)*")
_Around = tuple[tuple[int, int], ...]
"""Identities (device, number) of a folder and of those around it."""


@dataclass
class Walk:
    """Visible files as (relative path, bytes, modification time in ns, number of the file on its disk), visible
    folders, and counts of the rest.

    `ignored`: hidden and system entries, with nothing below them. `special`: pipes, sockets and devices. `texts`: links
    to folders that some systems and archives store as small text files, with the folders they mean; they are followed.
    """

    files: list[tuple[str, int, int, int]] = field(default_factory=list)
    folders: list[PurePosixPath] = field(default_factory=list)
    special: list[str] = field(default_factory=list)
    texts: dict[PurePosixPath, Path] = field(default_factory=dict)
    ignored: int = 0


def walk(root: Path) -> Walk:
    """All that lies below the folder `root`, sorted. `BadInput` for a link that leads nowhere or back to a folder
    around it, and for what may not be read."""
    found = Walk()
    pending: list[tuple[PurePosixPath, Path, _Around]] = [(PurePosixPath(), root, (_identity(root),))]
    while pending:
        here, folder, around = pending.pop()
        if len(found.files) + len(found.folders) > _MOST:
            raise BadInput(f"{shown(root)} holds more than {_MOST:,} files and folders, links followed.")
        for name in _names(folder):
            if is_ignored(name):
                found.ignored += 1
                continue
            path, place = here / name, folder / name
            about = _about(place)
            if (target := _meant(place, about)) is not None:
                found.texts[path] = place = target
                about = _about(place)
            if stat.S_ISDIR(about.st_mode):
                identity = (about.st_dev, about.st_ino)
                if identity in around:
                    raise BadInput(f"{shown(path)} in {shown(root)} is a link that leads back to a folder around it.")
                found.folders.append(path)
                pending.append((path, place, (*around, identity)))
            elif stat.S_ISREG(about.st_mode):
                found.files.append((path.as_posix(), about.st_size, about.st_mtime_ns, about.st_ino))
            else:
                found.special.append(path.as_posix())
    found.files.sort()
    found.folders.sort()
    return found


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except OSError as error:
        raise BadInput(f"The folder {shown(folder)} cannot be read ({error.strerror}).") from error


def _meant(path: Path, about: os.stat_result) -> Path | None:
    """The folder that a small text file without a suffix names by a relative path, as a link saved as text does."""
    if path.suffix or not stat.S_ISREG(about.st_mode) or not 0 < about.st_size <= _LONGEST_LINK:
        return None
    try:
        text = path.read_text()
        return path.parent / text if _LINK.fullmatch(text) and (path.parent / text).is_dir() else None
    except (OSError, ValueError):
        return None


def _about(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except OSError as error:
        kind = "is a link that leads nowhere" if isinstance(error, FileNotFoundError) else "cannot be read"
        raise BadInput(f"{shown(path)} {kind} ({error.strerror}).") from error


def _identity(folder: Path) -> tuple[int, int]:
    about = _about(folder)
    return about.st_dev, about.st_ino
