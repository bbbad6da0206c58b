"""What a job function gets: its settings, a way to report progress, and the user's requests (pause, step, stop)."""

import json
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ddcore.errors import BadInput
from ddcore.files import append, jsonable, overwrite, write_json
from ddcore.progress import Stopped
from ddcore.runs import states
from ddcore.runs.damage import clear_way, put_aside
from ddcore.runs.events import FIELDS, is_sound
from ddcore.runs.folder import RunFolder
from ddcore.runs.lines import drop_unfinished_line

Report = Callable[[dict[str, Any]], None]

HEARTBEAT = 2.0  # seconds
_THROTTLE = 0.25  # seconds between two status writes for progress
_PAUSE_LOOK = 0.05  # seconds between two looks at control.json while paused


class StatusFile:
    """The worker's status.json: one lock, replaced whole, with a heartbeat from a thread of its own."""

    def __init__(self, run: RunFolder, **fields: Any):
        self._path = run.path / "status.json"
        self._fields = run.status() | fields
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._trouble: OSError | None = None
        self._synced: Any = None  # the state that has reached the disk

    def __getitem__(self, name: str) -> Any:
        return self._fields[name]

    def set(self, **fields: Any) -> None:
        """Change fields; they reach the disk with the next `write` or heartbeat."""
        with self._lock:
            self._fields.update(fields, updated=time.time())

    def write(self, **fields: Any) -> None:
        """Change fields and write. Raises what went wrong in the heartbeat thread too: a status that cannot be written
        is a failed run."""
        if self._trouble is not None:
            trouble, self._trouble = self._trouble, None  # told once, so that the failure itself can be written
            raise trouble
        self.set(**fields)
        self._save()

    def write_failure(self, error: str) -> None:
        """Write that the job failed, even where no new file can be written any more: over the old status, in place."""
        self._trouble = None
        try:
            self.write(state="failed", note="", error=error)
        except OSError:
            with suppress(OSError), self._lock:  # the error itself is raised, and shown to whoever is looking
                overwrite(self._path, json.dumps(jsonable(self._fields), allow_nan=False) + "\n")

    def _save(self) -> None:
        if not (self._path.parent / "config.json").exists():  # writing would make the folder again
            raise FileNotFoundError(f"the run folder {self._path.parent} was removed while its job was running")
        with self._lock:
            self._fields["heartbeat"] = time.time()
            state = self._fields["state"]  # only a new state waits for the disk: progress is written 4 times a second
            write_json(self._path, jsonable(self._fields), durable=state != self._synced)
            self._synced = state

    def __enter__(self) -> "StatusFile":
        self._save()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT):
            try:
                self._save()
            except OSError as error:
                self._trouble = error
                return


class Job:
    """One job being worked on. Made by `ddcore.runs.worker.work`.

    `Stopped` comes out of `phase`, `progress`, `step` and `check`; a job function may save then, and lets it pass.
    A job that is worked on `within` another one stops with it.
    """

    def __init__(self, run: RunFolder, status: StatusFile, report: Report | None = None, within: "Job | None" = None):
        self.run = run
        self.config = run.config()
        self.status = status
        self._report = report
        self._within = within
        self._control_seen: tuple[int, int] | None = None
        self._stop = self._hold = self._single = False
        self._written = 0.0  # when progress was last written
        drop_unfinished_line(run.path / "events.jsonl")

    # -- telling

    def event(self, name: str, /, **fields: Any) -> None:
        """Append one event (see `ddcore.runs.events`) to events.jsonl; show it to the foreground consumer, if any."""
        event = jsonable({"event": name, "time": time.time(), **fields})
        if name not in FIELDS or not is_sound(event):
            raise TypeError(f"{event} is none of the events of ddcore.runs.events: say there what it is")
        append(self.run.path / "events.jsonl", json.dumps(event, allow_nan=False) + "\n")
        if self._report is not None:
            self._report(event)

    def phase(self, name: str) -> None:
        """A new phase begins: preparing | scoring | initialising | distilling | evaluating | ..."""
        self.status.write(phase=name, progress=None)
        self.event("phase", phase=name)
        self.check()

    def progress(self, done: float, total: float, note: str = "", left: float | None = None) -> None:
        """Where a long phase is, at most 4 times a second; pauses and stops like `check`. Is a `Progress`;
        `left`: the seconds left by the job's own estimate, if it has one."""
        self.show(done, total, note, left)
        self.check()

    def show(self, done: float, total: float, note: str = "", left: float | None = None) -> None:
        """The same without a check: for who tells of a job from within another one, which is not to be interrupted."""
        progress = {"done": done, "total": total, "note": note} | ({} if left is None else {"left": left})
        complete = done >= total > 0 and progress != self.status["progress"]
        self.status.set(progress=progress)
        if self._due() or complete:
            self.status.write()
            self.event("progress", phase=self.status["phase"], **progress)

    def reach(self, step: int, total: int) -> None:
        """`step` of `total` iterations are done, whatever is still tested after them; told with the next write."""
        self.status.set(step=step, total=total)

    def step(self, step: int, total: int) -> None:
        """`step` of `total` iterations are done (at most 4 writes a second); pauses, single-steps and stops here."""
        self.status.set(step=step, total=total, progress=None)  # what was tested along the way is done
        if self._due() or step == total:
            self.status.write()
        if self._single:
            self._single, self._hold = False, True
        self.check()

    @property
    def single(self) -> bool:
        """Whether the person asked for the step that comes next, and for no more."""
        return self._single

    def amend(self, **fields: Any) -> None:
        """Add to config.json what is only known once work has begun, such as `dataset={"name", "hash"}`."""
        self.config.update(jsonable(fields))
        write_json(self.run.path / "config.json", self.config, durable=True)

    def _due(self) -> bool:
        now = time.monotonic()
        due = now - self._written >= _THROTTLE
        if due:
            self._written = now
        return due

    # -- listening

    def ask_to_stop(self) -> None:
        """As if control.json said stop; safe in a signal handler."""
        self._stop = True

    def check_stop(self) -> None:
        """Raise `Stopped` if the user requested a stop. A pause is remembered for the next `check`."""
        if self._asked_to_stop():
            if self.status["state"] != "stopping":
                self.status.write(state="stopping", note="")
            raise Stopped

    def _asked_to_stop(self) -> bool:
        self._listen()
        return self._stop or (self._within is not None and self._within._asked_to_stop())

    def check(self) -> None:
        """Raise `Stopped` if the person asked to stop; wait here while the run is paused."""
        self.check_stop()
        if not self._hold:
            return
        before = self.status["state"]
        self.status.write(state="paused")
        self.event("paused", step=self.status["step"])
        while self._hold:
            time.sleep(_PAUSE_LOOK)
            self.check_stop()
        self.status.write(state=before)
        self.event("resumed", step=self.status["step"])

    def _listen(self) -> None:
        """Take in control.json if it was replaced since the last look."""
        try:
            found = (self.run.path / "control.json").stat()
        except FileNotFoundError:
            return
        seen = (found.st_ino, found.st_mtime_ns)
        if seen == self._control_seen:
            return
        self._control_seen = seen
        match self.run.control().get("action"):
            case "stop":
                self._stop = True
            case "pause":
                self._hold = True
            case "resume":
                self._hold = self._single = False
            case "step":
                self._hold, self._single = False, True


def claim(run: RunFolder) -> StatusFile:
    """Make this process the one that works on `run`; BadInput if another does, or if nothing is left to do."""
    with run.locked():
        refuse_start(run)
        if run.state() in states.ENDED:
            forget_request(run)
        clear_way(run.path)
        pid = os.getpid()
        me = {"pid": pid, "started": states.process_started(pid)}
        status = StatusFile(run, state="starting", error=None, note="", result=None, progress=None, **me)
        status.write()
    return status


def refuse_start(run: RunFolder) -> None:
    """BadInput if `run` is finished or another process works on it. The caller holds the run's lock."""
    run.config()
    status, state = run.status(), run.state()
    if state == "finished":
        raise BadInput(f"Run {run.id} is finished; there is nothing left to do.")
    if state in states.LIVE and status["pid"] != os.getpid():
        raise BadInput(f"Run {run.id} is {state} already (process {status['pid']}); stop it first.")


def forget_request(run: RunFolder) -> None:
    """Remove a request meant for a worker that has ended."""
    put_aside(run.path / "control.json")
    (run.path / "control.json").unlink(missing_ok=True)
