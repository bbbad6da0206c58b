"""Whether a run is here already: the same content, under whatever id."""

import filecmp
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from ddcore.runs.folder import BLANK_STATUS, RunFolder, list_runs
from ddcore.runs.strict_json import strict

_OF_THE_PLACE = {"config.json": ("id",), "status.json": ("pid", "started", "heartbeat")}
"""Fields that an import sets anew: they say where a run is, not what it is."""


def twin_of(draft: Path, part: re.Pattern[str]) -> RunFolder | None:
    """The run that holds the same as `draft`, as far as files go whose paths match `part`; None if there is none.

    A checkpoint does not travel, so it does not count: the run that is here may have one.
    """
    files = _files(draft, part)
    for run in list_runs():
        if _files(run.path, part) == files and all(_same(draft / name, run.path / name) for name in sorted(files)):
            return run
    return None


def _files(folder: Path, part: re.Pattern[str]) -> set[str]:
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    return {name for name in names if part.fullmatch(name)}


def _same(one: Path, other: Path) -> bool:
    if one.name not in _OF_THE_PLACE:
        with suppress(FileNotFoundError):  # the run that is here has dropped it meanwhile, so it is not the same
            return filecmp.cmp(one, other, shallow=False)
        return False
    first, second = _fields(one), _fields(other)
    return first is not None and first == second


def _fields(path: Path) -> dict[str, Any] | None:
    """Of a config or a status all that travels, as an import takes it in; None for a file that is neither."""
    try:
        written = strict(path.read_bytes())
    except ValueError:
        return None
    if not isinstance(written, dict):
        return None
    whole = BLANK_STATUS | written if path.name == "status.json" else written
    return {name: value for name, value in whole.items() if name not in _OF_THE_PLACE[path.name]}
