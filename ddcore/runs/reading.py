"""A run folder as everyone reads it: while a worker writes it, and however damaged it is.

config.json      what was asked for, versions, hardware; written at creation
status.json      its progress; replaced atomically by the worker
events.jsonl     what happened; append-only
control.json     what the person wants: pause | resume | step | stop
log.txt          stdout and stderr of the worker
snapshots/       step_000100.npz, NumPy arrays without pickles; beside it zca.npz where images are whitened
confusions/      students_000100.npz and others: which classes were taken for which, see `ddcore.runs.confusions`
draws/           step_000100.npz, how often each real image was drawn by then: `ddcore.runs.draws`
steps/           step_000123.npz, a single step as it was watched: `ddcore.runs.watched_steps`

What cannot be read is a BadInput of one sentence; a run that has lost its status can still be resumed.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ddcore.errors import BadInput
from ddcore.files import read_npz
from ddcore.runs import lines, states
from ddcore.runs.damage import (
    BLANK_STATUS,
    Damaged,
    check_config,
    check_status,
    json_object,
    put_aside,
    refuse_changing,
    refuse_reading,
)
from ddcore.runs.naming import SNAPSHOT, snapshot_name


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
            return check_config(json_object(self.path / "config.json", self._called), self._called)
        except FileNotFoundError:
            raise BadInput(f"There is no run {self.id!r} in {self.path.parent}; `runs` lists all of them.") from None

    def status(self) -> dict[str, Any]:
        """The status as written, every field present (see `BLANK_STATUS`); times are seconds since the epoch.

        `state()` says whether it is still true. A worker replaces its status whole, so nobody works on a run whose
        status is damaged: it is lost, and `error` says why. BadInput if it may not be read.
        """
        try:
            written = json_object(self.path / "status.json", self._called)
            return check_status(BLANK_STATUS | written, self._called)
        except FileNotFoundError:
            return dict(BLANK_STATUS)
        except Damaged as damage:
            offer = " The run can be resumed from its checkpoint." if (self.path / "checkpoint").is_file() else ""
            return BLANK_STATUS | {"error": f"{damage}{offer}"}

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
        """The last request, {"action", "time", "monotonic"}; empty if there is none, or none that can be understood."""
        try:
            return json_object(self.path / "control.json", self._called)
        except (FileNotFoundError, Damaged):
            return {}

    def events(self, offset: int = 0, most: int | None = None) -> tuple[list[dict[str, Any]], int]:
        """Events from byte `offset` on, and the offset to go on from; `most` as in `lines.read_events`.

        An unfinished last line waits for its end. Finished lines that are no JSON object are counted in one last event
        {"event": "unreadable", "lines": n}. BadInput if they cannot be read at all.
        """
        path = self.path / "events.jsonl"
        try:
            if os.path.lexists(path) and not path.is_file():  # opening a pipe would wait for ever
                raise Damaged(f"The events.jsonl of {self._called} is damaged: it is not a regular file.")
            return lines.read_events(path, offset, most)
        except PermissionError:
            refuse_reading(path, self._called)

    def snapshot_path(self, step: int) -> Path:
        return self.path / "snapshots" / snapshot_name(step)

    def snapshot_steps(self, kind: str = "snapshots") -> list[int]:
        """Steps with a snapshot, ascending; or with what else of a step the folder `kind` keeps."""
        folder = self.path / kind
        names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
        return sorted(int(match[1]) for match in map(SNAPSHOT.fullmatch, names) if match)

    def snapshot(self, step: int) -> dict[str, np.ndarray]:
        """Arrays of the snapshot at `step`: `view` (M,H,W,C) uint8, `classes` (M,), and more at full snapshots."""
        path = self.snapshot_path(step)
        try:
            return read_npz(path)
        except FileNotFoundError:
            raise BadInput(f"Run {self.id} has no snapshot of step {step}; it has {self.snapshot_steps()}.") from None
        except (OSError, ValueError) as error:
            raise Damaged(f"The snapshot of step {step} of {self._called} cannot be read: {error}.") from None

    def log_tail(self, count: int = 50) -> list[str]:
        """The last `count` lines of the log."""
        path = self.path / "log.txt"
        try:
            return lines.last_lines(path, count) if path.is_file() else []
        except PermissionError:
            return ["The log is not readable."]

    def size_bytes(self) -> int:
        total = 0
        for item in self.path.rglob("*"):
            with suppress(OSError):  # a temporary file that was just renamed into place, or another user's
                total += item.stat().st_size if item.is_file() else 0
        return total

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Held for the moment in which someone decides who works on this run; gone with its process."""
        if not self.path.is_dir():
            self.config()  # says that there is no such run
        path = self.path / ".lock"
        try:
            put_aside(path)
            file = path.open("a")
        except PermissionError:
            refuse_changing(path, self._called)
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @property
    def _called(self) -> str:
        return f"run {self.id!r}"
