"""States of a run, and whether the process behind a status is still there.

A process is identified by its pid and its start time, because pids are used again. A zombie (dead, not yet reaped by
its parent) counts as gone: the init process of many containers never reaps.
"""

import os
import time
from pathlib import Path
from typing import Any

LIVE = ("queued", "starting", "running", "paused", "stopping")
ENDED = ("finished", "stopped", "failed", "lost")

SILENCE = 30.0  # seconds without heartbeat (one is due every 2) after which a living process is "not responding"
_PROC = Path("/proc")


def has_proc() -> bool:
    """Whether this system lists processes under /proc (Linux does, macOS does not)."""
    return (_PROC / "self" / "stat").exists()


def process_started(pid: int) -> int | None:
    """Start time of a living process in clock ticks since boot; None if it is gone, a zombie, or cannot be known."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text.rpartition(")")[2].split()  # the command name before it may hold spaces and brackets
    state, started = fields[0], fields[19]  # fields 3 and 22 of proc(5)
    return None if state in ("Z", "X") else int(started)


def alive(pid: int | None, started: int | None) -> bool:
    """Whether the process `pid` that started at `started` still runs. Without /proc the pid alone has to do."""
    if not isinstance(pid, int) or pid <= 0:
        return False
    if has_proc():
        return started is not None and process_started(pid) == started
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it exists and belongs to someone else
        return True
    return True


def belongs_to(pid: int, user: int) -> bool:
    """Whether the process `pid` lives and is one of this user. Without /proc, whether it lives at all."""
    if not has_proc():
        return alive(pid, None)
    try:
        return process_started(pid) is not None and (_PROC / str(pid)).stat().st_uid == user
    except FileNotFoundError:
        return False


def observed(status: dict[str, Any]) -> str:
    """The actual state behind a status: `lost` if it claims to be live but its process is gone."""
    state = status["state"]
    if state in LIVE and not alive(status.get("pid"), status.get("started")):
        return "lost"
    return state


def health(status: dict[str, Any], now: float | None = None) -> str:
    """What to tell about a living process that has gone silent; empty when there is nothing to tell."""
    if observed(status) not in LIVE or status.get("heartbeat") is None:
        return ""
    silent = (time.time() if now is None else now) - status["heartbeat"]
    return f"not responding: no sign of life for {silent:.0f} s" if silent > SILENCE else ""
