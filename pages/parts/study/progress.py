"""A study at work: how far it is, what it does now, and its buttons. The page follows what changes on disk."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from ddcore.errors import BadInput
from ddcore.files import reason_of
from ddcore.runs import states
from ddcore.runs.folder import RunFolder
from ddcore.runs.launch import enforce_stop
from ddcore.studies.found import Found
from ddcore.studies.running import begin, job_of, retry
from ddcore.studies.study import Study
from pages.parts.job_view import job_line
from pages.parts.study.cells import counts_in_words, show_cells, states_of
from pages.parts.study.rows import refusals
from pages.parts.words import plain

_POLL = 1.0  # seconds between two looks at a study at work
_LOOK_AGAIN = 5.0  # ... at one that is not: another tab, or the command line, may go on with it
_TAIL = 1 << 16  # bytes of the events that are read for the last cell, some hundred events


class Seen(NamedTuple):
    """What of a study the page shows: when it changes, the page is drawn anew."""

    edition: str
    """Of its name and grid; "": it has been deleted."""
    lines: tuple[int, int]
    """Size of its lines in bytes, and when they were last written, in nanoseconds; refusals are added in bursts."""
    state: str | None
    """Of its job; None: it has none."""
    key: str | None
    """Of the cell that the job works on."""
    run: str | None
    """Id of the run of that cell."""


def seen_of(study: Study) -> Seen:
    """Cheap enough to ask for every second, however many cells there are."""
    job = job_of(study)
    there = not study.recorded and (job.path / "config.json").exists()
    state = enforce_stop(job) if there else None
    at_work = _at_work(job) if state in states.LIVE else (None, None)
    return Seen(study.edition, _written(study.path / "cells.jsonl"), state, *at_work)


def _written(path: Path) -> tuple[int, int]:
    try:
        about = path.stat()
    except OSError:
        return 0, 0
    return about.st_size, about.st_mtime_ns


def work_on(study: Study) -> None:
    """Run what is missing, from where the study stands; a toast says what keeps it from beginning."""
    try:
        begin(study)
    except BadInput as error:
        st.toast(plain(str(error)))
    except OSError as error:  # a full disk, a folder that may not be written in
        st.toast(f"The study cannot start. {plain(reason_of(error))}")


def _retry(study: Study) -> None:
    """Run what could not be run, and what is missing."""
    try:
        retry(study)
    except BadInput as error:  # another tab was quicker
        st.toast(plain(str(error)))
    except OSError as error:
        st.toast(plain(reason_of(error)))
    else:
        work_on(study)


def show_progress(study: Study, seen: Seen, found: Mapping[str, Found]) -> None:
    """Draw the state of its job and the grid of its runs. `seen`: from before anything else was read."""
    grid, live = study.grid, seen.state in states.LIVE
    refused = refusals(grid)
    marks = states_of(grid, found, refused, live=live, running=seen.key)
    missing = sum(state not in ("done", "refused") for state in marks.values())
    every = None if study.recorded else _POLL if live else _LOOK_AGAIN
    st.fragment(_follow, run_every=every, key=f"study-{study.id}")(study, seen, missing)
    again = 0 if live or study.recorded else sum(bool(one.refused) and key not in refused for key, one in found.items())
    unfolded = bool(live or missing or again)
    with st.expander(counts_in_words(marks), expanded=unfolded, key=f"study-runs-{study.id}"):
        show_cells(grid, found, marks, refused, seen.run)
        if again:
            label = f"Try {again:,} run{'s' if again > 1 else ''} again"
            st.button(label, key=f"study-retry-{study.id}", on_click=_retry, args=(study,))


def _follow(study: Study, seen: Seen, missing: int) -> None:
    """Draw what the job does, until something changes."""
    if seen_of(study) != seen:
        st.rerun()
    live = seen.state in states.LIVE
    if live or (missing and seen.state not in (None, "finished")):
        job_line(job_of(study), "Running the study", "Resume")
    elif missing and not study.recorded:
        _offer(study, missing)
    if seen.run:
        query = {"run": seen.run}
        st.page_link("watch.py", label="Watch the run at work", query_params=query, icon=":material/visibility:")


def _offer(study: Study, missing: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{missing:,} run{'s are' if missing > 1 else ' is'} missing.", width="stretch")
        st.button("Run them", key=f"study-run-{study.id}", on_click=work_on, args=(study,), type="primary")


def _at_work(job: RunFolder) -> tuple[str | None, str | None]:
    """Key of the cell and id of the run that the job works on; None before the first."""
    try:
        end = (job.path / "events.jsonl").stat().st_size
        last = [event for event in job.events(max(0, end - _TAIL))[0] if event["event"] == "cell"][-1:]
    except (BadInput, OSError):  # damaged: the job goes on all the same
        return None, None
    return (last[0]["key"], last[0]["run"]) if last else (None, None)
