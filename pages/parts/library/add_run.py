"""Adding runs from zips: each upload becomes a job, shown until its run is added or the person dismisses it."""

from contextlib import suppress

import streamlit as st

from ddcore.errors import BadInput
from ddcore.runs import states
from ddcore.runs.folder import RunFolder
from ddcore.runs.importing import begin_import, dismiss_import, imports
from ddcore.runs.launch import enforce_stop
from pages.parts.job_view import show_job
from pages.parts.words import plain

_UPLOADS = "library_run_uploads"  # counts finished uploads: a new key empties the uploader
_ADDED = "library_added"  # ids of the runs added in this session, until each is dismissed


def add_run() -> None:
    """Draw the form that adds a run from a zip downloaded from a Library."""
    count = st.session_state.get(_UPLOADS, 0)
    file = st.file_uploader("Zip of a run", type=["zip"], key=f"library-run-{count}")
    if st.button("Add this run", key="add-run", disabled=file is None):
        try:
            begin_import(file, file.name)
        except BadInput as error:
            st.error(plain(str(error)))
            return
        st.session_state[_UPLOADS] = count + 1
        st.rerun()


def show_imports() -> None:
    """Draw the progress of every import, or why it failed, and lead to what has been added."""
    for job in imports():
        with suppress(BadInput):  # another tab has dismissed it since they were listed
            _show(job)
    for id in st.session_state.get(_ADDED, []):
        message, link, button = st.columns([8, 1, 1.3], vertical_alignment="center")
        message.success(f"{plain(id)} was added.")
        link.page_link("watch.py", label="Watch →", query_params={"run": id})
        button.button("Dismiss", key=f"seen-{id}", on_click=_seen, args=(id,), width="stretch")


def _seen(id: str) -> None:
    st.session_state[_ADDED].remove(id)


def _show(job: RunFolder) -> None:
    state, name = enforce_stop(job), plain(job.config()["settings"]["name"])
    if state in states.LIVE:
        show_job(job, label=f"Adding {name}")
        return
    status = job.status()
    result = status["result"] or {}
    if state == "stopped":
        st.toast(f"Stopped. Nothing of {name} was added.")
        _forget(job)
    elif state == "finished" and not result["known"]:
        st.session_state.setdefault(_ADDED, []).append(result["run"])
        _forget(job)
    else:
        known = state == "finished"
        message, *link, button = st.columns([8, 1, 1.3] if known else [9, 1.3], vertical_alignment="center")
        if known:
            message.info(f"{name} is already here as {plain(result['run'])}; nothing was added.")
            link[0].page_link("watch.py", label="Watch →", query_params={"run": result["run"]})
        else:
            reason = status["error"] or "Its process is gone (killed, or the computer was restarted)."
            message.error(f"{name} was not added. {plain(reason)}")
        button.button("Dismiss", key=f"dismiss-{job.id}", on_click=dismiss_import, args=(job,), width="stretch")


def _forget(job: RunFolder) -> None:
    dismiss_import(job)
    st.rerun()
