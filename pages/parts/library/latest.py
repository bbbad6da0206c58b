"""The newest accuracy that a run has measured on its way: what is known of one that has not finished."""

from pathlib import Path
from typing import Any

import streamlit as st

from ddcore.errors import BadInput
from ddcore.runs.events import is_sound
from ddcore.runs.folder import RunFolder

_AT_A_TIME = 4 * 1024 * 1024  # bytes of events


def latest_accuracy(run: RunFolder) -> dict[str, Any] | None:
    """{"step", "mean", "std", "repeats"} of the highest step whose students were tested; None if none was, or if the
    events cannot be read, which Watch says."""
    path = run.path / "events.jsonl"
    try:
        state = path.stat()
    except OSError:
        return None
    return _read(str(run.path), state.st_mtime_ns, state.st_size)


@st.cache_data(max_entries=500, show_spinner=False)
def _read(folder: str, written: int, size: int) -> dict[str, Any] | None:
    """Kept as long as the file stays as it is: the table is drawn anew every few seconds."""
    run, offset, before, newest = RunFolder(Path(folder)), 0, -1, None
    while before != offset:
        before = offset
        try:
            events, offset = run.events(before, _AT_A_TIME)
        except BadInput:
            return newest
        for event in events:
            if is_sound(event) and event["event"] == "accuracy" and (newest is None or event["step"] >= newest["step"]):
                newest = {name: event[name] for name in ("step", "mean", "std", "repeats")}
    return newest
