"""Text files that grow while they are read: event lines and logs."""

import json
import os
from pathlib import Path
from typing import Any

_LOG_WINDOW = 256 * 1024  # bytes read from the end of a log, however long it is
_BLOCK = 1024 * 1024  # bytes read at a time; a line that is longer is none of ours


def parsed(line: bytes) -> dict[str, Any] | None:
    """The JSON object on one line, or None if that is not what it holds."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def read_events(path: Path, offset: int, most: int | None = None) -> tuple[list[dict[str, Any]], int]:
    """Finished lines from byte `offset` on, and the offset behind the last of them.

    Finished lines that hold no JSON object, and lines longer than a block, are counted in one last event {"event":
    "unreadable", "lines": n}. With `most`, reading ends after about this many bytes.
    """
    events: list[dict[str, Any]] = []
    unreadable, rest, start = 0, b"", offset
    try:
        with path.open("rb") as file:
            file.seek(max(0, offset - 1))
            skipping = offset > 0 and file.read(1) != b"\n"  # the look before ended within a line that is too long
            while block := file.read(_BLOCK):
                if skipping:
                    _, end, block = block.partition(b"\n")
                    skipping = not end
                *finished, rest = (rest + block).split(b"\n")
                found = [event for line in finished if (event := _event(line)) is not None]
                events += found
                unreadable += len(finished) - len(found)
                if len(rest) > _BLOCK:  # it is counted once and not kept: a file may be one line
                    rest, unreadable, skipping = b"", unreadable + 1, True
                offset = file.tell() - len(rest)
                if most is not None and offset - start >= most:
                    break
    except FileNotFoundError:
        return [], offset
    if unreadable:
        events.append({"event": "unreadable", "time": 0, "lines": unreadable})
    return events, offset


def _event(line: bytes) -> dict[str, Any] | None:
    return parsed(line) if 0 < len(line) <= _BLOCK else None


def drop_unfinished_line(path: Path) -> None:
    """Cut off what a killed writer left behind the last line end, so that the next line starts as a line."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        end = file.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - _BLOCK)
            file.seek(start)
            place = file.read(end - start).rfind(b"\n")
            if place >= 0:
                end = start + place + 1
                break
            end = start
        file.truncate(end)


def last_lines(path: Path, count: int) -> list[str]:
    """The last lines of a log; of a progress bar redrawn in place (carriage returns), its last drawing."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _LOG_WINDOW))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return []
    if not text or count <= 0:
        return []
    return [line.rstrip("\r").rpartition("\r")[2] for line in text.removesuffix("\n").split("\n")[-count:]]
