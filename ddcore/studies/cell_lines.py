"""The cells.jsonl of a study: a line of JSON for each cell, {"version", "key", "choices", "found"}.

The last line of a key counts. A line that is not finished yet is none.
"""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

from ddcore.errors import BadInput
from ddcore.files import append, read_bytes, write_atomically
from ddcore.runs.damage import Damaged, refuse_reading
from ddcore.runs.lines import drop_unfinished_line, parsed
from ddcore.studies.found import Found, kept
from ddcore.studies.grid import Cell

VERSION = 1


class Lines(NamedTuple):
    """What is there by the keys of cells, and the numbers of damaged lines and of lines of a newer version."""

    found: dict[str, Found]
    damaged: int
    newer: int


def read_lines(path: Path, called: str) -> Lines:
    """Nothing where there is no file; BadInput if that of what is `called` so may not be read or is none."""
    found: dict[str, Found] = {}
    damaged = newer = 0
    for line in map(parsed, _finished(path, called)):
        if line is not None and isinstance(version := line.get("version"), int) and version > VERSION:
            newer += 1
            continue
        try:
            found[_text(line["key"])] = Found.from_json(line["found"])  # type: ignore[index]
        except (BadInput, KeyError, TypeError, AttributeError):
            damaged += 1
    return Lines(found, damaged, newer)


def add_line(path: Path, cell: Cell, found: Found) -> None:
    """BadInput for what could not be read again. What a killed writer left of a line is cut off first."""
    line = {"version": VERSION, "key": cell.key, "choices": cell.choices, "found": kept(found).to_json()}
    drop_unfinished_line(path)
    append(path, json.dumps(line, allow_nan=False) + "\n")


def drop_lines(path: Path, called: str, keys: Collection[str]) -> None:
    """Write the file anew without the lines of these cells; those that cannot be read stay."""
    rest = [line for line in _finished(path, called) if str((parsed(line) or {}).get("key")) not in keys]
    write_atomically(path, lambda file: file.write(b"".join(line + b"\n" for line in rest)), durable=True)


def _finished(path: Path, called: str) -> list[bytes]:
    try:
        return read_bytes(path).split(b"\n")[:-1]
    except FileNotFoundError:
        return []
    except PermissionError:
        refuse_reading(path, called)
    except OSError as error:
        raise Damaged(f"The cells.jsonl of {called} is damaged: {error.strerror}.") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value
