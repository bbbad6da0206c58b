"""A run as one zip, without its checkpoint, and back. A zip from outside is not trusted."""

import fcntl
import os
import secrets
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

from ddcore.data.zca import FILE as ZCA_FILE
from ddcore.data.zca import read_zca
from ddcore.errors import BadInput
from ddcore.files import write_atomically, write_json
from ddcore.leftovers import remove_tree
from ddcore.places import runs_root
from ddcore.progress import Progress, silent
from ddcore.runs import foreign, states
from ddcore.runs.damage import refuse_changing
from ddcore.runs.folder import BLANK_STATUS, RunFolder
from ddcore.runs.snapshots import array_headers
from ddcore.runs.strict_json import strict
from ddcore.runs.twins import twin_of
from ddcore.runs.unpacking import PARTS, unpack

_DRAFT = ".import-"
_LONGEST_NAME = 110  # characters: an id has up to 120, and a suffix may have to follow


def export_run(run: RunFolder, out: Path | str) -> Path:
    """Write config, status, events, log, snapshots and whitening, under `<id>/`, to the zip `out`.

    A file that is there already is replaced.
    """
    out = Path(out)
    run.config()
    if out.is_dir():
        raise BadInput(f"{str(out)!r} is a folder; name the zip file to write.")
    files = (path for path in run.path.rglob("*") if path.is_file())
    parts = sorted(path for path in files if PARTS.fullmatch(path.relative_to(run.path).as_posix()))

    def write(file: IO[bytes]) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1, strict_timestamps=False) as archive:
            for path in parts:
                archive.write(path, f"{run.id}/{path.relative_to(run.path).as_posix()}")

    write_atomically(out, write)
    return out


class Imported(NamedTuple):
    """The run; `known`: it was here already, with the same content, and nothing was added."""

    run: RunFolder
    known: bool


def import_run(source: Path | str | IO[bytes], progress: Progress = silent) -> Imported:
    """The run in a zip by `export_run`: a new one, unless it is here already.

    Its id gets a suffix if another run has it. Raises BadInput for anything that no run of ours could be, and whatever
    `progress` raises; nothing of it is kept then.
    """
    source = Path(source) if isinstance(source, str) else source
    try:
        with _draft() as draft:
            name = unpack(source, draft, lambda done, total: progress(done, 2 * total, "unpacking"))
            config = _check(draft, progress)
            if twin := twin_of(draft, PARTS):
                return Imported(twin, known=True)
            return Imported(_settle(draft, config, name), known=False)
    except OSError as error:
        raise BadInput(f"The run cannot be written to {runs_root()}: {error.strerror or error}.") from error


@contextmanager
def _draft() -> Iterator[Path]:
    """A folder beside the runs, to be renamed or else removed at the end; its lock is held until then."""
    remove_drafts()
    path, handle = _locked_folder()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(handle)


def _locked_folder() -> tuple[Path, int]:
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
    """Remove what imports have left whose process was killed: nobody holds the lock of their folder."""
    for path in runs_root().glob(f"{_DRAFT}*"):
        try:
            handle = os.open(path, os.O_RDONLY)
        except FileNotFoundError:  # it has just ended
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
        except BlockingIOError:  # it is at work
            continue
        finally:
            os.close(handle)


def _check(draft: Path, progress: Progress) -> dict[str, Any]:
    """Refuse what is no run, and make its status that of an ended run on this machine; returns the config."""
    config = _object(draft / "config.json")
    foreign.check_config(config)
    status = BLANK_STATUS | (_object(draft / "status.json") if (draft / "status.json").exists() else {})
    foreign.check_status(status, config["settings"]["steps"])
    _check_files(draft, config, progress)
    if status["state"] not in ("finished", "stopped", "failed"):
        status |= {"state": "stopped", "note": "exported before it had ended"}
    write_json(draft / "status.json", status | {"pid": None, "started": None, "heartbeat": None})
    return config


def _check_files(draft: Path, config: dict[str, Any], progress: Progress) -> None:
    """Events, snapshots and whitening, in this order; `progress` is in its second half."""
    files = [path for path in (draft / "events.jsonl", *sorted(draft.glob("snapshots/*.npz"))) if path.exists()]
    total, done = sum(path.stat().st_size for path in files) or 1, 0

    def checked(count: int) -> None:
        progress(total + done + count, 2 * total, "checking")

    labels = 0
    for path in files:
        if path.suffix == ".npz":
            labels += foreign.check_snapshot(path, config)
            checked(0)
        else:
            foreign.check_events(path, config["settings"]["steps"], checked)
        done += path.stat().st_size
    foreign.check_labels(labels, config)
    if (draft / ZCA_FILE).exists():
        _check_zca(draft / ZCA_FILE, config)


def _check_zca(path: Path, config: dict[str, Any]) -> None:
    """A whitening of images of the run's size, read once its headers promise no more."""
    try:
        array_headers(path)
        size = len(read_zca(path).mean)
    except ValueError as error:
        raise BadInput(f"The {path.name} in the zip is not a run's whitening: {error}.") from None
    foreign.check_whitening(size, config)


def _object(path: Path) -> dict[str, Any]:
    try:
        value = strict(path.read_bytes())
    except ValueError as error:
        raise BadInput(f"The {path.name} in the zip is no sound JSON: {error}.") from None
    if not isinstance(value, dict):
        raise BadInput(f"The {path.name} in the zip is not a JSON object.")
    return value


def _settle(draft: Path, config: dict[str, Any], name: str) -> RunFolder:
    """Move the draft to its place, under the first id that is free."""
    name = name[:_LONGEST_NAME]
    path = runs_root() / name
    while True:
        write_json(draft / "config.json", config | {"id": path.name})
        try:
            if not path.exists():
                draft.rename(path)
                return RunFolder(path)
        except OSError:
            if not path.exists():
                raise
        path = runs_root() / f"{name}-{secrets.token_hex(2)}"


def delete_run(run: RunFolder) -> None:
    """Remove the folder of a run that has ended, of a linked run the link; BadInput if it is live or another user's."""
    if run.path.is_symlink():
        run.path.unlink()
        return
    if run.path.is_dir() and not os.access(run.path, os.W_OK):
        refuse_changing(run.path, f"run {run.id!r}")
    with run.locked():
        state = run.state()
        if state in states.LIVE:
            raise BadInput(f"Run {run.id} is {state}; stop it before deleting it.")
        grave = run.path.parent / f".deleted-{secrets.token_hex(4)}"
        run.path.rename(grave)
    remove_tree(grave)
