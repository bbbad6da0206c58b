"""A job on a page: its state in words, its progress, and what the user can do about it."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import streamlit as st

from ddcore.errors import BadInput
from ddcore.files import last_change, reason_of
from ddcore.runs import states
from ddcore.runs.archive import delete_run
from ddcore.runs.folder import RunFolder, job_folder
from ddcore.runs.launch import enforce_stop, ensure_job, launch, stop
from ddcore.words import duration
from pages.parts.words import plain

_POLL = 0.7  # seconds between two looks at a running job
_LOOK_AGAIN = 5.0  # ... at one that has ended: another tab may restart it
_SETTLED = 10.0  # seconds after its end in which nobody can have cleared its result
_WORDS = {
    "queued": "waiting for its turn",
    "starting": "starting",
    "paused": "paused",
    "stopping": "stopping",
    "stopped": "stopped",
    "failed": "failed",
    "lost": "its process is gone (killed, or the computer was restarted)",
}


def is_kept(path: Path, read: Callable[[Path], object | None]) -> bool:
    """Whether `read` finds a usable result at `path`. A damaged one is removed, so that its job makes it again."""
    if not (changed := last_change(path)):
        return False
    sound = _sound(str(path), changed, read)
    if not sound:
        with suppress(PermissionError):  # another user's
            path.unlink(missing_ok=True)
    return sound


@st.cache_data(max_entries=200, show_spinner=False)
def _sound(path: str, changed: int, _read: Callable[[Path], object | None]) -> bool:
    return _read(Path(path)) is not None


Remedy = Callable[[RunFolder], None]
"""Draws other remedies for a failed job than trying again."""


def show_job(run: RunFolder, *, label: str, remedy: Remedy | None = None, line: str | None = None) -> bool:
    """Whether `run` has finished. Until then draw its state, and rerun the whole page when that changes.

    `label` says what it does ("Drawing the map of Digits"). With `line`, all is one line, see `job_line`. Do not call
    it within a fragment: fragments that rerun by themselves must not be nested.
    """
    state = run.state()
    if state == "finished":
        return True
    every = _POLL if state in states.LIVE else _LOOK_AGAIN
    st.fragment(_panel, run_every=every, key=f"job-{run.id}")(run, label, state in states.LIVE, remedy, line)
    return False


def result_of_job(
    kind: str,
    settings: dict[str, Any],
    ready: Callable[[], bool],
    *,
    label: str,
    start: bool = True,
    queue: str | None = None,
    remedy: Remedy | None = None,
    line: str | None = None,
) -> bool:
    """Whether the result of the job with these settings exists (`ready()`); until then the job is shown.

    Without `start`, a job that does not exist yet is not started, and nothing is drawn. A finished job whose result has
    been removed since runs again.
    """
    run = job_folder(kind, settings)
    exists = (run.path / "config.json").exists()
    finished = exists and run.state() == "finished"  # checked first, since the result exists before the job finishes
    if ready():
        return True
    if not (exists or start):
        return False
    if finished:
        if time.time() - run.status()["updated"] < _SETTLED:
            st.error(f"{label}: the job has finished, but its result is missing.")
            return False
        with suppress(BadInput):  # another tab was quicker
            delete_run(run)
    try:
        run = ensure_job(kind, settings, queue)
    except OSError as error:  # a full disk, a folder that may not be written in
        st.error(f"{label}: the job cannot start. {plain(reason_of(error))}")
        return False
    show_job(run, label=label, remedy=remedy, line=line)
    return False


def begin(kind: str, settings: dict[str, Any], queue: str | None = None) -> None:
    """Start the job with these settings; restart it if it failed or its result has been removed since.

    If it cannot start, the page says why.
    """
    run = job_folder(kind, settings)
    if (run.path / "config.json").exists() and run.state() == "finished":
        with suppress(BadInput):  # another tab was quicker
            delete_run(run)
    try:
        ensure_job(kind, settings, queue, restart=True)
    except OSError as error:  # a full disk, a folder that may not be written in
        st.error(f"The job cannot start. {plain(reason_of(error))}")


def job_line(run: RunFolder, label: str, again: str) -> None:
    """Draw one line: what the job does and how far it is, or how it ended, and a button (`again` after its end).

    For what is beside a picture that is there meanwhile, and for fragments that rerun by themselves.
    """
    state = enforce_stop(run)
    if state == "finished":
        return
    status = run.status()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if state not in states.LIVE:
            reason = plain(status["error"] or status["note"] or "")
            ended = f"{label}: {_WORDS[state]}. {reason}".strip()
            (st.error if state == "failed" else st.caption)(ended, width="stretch")
            st.button(again, key=f"retry-{run.id}", on_click=_retry, args=(run,))
            return
        done, total = done_and_total(status)
        words = " · ".join(filter(None, [label, plain(_doing(status, state)), remaining(run, status)]))
        if total:
            st.progress(min(1.0, done / total), text=words)
        else:  # a bar that stands at 0 % would look stuck; the note counts seconds
            st.caption(words, width="stretch")
        _stop_button(run, state)


def _stop_button(run: RunFolder, state: str, **options: Any) -> None:
    asked = state == "stopping"
    st.button(
        "Stopping …" if asked else "Stop", key=f"stop-{run.id}", on_click=_stop, args=(run,), disabled=asked, **options
    )


def _panel(run: RunFolder, label: str, was_live: bool, remedy: Remedy | None, line: str | None) -> None:
    state = enforce_stop(run)
    if state == "finished" or (state in states.LIVE) != was_live:
        st.rerun()
    if line is not None:
        job_line(run, label, line)
        return
    with st.container(border=True):
        if state in states.LIVE:
            _at_work(run, label, state)
        else:
            _ended(run, label, state, remedy)


def _at_work(run: RunFolder, label: str, state: str) -> None:
    status = run.status()
    words, button = st.columns([5, 1], vertical_alignment="center")
    words.markdown(f"**{label}** · {plain(_doing(status, state))}")
    with button:
        _stop_button(run, state, width="stretch")
    done, total = done_and_total(status)
    st.progress(min(1.0, done / total) if total else 0.0, text=remaining(run, status) or None)
    if trouble := run.health():
        st.warning(trouble.capitalize() + ".")


def _ended(run: RunFolder, label: str, state: str, remedy: Remedy | None) -> None:
    status = run.status()
    reason = status["error"] or status["note"]
    message = f"{label}: {_WORDS[state]}." + (f" {plain(reason)}" if reason else "")
    (st.error if state == "failed" else st.warning)(message)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        weight = "secondary" if remedy and state == "failed" else "primary"  # a remedy comes first
        st.button("Try again", key=f"retry-{run.id}", on_click=_retry, args=(run,), type=weight)
        if remedy and state == "failed":
            remedy(run)
    if lines := run.log_tail(40):
        with st.expander("End of its log"):
            st.code("\n".join(lines), language=None)


def _stop(run: RunFolder) -> None:
    ask(stop, run)


def _retry(run: RunFolder) -> None:
    ask(launch, run)


def ask(action: Callable[[RunFolder], None], run: RunFolder) -> None:
    """Do this with a run; if it is impossible, a toast says why."""
    try:
        action(run)
    except BadInput as error:  # it ended, or another tab was quicker
        st.toast(str(error))
    except OSError as error:
        st.toast(reason_of(error))


def _doing(status: dict[str, Any], state: str) -> str:
    if state != "running":
        return _WORDS[state]
    return (status["progress"] or {}).get("note") or status["phase"] or "starting"


def done_and_total(status: dict[str, Any]) -> tuple[float, float]:
    """The progress of the current phase; total 0 if unknown."""
    progress = status["progress"]
    return (progress["done"], progress["total"]) if progress else (status["step"], status["total"])


def remaining(run: RunFolder, status: dict[str, Any]) -> str:
    """ "37 % · about 12 s left", by the job itself or from the pace of the current phase; empty if unknown."""
    done, total = done_and_total(status)
    if not total:
        return ""
    share = f"{100 * done / total:.0f} %"
    progress = status["progress"] or {}
    if progress.get("left") is not None:
        return f"{share} · about {duration(progress['left'])} left"
    try:
        found = run.events()[0]
    except BadInput:  # damaged: the share is known all the same
        return share
    begun = max((place for place, event in enumerate(found) if event["event"] == "phase"), default=0)
    note = progress.get("note")
    events = [e for e in found[begun:] if e["event"] == "progress" and e["note"] == note and e["total"] == total]
    if len(events) < 2 or not events[-1]["done"] > events[0]["done"]:
        return share
    pace = (events[-1]["time"] - events[0]["time"]) / (events[-1]["done"] - events[0]["done"])
    return f"{share} · about {duration(pace * (total - done))} left"
