"""Text files that grow while they are read: event lines and logs."""

import json
import os
from pathlib import Path
from typing import Any

_LOG_WINDOW = 256 * 1024  # bytes read from the end of a log, however long it is


def parsed(line: bytes) -> dict[str, Any] | None:
    """The JSON object on one line, or None if that is not what it holds."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def read_events(path: Path, offset: int) -> tuple[list[dict[str, Any]], int]:
    """Finished lines from byte `offset` on, and the offset behind the last of them.

    Finished lines that hold no JSON object are counted in one last event {"event": "unreadable", "lines": n}.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            block = file.read()
    except FileNotFoundError:
        return [], offset
    end = block.rfind(b"\n") + 1
    found = [parsed(line) for line in block[:end].split(b"\n")[:-1]]
    events = [event for event in found if event is not None]
    if len(events) < len(found):
        events.append({"event": "unreadable", "time": 0, "lines": len(found) - len(events)})
    return events, offset + end


def drop_unfinished_line(path: Path) -> None:
    """Cut off what a killed writer left behind the last line end, so that the next line starts as a line."""
    if path.exists():
        os.truncate(path, path.read_bytes().rfind(b"\n") + 1)


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
