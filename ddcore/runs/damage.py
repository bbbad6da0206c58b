"""Files of a run that cannot be read, in sentences: damaged by a full disk or a person, or another user's."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from ddcore.errors import BadInput
from ddcore.files import read_bytes
from ddcore.leftovers import sweep_files
from ddcore.runs import lines, states
from ddcore.runs.naming import FOLDERS


class Damaged(BadInput):
    """A file of a run holds something else than it should; the rest of the run may be sound."""


BLANK_STATUS: dict[str, Any] = {
    "state": "lost", "phase": None, "step": 0, "total": 0, "progress": None, "pid": None, "started": None,
    "heartbeat": None, "updated": None, "note": "", "error": None, "result": None,
}  # fmt: skip

_WRITTEN = ("status.json", "events.jsonl", "control.json", "log.txt")
_NUMBER_OR_NOT = (int, float, type(None))
_STATUS: dict[str, Any] = {
    "state": str, "phase": (str, type(None)), "step": int, "total": int, "progress": (dict, type(None)),
    "heartbeat": _NUMBER_OR_NOT, "updated": _NUMBER_OR_NOT, "note": str, "error": (str, type(None)),
    "result": (dict, type(None)),
}  # fmt: skip


def json_object(path: Path, what: str) -> dict[str, Any]:
    """The JSON object in a file of `what` ("run 'x'"). Damaged if the file holds something else, BadInput if it may not
    be read, FileNotFoundError if there is none."""
    try:
        written = lines.parsed(read_bytes(path))
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(f"{path} does not exist") from None
    except PermissionError:
        refuse_reading(path, what)
    except OSError as error:
        raise Damaged(f"The {path.name} of {what} is damaged: {error.strerror}.") from None
    if written is None:
        raise Damaged(f"The {path.name} of {what} is damaged: it is not a JSON object.")
    return written


def check_config(config: dict[str, Any], what: str) -> dict[str, Any]:
    """`config` if it has settings, and a dataset where that is known already; else Damaged."""
    settings = config.get("settings")
    if not isinstance(settings, dict) or (config.get("kind") == "distill" and not settings):
        raise Damaged(f"The config.json of {what} is damaged: it holds no settings.")
    if not isinstance(config.get("dataset"), dict | None):
        raise Damaged(f"The config.json of {what} is damaged: what it says of the dataset is not an object.")
    return config


def check_status(status: dict[str, Any], what: str) -> dict[str, Any]:
    """`status` if every field is of its kind; else Damaged."""
    sound = all(isinstance(status[name], kind) for name, kind in _STATUS.items())
    if not (sound and status["state"] in (*states.LIVE, *states.ENDED)):
        raise Damaged(f"The status.json of {what} is damaged: its fields are not those of a status.")
    return status


def refuse_reading(path: Path, what: str) -> NoReturn:
    """Raise the BadInput that says why a file of `what` may not be read."""
    raise BadInput(f"{what[:1].upper()}{what[1:]} is not readable: {_reason(path)}.") from None


def refuse_changing(path: Path, what: str) -> NoReturn:
    """Raise the BadInput that says why a file of `what` may not be changed."""
    raise BadInput(f"{what[:1].upper()}{what[1:]} cannot be changed: {_reason(path)}.") from None


def _reason(path: Path) -> str:
    for place in (path, *path.parents):
        with suppress(OSError):
            if place.stat().st_uid != os.geteuid():
                return "belongs to another user"
            break
    return "its permissions forbid it"


def put_aside(path: Path) -> None:
    """Rename what is at `path` if it is no regular file: a folder or a pipe where a file of ours belongs."""
    if os.path.lexists(path) and not path.is_file():
        with suppress(FileNotFoundError):  # somebody else was quicker
            path.rename(path.with_name(f"{path.name}-{os.urandom(4).hex()}.aside"))


def clear_way(folder: Path) -> None:
    """Prepare a run's folder for a worker: remove what killed writers left, rename what stands in the way."""
    for name in _WRITTEN:
        put_aside(folder / name)
    for place in (folder, *(folder / name for name in FOLDERS)):
        sweep_files(place)
