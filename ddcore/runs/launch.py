"""Starting, stopping and resuming the processes behind runs; what pages and the command line call.

A worker is a process of its own session: it outlives the server that started it, and is found again by pid and start
time.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import ddcore
from ddcore.files import write_json
from ddcore.runs import states
from ddcore.runs.damage import clear_way, put_aside
from ddcore.runs.events import is_number
from ddcore.runs.folder import RunFolder, create_job, send, write_request
from ddcore.runs.handle import forget_request, refuse_start

WORKER = (sys.executable, "-m", "ddcore.runs.worker")
"""The command that gets the run folder's path as its last argument."""

TERM_AFTER = 10.0  # seconds without reaction to stop until SIGTERM
KILL_AFTER = 30.0  # ... until SIGKILL
SAVING_AFTER = 120.0  # ... until SIGKILL for a worker that said it is stopping, and may be saving


def launch(run: RunFolder) -> None:
    """Start a worker for `run`. BadInput if one is at work already or the run is finished."""
    with run.locked():
        refuse_start(run)
        if run.state() in states.ENDED:
            forget_request(run)
        _start(run)


def _start(run: RunFolder) -> None:
    """Popen, and a status that names the child. The worker's first write waits for the lock the caller holds."""
    places = [str(Path(ddcore.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, places)),
        "PYTHONUNBUFFERED": "1",
        "PYTHONFAULTHANDLER": "1",
    }
    clear_way(run.path)
    status = run.status() | {"error": None, "note": "", "result": None, "progress": None}
    try:
        with (run.path / "log.txt").open("ab") as log:
            process = subprocess.Popen(
                [*WORKER, str(run.path.resolve())], stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True, env=environment,
            )  # fmt: skip
    except OSError as error:
        _write_status(run, status, state="failed", error=f"The worker could not be started: {error}")
        raise
    _write_status(run, status, state="starting", pid=process.pid, started=states.process_started(process.pid))
    threading.Thread(target=process.wait, name=f"reaper of {run.id}", daemon=True).start()  # leave no zombie


def _write_status(run: RunFolder, status: dict[str, Any], **fields: Any) -> None:
    now, path = time.time(), run.path / "status.json"
    put_aside(path)
    write_json(path, status | fields | {"heartbeat": now, "updated": now}, durable=True)


def stop(run: RunFolder) -> None:
    """Ask a run to stop, at its next step, and return at once. Call `enforce_stop` while waiting for it."""
    send(run, "stop")


def enforce_stop(run: RunFolder, now: float | None = None) -> str:
    """Enforce a requested stop if it is time to; returns the state. Never waits: call it when polling.

    SIGTERM after 10 s without reaction, SIGKILL to the worker's processes 20 s later. A worker that has said it is
    stopping gets two minutes to save. A worker that went away without a word counts as stopped. Another user's run is
    left to that user.
    """
    control, status, state = run.control(), run.status(), run.state()
    is_due = control.get("action") == "stop" and state in (*states.LIVE, "lost")
    if not is_due or not os.access(run.path, os.W_OK):
        return state
    waited = _waited(run, control, now)
    if state == "lost":
        _record_silent_end(run)
    elif waited >= (SAVING_AFTER if status["state"] == "stopping" else KILL_AFTER):
        _kill(status["pid"])
    elif waited >= TERM_AFTER and status["state"] != "stopping":
        _signal(status["pid"], signal.SIGTERM)
    return run.state()


def _waited(run: RunFolder, control: dict[str, Any], now: float | None) -> float:
    """Seconds since the request, by the clock that nobody sets; by that of the calendar for a given `now`.

    A request from the future (the calendar was set back) or without a time counts from now on.
    """
    clocks = [("time", time.time() if now is None else now)]
    if now is None:
        clocks.insert(0, ("monotonic", time.monotonic()))
    for name, reading in clocks:
        asked: Any = control.get(name)
        if is_number(asked) and asked <= reading:
            return reading - asked
    write_request(run, "stop")
    return 0.0


def _record_silent_end(run: RunFolder) -> None:
    with run.locked():
        if run.state() == "lost":
            _write_status(run, run.status(), state="stopped", note="ended without answering the request to stop")


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):  # it may have ended since we looked
        os.kill(pid, number)


def _kill(pid: int) -> None:
    """SIGKILL to the session of a worker started by `launch`, or to the one process of a foreground run."""
    with suppress(ProcessLookupError):  # it may have ended since we looked
        own_session = os.getsid(pid) == pid and pid != os.getsid(0)
        (os.killpg if own_session else os.kill)(pid, signal.SIGKILL)


def resume(run: RunFolder) -> None:
    """A paused run continues; a stopped, failed or lost one gets a new worker, which goes on from the checkpoint."""
    if run.state() == "paused":
        send(run, "resume")
    else:
        launch(run)


def ensure_job(kind: str, params: dict[str, Any], queue: str | None = None, restart: bool = False) -> RunFolder:
    """The job with these parameters, started if it does not exist yet; the same folder for every tab and process.

    One that failed, was stopped or lost stays as it is, to be shown, unless `restart`.
    """
    run, created = create_job(kind, params, queue)
    if created:
        launch(run)
    elif restart:
        with run.locked():
            if run.state() in ("failed", "stopped", "lost"):
                forget_request(run)
                _start(run)
    return run
