"""How run folders are made and found, and how a request is left in one. What is in them: `ddcore.runs.reading`."""

import os
import secrets
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ddcore.errors import BadInput
from ddcore.files import digest, sync_folder, write_json
from ddcore.leftovers import sweep_folders
from ddcore.places import runs_root, typed_path
from ddcore.runs import states
from ddcore.runs.damage import BLANK_STATUS, put_aside, refuse_changing, refuse_reading
from ddcore.runs.events import VERSION
from ddcore.runs.naming import RUN_ID, new_id
from ddcore.runs.reading import RunFolder
from ddcore.runs.surroundings import hardware, versions

ACTIONS = ("pause", "resume", "step", "stop")


def send(run: RunFolder, action: str) -> None:
    """Leave a request (pause, resume, step or stop) for the worker of a live run."""
    if action not in ACTIONS:
        raise BadInput(f"{action!r} is not a request to a run; the requests are {', '.join(ACTIONS)}.")
    run.config()
    state = run.state()
    if state in states.ENDED:
        if state == "lost" and (damage := run.status()["error"]):
            raise BadInput(f"{damage} It is lost, so there is nothing to {action}.")
        told = "lost (its process is gone)" if state == "lost" else state
        raise BadInput(f"Run {run.id} is {told}, so there is nothing to {action}.")
    if state == "stopping" and action != "stop":
        raise BadInput(f"Run {run.id} is being stopped; it cannot {action} any more.")
    if state != "stopping":  # asking twice must not restart the clock of enforce_stop
        write_request(run, action)


def write_request(run: RunFolder, action: str) -> None:
    """Leave a request that counts from now on; BadInput if the run is another user's."""
    path = run.path / "control.json"
    try:
        put_aside(path)
        write_json(path, {"action": action, "time": time.time(), "monotonic": time.monotonic()})
    except PermissionError:
        refuse_changing(path, f"run {run.id!r}")


def check_id(text: str, of: str = "run") -> str:
    """`text` if it may name a folder of ours, else BadInput: ids, `of` a run or a study, cannot leave that folder."""
    if not RUN_ID.fullmatch(text):
        raise BadInput(f"{text!r} is not a {of} id; ids consist of small letters, digits, '-' and '_'.")
    return text


def list_runs(root: Path | None = None) -> list[RunFolder]:
    """Every run under `root` (default: the runs root), newest first. Folders without a readable config are no runs.

    BadInput if `root` may not be listed.
    """
    return _listed(root)[0]


def unreadable_runs(root: Path | None = None) -> list[RunFolder]:
    """The folders beside those of `list_runs` whose config is damaged or another user's; `config()` says what it is."""
    return _listed(root)[1]


def _listed(root: Path | None) -> tuple[list[RunFolder], list[RunFolder]]:
    """Readable runs, newest first, and unreadable ones by name; BadInput if `root` may not be listed."""
    found, unreadable = [], []
    for path in _inside(runs_root() if root is None else root):
        run = RunFolder(path)
        try:
            if not path.name.startswith(".") and path.is_dir():
                found.append((str(run.config().get("created", "")), path.name, run))
        except (BadInput, PermissionError):
            if _is_run_folder(run.path):
                unreadable.append(run)
    return [run for _, _, run in sorted(found, key=lambda entry: entry[:2], reverse=True)], unreadable


def _inside(root: Path) -> list[Path]:
    try:
        paths = sorted(root.iterdir())
        if not os.access(root, os.X_OK):  # only names may be read, and nothing in the folders
            raise PermissionError
        return paths
    except (FileNotFoundError, NotADirectoryError):
        return []
    except PermissionError:
        refuse_reading(root, f"the folder of runs {root}")


def run_by_id(text: str) -> RunFolder:
    """The run with exactly this id under the runs root, sound or not; what comes out of a URL goes through here."""
    run = RunFolder(runs_root() / check_id(text))
    if not run.path.is_dir():
        run.config()  # says that there is no such run
    return run


def open_run(text: str) -> RunFolder:
    """A run by id, by the beginning of an id if only one run begins so, or by path (for the command line).

    The exact name of a folder means that folder, even where others begin with it. BadInput if its config is damaged.
    """
    run = _named(text) or _beginning(text)
    if run is None:
        raise BadInput(f"There is no run {text!r} in {runs_root()}, nor a run folder of that path; `runs` lists them.")
    run.config()
    return run


def _named(text: str) -> RunFolder | None:
    """The folder with this name in the runs root, or at this path."""
    paths = [runs_root() / text] if RUN_ID.fullmatch(text) else []
    return next((RunFolder(path) for path in [*paths, typed_path(text)] if _is_run_folder(path)), None)


def _is_run_folder(path: Path) -> bool:
    return path.is_dir() and (os.path.lexists(path / "config.json") or not os.access(path, os.R_OK | os.X_OK))


def _beginning(text: str) -> RunFolder | None:
    """The only run whose id begins so; BadInput if there are several."""
    matches = [run for run in sum(_listed(None), []) if run.id.startswith(text)] if RUN_ID.fullmatch(text) else []
    if len(matches) > 1:
        raise BadInput(f"{len(matches)} runs begin with {text!r}: {', '.join(run.id for run in matches[:5])} ...")
    return matches[0] if matches else None


def create_run(
    settings: dict[str, Any], kind: str = "distill", queue: str | None = None, extra: dict[str, Any] | None = None
) -> RunFolder:
    """A new run folder that nobody works on yet; `launch` or `work` comes next, from this same process.

    `queue` names the device in whose line the run has to wait (None: it starts at once); `extra` adds to config.json.
    """
    run = RunFolder(runs_root() / new_id(settings, kind))
    made = _appear(run, _config(run.id, settings, kind, queue) | (extra or {}))
    return run if made else create_run(settings, kind, queue, extra)


def job_folder(kind: str, params: dict[str, Any]) -> RunFolder:
    """Where the job with these parameters lives, whether or not it exists: the same for every tab and process.

    Where another user's folder is in the way, the job lives in the user's own folder of jobs.
    """
    name = f"{check_id(kind)}-{digest(kind, params)}"
    shared, mine = job_roots()
    return RunFolder((shared if _is_usable(shared / name) else mine) / name)


def job_roots() -> tuple[Path, Path]:
    """The folder of jobs, and the user's own folder for jobs that the first has no room for."""
    return runs_root() / ".jobs", runs_root() / f".jobs-{os.getuid()}"


def list_jobs(kind: str) -> list[RunFolder]:
    """Every readable job of a kind, newest first, whoever began it."""
    readable = [root for root in job_roots() if os.access(root, os.R_OK | os.X_OK)]
    return [job for root in readable for job in list_runs(root) if job.config().get("kind") == kind]


def _is_usable(path: Path) -> bool:
    """Whether this user may read and write in the folder `path`, or make it."""
    nearest = next((place for place in (path, *path.parents) if os.path.lexists(place)), path)
    return os.access(nearest, os.R_OK | os.W_OK | os.X_OK)


def create_job(kind: str, params: dict[str, Any], queue: str | None = None) -> tuple[RunFolder, bool]:
    """The folder of a job, and whether it was made by this very call (then the caller has to launch it)."""
    run = job_folder(kind, params)
    return run, not (run.path / "config.json").exists() and _appear(run, _config(run.id, params, kind, queue))


def _config(id: str, settings: dict[str, Any], kind: str, queue: str | None) -> dict[str, Any]:
    created = datetime.now(UTC).isoformat()
    return {"kind": check_id(kind), "id": id, "created": created, "settings": settings, "queue": queue,
            "dataset": None, "events": VERSION, "versions": versions(), "hardware": hardware()}  # fmt: skip


def _appear(run: RunFolder, config: dict[str, Any]) -> bool:
    """Make the folder with config and status in one move; False if someone else made it first.

    Until a worker takes over, the status belongs to this process: should it die before launching, the run is lost.
    """
    parent = run.path.parent
    parent.mkdir(parents=True, exist_ok=True)
    sweep_folders(parent, ".new-", ".deleted-")  # drafts of imports have a lock: `drafts.remove_drafts`
    draft = parent / f".new-{run.id}-{secrets.token_hex(4)}"
    pid, now = os.getpid(), time.time()
    status = {"state": "starting", "pid": pid, "started": states.process_started(pid), "heartbeat": now, "updated": now}
    try:
        write_json(draft / "config.json", config, durable=True)
        write_json(draft / "status.json", BLANK_STATUS | status, durable=True)
        draft.rename(run.path)
    except BaseException as error:
        shutil.rmtree(draft, ignore_errors=True)
        if isinstance(error, OSError) and run.path.exists():
            return False
        raise
    sync_folder(parent)
    return True
