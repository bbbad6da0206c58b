"""A study at work: how far it is, what it does now, and its buttons. Reruns by itself; the page follows its results."""

import streamlit as st

from ddcore.errors import BadInput
from ddcore.files import reason_of
from ddcore.runs import states
from ddcore.runs.folder import RunFolder
from ddcore.runs.launch import enforce_stop
from ddcore.studies.running import begin, is_at_work, job_of
from ddcore.studies.study import Study
from pages.parts.job_view import job_line
from pages.parts.study.cells import counts_in_words, refusals, show_cells, states_of
from pages.parts.words import plain

_POLL = 1.0  # seconds between two looks at a study at work
_LOOK_AGAIN = 5.0  # ... at one that is not: another tab, or the command line, may go on with it


def work_on(study: Study) -> None:
    """Run what is missing, from where the study stands; a toast says what keeps it from beginning."""
    try:
        begin(study)
    except BadInput as error:
        st.toast(plain(str(error)))
    except OSError as error:  # a full disk, a folder that may not be written in
        st.toast(f"The study cannot start. {plain(reason_of(error))}")


def show_progress(study: Study) -> None:
    """Draw the grid and the state of its job, and rerun the whole page when a run has ended or the job's state
    changes."""
    every = None if study.recorded else _POLL if is_at_work(study) else _LOOK_AGAIN
    st.fragment(_look, run_every=every, key=f"study-{study.id}")(study, _seen(study))


def _seen(study: Study) -> tuple[str | None, int]:
    job = job_of(study)
    there = not study.recorded and (job.path / "config.json").exists()
    return enforce_stop(job) if there else None, len(study.found())


def _look(study: Study, before: tuple[str | None, int]) -> None:
    if not (study.path / "study.json").exists():  # deleted in another tab: the page says so
        st.rerun()
    now = _seen(study)
    if now != before:
        st.rerun()  # results below have changed
    state, _ = now
    found, live = study.found(), state in states.LIVE
    grid = study.grid
    key, run = at_work(job_of(study)) if live else (None, None)
    refused = refusals(grid)
    missing = sum(cell.key not in refused for cell in study.missing())
    if live or (missing and state is not None and state != "finished"):
        job_line(job_of(study), "Running the study", "Resume")
    elif missing and not study.recorded:
        _offer(study, missing)
    if run:
        st.page_link("watch.py", label="Watch the run at work", query_params={"run": run}, icon=":material/visibility:")
    marks = states_of(grid, found, refused, live=live, running=key)
    with st.expander(counts_in_words(marks), expanded=live or bool(missing), key=f"study-runs-{study.id}"):
        show_cells(grid, found, marks, refused, run)


def _offer(study: Study, missing: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{missing:,} run{'s are' if missing > 1 else ' is'} missing.", width="stretch")
        st.button("Run them", key=f"study-run-{study.id}", on_click=work_on, args=(study,), type="primary")


def at_work(job: RunFolder) -> tuple[str | None, str | None]:
    """Key of the cell and id of the run that the job works on; None before the first."""
    try:
        last = [event for event in job.events()[0] if event["event"] == "cell"][-1:]
    except BadInput:  # damaged: the job goes on all the same
        return None, None
    return (last[0]["key"], last[0]["run"]) if last else (None, None)
