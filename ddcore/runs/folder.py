"""A run folder: its files, how it is read while someone else writes it, how it is made and found.

config.json      what was asked for, versions, hardware; written at creation
status.json      its progress; replaced atomically by the worker
events.jsonl     what happened; append-only
control.json     what the person wants: pause | resume | step | stop
log.txt          stdout and stderr of the worker
snapshots/       step_000100.npz, NumPy arrays without pickles; beside it zca.npz where images are whitened
"""

import fcntl
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from ddcore.errors import BadInput
from ddcore.files import digest, read_json, read_npz, write_json
from ddcore.places import runs_root
from ddcore.runs import lines, states
from ddcore.runs.events import VERSION
from ddcore.runs.naming import new_id
from ddcore.runs.surroundings import hardware, versions

ACTIONS = ("pause", "resume", "step", "stop")

_ID = re.compile(r"[a-z0-9_-]{1,120}")
_SNAPSHOT = re.compile(r"step_([0-9]{6}|[1-9][0-9]{6,11})\.npz")

BLANK_STATUS: dict[str, Any] = {
    "state": "lost", "phase": None, "step": 0, "total": 0, "progress": None, "pid": None, "started": None,
    "heartbeat": None, "updated": None, "note": "", "error": None, "result": None,
}  # fmt: skip


@dataclass(frozen=True)
class RunFolder:
    """One run or job on disk. Reading never blocks the worker that is writing, nor is disturbed by it."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    def config(self) -> dict[str, Any]:
        """What was asked for: kind, id, created (ISO, UTC), settings, queue, dataset, events (their version), versions,
        hardware."""
        try:
            return read_json(self.path / "config.json")
        except (FileNotFoundError, NotADirectoryError):
            raise BadInput(f"There is no run {self.id!r} in {self.path.parent}; `runs` lists all of them.") from None

    def status(self) -> dict[str, Any]:
        """The status as written, every field present (see `BLANK_STATUS`); times are seconds since the epoch.

        `state()` says whether it is still true. BadInput if it is damaged.
        """
        path = self.path / "status.json"
        written = lines.parsed(path.read_bytes()) if path.exists() else {}
        if written is None:
            raise BadInput(f"The status.json of run {self.id!r} is damaged; the run can only be deleted.")
        return BLANK_STATUS | written

    def state(self) -> str:
        """The state now: `lost` if the process is gone, `stopping` as soon as a stop was requested."""
        state = states.observed(self.status())
        if state == "lost":  # unless the worker ended properly between our reading and looking for its process
            state = states.observed(self.status())
        return "stopping" if state in states.LIVE and self.control().get("action") == "stop" else state

    def health(self) -> str:
        """Empty, or what is wrong with a process that still lives ("not responding: ...")."""
        return states.health(self.status())

    def control(self) -> dict[str, Any]:
        """The last request, {"action", "time"}; empty if there is none."""
        try:
            return read_json(self.path / "control.json")
        except FileNotFoundError:
            return {}

    def events(self, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
        """Events from byte `offset` on, and the offset to go on from.

        An unfinished last line waits for its end. Finished lines that are no JSON object are counted in one last event
        {"event": "unreadable", "lines": n}.
        """
        return lines.read_events(self.path / "events.jsonl", offset)

    def snapshot_path(self, step: int) -> Path:
        return self.path / "snapshots" / f"step_{step:06d}.npz"

    def snapshot_steps(self) -> list[int]:
        """Steps with a snapshot, ascending."""
        folder = self.path / "snapshots"
        names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
        return sorted(int(match[1]) for match in map(_SNAPSHOT.fullmatch, names) if match)

    def snapshot(self, step: int) -> dict[str, np.ndarray]:
        """Arrays of the snapshot at `step`: `view` (M,H,W,C) uint8, `classes` (M,), and more at full snapshots."""
        path = self.snapshot_path(step)
        if not path.exists():
            raise BadInput(f"Run {self.id} has no snapshot of step {step}; it has {self.snapshot_steps()}.")
        return read_npz(path)

    def log_tail(self, count: int = 50) -> list[str]:
        """The last `count` lines of the log."""
        return lines.last_lines(self.path / "log.txt", count)

    def size_bytes(self) -> int:
        total = 0
        for item in self.path.rglob("*"):
            with suppress(FileNotFoundError):  # a temporary file that was just renamed into place
                total += item.stat().st_size if item.is_file() else 0
        return total

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Held for the moment in which someone decides who works on this run; gone with its process."""
        if not self.path.is_dir():
            self.config()  # says that there is no such run
        with (self.path / ".lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def send(run: RunFolder, action: str) -> None:
    """Leave a request (pause, resume, step or stop) for the worker of a live run."""
    if action not in ACTIONS:
        raise BadInput(f"{action!r} is not a request to a run; the requests are {', '.join(ACTIONS)}.")
    run.config()
    state = run.state()
    if state in states.ENDED:
        told = "lost (its process is gone)" if state == "lost" else state
        raise BadInput(f"Run {run.id} is {told}, so there is nothing to {action}.")
    if state == "stopping" and action != "stop":
        raise BadInput(f"Run {run.id} is being stopped; it cannot {action} any more.")
    if state != "stopping":  # asking twice must not restart the clock of enforce_stop
        write_json(run.path / "control.json", {"action": action, "time": time.time()})


def check_id(text: str) -> str:
    """`text` if it may name a folder of ours, else BadInput: ids cannot leave the runs folder."""
    if not _ID.fullmatch(text):
        raise BadInput(f"{text!r} is not a run id; ids consist of small letters, digits, '-' and '_'.")
    return text


def list_runs(root: Path | None = None) -> list[RunFolder]:
    """Every run under `root` (default: the runs root), newest first. Folders without a readable config are no runs."""
    root = runs_root() if root is None else root
    if not root.is_dir():
        return []
    found = []
    for path in root.iterdir():
        if path.name.startswith(".") or not (path / "config.json").is_file():
            continue
        config = lines.parsed((path / "config.json").read_bytes())
        if config is not None:
            found.append((str(config.get("created", "")), path.name, RunFolder(path)))
    return [run for _, _, run in sorted(found, key=lambda entry: entry[:2], reverse=True)]


def run_by_id(text: str) -> RunFolder:
    """The run with exactly this id under the runs root; what comes out of a URL goes through here."""
    run = RunFolder(runs_root() / check_id(text))
    run.config()
    return run


def open_run(text: str) -> RunFolder:
    """A run by id, by the beginning of an id if only one run begins so, or by path (for the command line)."""
    if _ID.fullmatch(text):
        runs = list_runs()
        matches = [run for run in runs if run.id == text] or [run for run in runs if run.id.startswith(text)]
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise BadInput(f"{len(matches)} runs begin with {text!r}: {', '.join(run.id for run in matches[:5])} ...")
    if ((path := Path(text).expanduser().resolve()) / "config.json").is_file():
        return RunFolder(path)
    raise BadInput(f"There is no run {text!r} in {runs_root()}, nor a run folder of that path; `runs` lists them.")


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
    """Where the job with these parameters lives, whether or not it exists: the same for every tab and process."""
    return RunFolder(runs_root() / ".jobs" / f"{check_id(kind)}-{digest(kind, params)}")


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
    run.path.parent.mkdir(parents=True, exist_ok=True)
    draft = run.path.parent / f".new-{run.id}-{secrets.token_hex(4)}"
    pid, now = os.getpid(), time.time()
    status = {"state": "starting", "pid": pid, "started": states.process_started(pid), "heartbeat": now, "updated": now}
    try:
        write_json(draft / "config.json", config)
        write_json(draft / "status.json", BLANK_STATUS | status)
        draft.rename(run.path)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        if run.path.exists():
            return False
        raise
    return True
