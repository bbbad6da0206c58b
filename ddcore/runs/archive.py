"""A run as one zip, without its checkpoint, and back. A zip from outside is not trusted."""

import os
import secrets
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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
from ddcore.runs.drafts import a_draft
from ddcore.runs.folder import BLANK_STATUS, RunFolder
from ddcore.runs.naming import snapshot_name
from ddcore.runs.snapshots import array_headers
from ddcore.runs.strict_json import strict
from ddcore.runs.twins import twin_of
from ddcore.runs.unpacking import PARTS, check_sizes, unpack
from ddcore.runs.watched_steps import FOLDER as STEPS
from ddcore.runs.watched_steps import MOST_STEPS

_LONGEST_STEM = 110  # characters of an id before a suffix: with it an id has up to 120


def export_run(run: RunFolder, out: Path | str) -> Path:
    """Write config, status, events, log, whitening and all that is kept of steps and tests, under `<id>/`, to `out`.

    A file that is there already is replaced. `refusal_of` says whether the zip can be imported.
    """
    out = Path(out)
    run.config()
    if out.is_dir():
        raise BadInput(f"{str(out)!r} is a folder; name the zip file to write.")
    parts = _parts(run)

    def write(file: IO[bytes]) -> None:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1, strict_timestamps=False) as archive:
            for name, path in parts.items():
                with _passing_over_what_went(path):
                    archive.write(path, f"{run.id}/{name}")

    write_atomically(out, write)
    return out


def refusal_of(run: RunFolder) -> str:
    """Why an import would refuse the zip of this run, in one sentence that names the bound; "" if it would not."""
    try:
        parts = _parts(run)
        sizes = _sizes(parts.values())
        check_sizes({name: sizes[path] for name, path in parts.items() if path in sizes})
        _check(run.path, silent)
    except BadInput as refusal:
        return str(refusal)
    return ""


def _parts(run: RunFolder) -> dict[str, Path]:
    """The files that travel, by their names in the run's folder; of single steps as many as a run keeps."""
    files = ((path.relative_to(run.path).as_posix(), path) for path in run.path.rglob("*") if path.is_file())
    older = {f"{STEPS}/{snapshot_name(step)}" for step in run.snapshot_steps(STEPS)[:-MOST_STEPS]}
    return {name: path for name, path in sorted(files) if PARTS.fullmatch(name) and name not in older}


@contextmanager
def _passing_over_what_went(path: Path) -> Iterator[None]:
    """What is done within it with the file of a single step is left undone if the file is gone: a live run drops old
    ones. No other file of a run goes."""
    try:
        yield
    except FileNotFoundError:
        if path.parent.name != STEPS:
            raise


def _sizes(paths: Iterable[Path]) -> dict[Path, int]:
    """Bytes of each file that is still there."""
    found = {}
    for path in paths:
        with _passing_over_what_went(path):
            found[path] = path.stat().st_size
    return found


class Imported(NamedTuple):
    """The run; `known`: it was here already, with the same content, and nothing was added."""

    run: RunFolder
    known: bool


def import_run(source: Path, progress: Progress = silent) -> Imported:
    """The run in a zip by `export_run`: a new one, unless it is here already.

    Its id gets a suffix if another run has it. Raises BadInput for anything that no run of ours could be, and whatever
    `progress` raises; nothing of it is kept then.
    """
    try:
        with a_draft() as draft:
            name = unpack(source, draft, lambda done, total: progress(done, 2 * total, "unpacking"))
            config, status = _check(draft, progress)
            write_json(draft / "status.json", status)
            if twin := twin_of(draft, PARTS):
                return Imported(twin, known=True)
            return Imported(_settle(draft, config, name), known=False)
    except OSError as error:
        raise BadInput(f"The run cannot be written to {runs_root()}: {error.strerror or error}.") from error


def _check(folder: Path, progress: Progress) -> tuple[dict[str, Any], dict[str, Any]]:
    """The config, and the status of an ended run on this machine; BadInput if the folder is no run that fits."""
    config = _object(folder / "config.json")
    foreign.check_config(config)
    status = BLANK_STATUS | (_object(folder / "status.json") if (folder / "status.json").is_file() else {})
    foreign.check_status(status, config["settings"]["steps"])
    _check_files(folder, config, progress)
    if status["state"] not in ("finished", "stopped", "failed"):
        status |= {"state": "stopped", "note": "exported before it had ended"}
    return config, status | {"pid": None, "started": None, "heartbeat": None}


def _check_files(folder: Path, config: dict[str, Any], progress: Progress) -> None:
    """BadInput unless all fit: events, what is kept of steps, whitening; `progress` is in its second half."""
    of_steps = sorted(path for path in folder.glob("*/*") if PARTS.fullmatch(path.relative_to(folder).as_posix()))
    files = _sizes(path for path in (folder / "events.jsonl", *of_steps) if path.is_file())
    total, done = sum(files.values()) or 1, 0

    def checked(count: int) -> None:
        progress(total + done + count, 2 * total, "checking")

    labels = 0
    for path, size in files.items():
        if path.suffix == ".jsonl":
            foreign.check_events(path, config, checked)
        elif path.parent.name == "confusions":
            foreign.check_confusion(path, config)
            checked(0)
        elif path.parent.name == "snapshots":
            labels += foreign.check_fits(path, config)
            checked(0)
        else:
            with _passing_over_what_went(path):
                foreign.check_beside(path, config)
            checked(0)
        done += size
    foreign.check_labels(labels, config)
    if (folder / ZCA_FILE).is_file():
        _check_zca(folder / ZCA_FILE, config)


def _check_zca(path: Path, config: dict[str, Any]) -> None:
    """BadInput unless it is a whitening of images of the run's size; it is read once its headers promise no more.

    OSError if it cannot be read.
    """
    try:
        array_headers(path)
        size = len(read_zca(path).mean)
    except ValueError as error:
        raise BadInput(f"The {path.name} in the zip is not a run's whitening: {error}.") from None
    foreign.check_whitening(size, config)


def _object(path: Path) -> dict[str, Any]:
    """The JSON object in a file of the zip, its texts printable; BadInput for anything else."""
    try:
        value = strict(path.read_bytes())
    except ValueError as error:
        raise BadInput(f"The {path.name} in the zip is no sound JSON: {error}.") from None
    if not isinstance(value, dict):
        raise BadInput(f"The {path.name} in the zip is not a JSON object.")
    return value


def _settle(draft: Path, config: dict[str, Any], name: str) -> RunFolder:
    """Move the draft to its place, under the first id that is free."""
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
        path = runs_root() / f"{name[:_LONGEST_STEM]}-{secrets.token_hex(2)}"


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
