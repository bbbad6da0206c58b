"""The step at which the pictures of two runs part."""

import streamlit as st

from ddcore.runs import states
from ddcore.runs.folder import RunFolder
from ddcore.runs.snapshots import read_view
from pages.parts.browser.player import Parting
from pages.parts.run_history import RunHistory

MOST_AT_A_LOOK = 100  # pairs of snapshots; a look takes no longer than a blink, and the next one goes on


def parting_of(read: list[RunHistory]) -> Parting | None:
    """Where the pictures of the two runs part; None if `read` is not two, or they have no snapshot step in common.

    What was compared is kept for the session; each look compares a few more of the steps that both have by then.
    """
    if len(read) != 2:
        return None
    kept = st.session_state.setdefault("partings", {})
    pair = tuple(str(history.run.path) for history in read)
    known = kept.get(pair)
    if known is None or known.apart is None:
        known = kept[pair] = compare(*(history.run for history in read), known)
    return known


def compare(a: RunFolder, b: RunFolder, known: Parting | None = None) -> Parting | None:
    """Compare common snapshots in the order of their steps, from where `known` ends, until two differ."""
    common = sorted(set(a.snapshot_steps()) & set(b.snapshot_steps()))
    done = -1 if known is None or known.same is None else known.same
    new = [step for step in common if step > done][:MOST_AT_A_LOOK]
    last, apart = None if known is None else known.same, None
    for step in new:
        if (equal := _equal(a, b, step)) is False:
            apart = step
            break
        last = step if equal else last
    more = any(run.state() in states.LIVE for run in (a, b)) or bool(common and common[-1] > (last or 0))
    return Parting(last, apart, more) if last is not None or apart is not None else None


def _equal(a: RunFolder, b: RunFolder, step: int) -> bool | None:
    """Whether both show the same at `step`; None if one is damaged: its sheet says so."""
    import numpy as np

    try:
        first, second = (read_view(run.snapshot_path(step)) for run in (a, b))
    except (OSError, ValueError):
        return None
    return np.array_equal(first.view, second.view) and np.array_equal(first.classes, second.classes)
