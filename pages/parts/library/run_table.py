"""The runs on this computer, one row each, with their actions."""

import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from ddcore.errors import BadInput
from ddcore.files import reason_of
from ddcore.runs import states
from ddcore.runs.archive import export_run
from ddcore.runs.folder import RunFolder, list_runs, unreadable_runs
from ddcore.runs.launch import enforce_stop, stop
from pages.parts import address
from pages.parts.library.addressed import FILTER
from pages.parts.library.latest import latest_accuracy
from pages.parts.library.rows import heading, removal
from pages.parts.library.rows import row as cells
from pages.parts.run_description import RunDescription
from pages.parts.run_words import STATES
from pages.parts.sound_runs import trouble
from pages.parts.words import accuracy_words, megabytes, moment, plain, unbroken

_PER_PAGE = 8
_POLL = 2.0  # seconds between two looks while a run is live
_HEADINGS = ("Status", "Run", "Accuracy", "Created", "On disk", "")
_WIDTHS = [1.2, 2.5, 1.8, 1.2, 0.8, 1.7]
ASKED = "library_asked"
"""Session key: (question, subject) of the dialog to open on the next run of the page."""
_TIMES = "library_times_asked"


@dataclass(frozen=True)
class RunRow:
    """The contents of a run's row."""

    run: RunFolder
    state: str
    title: str
    details: str
    accuracy: str
    beside: str
    kernel: str  # what the set's own predictor reached; "" where there is none
    size: int
    created: str

    @property
    def live(self) -> bool:
        return self.state in states.LIVE


_UNREADABLE = "unreadable"


def row_of(run: RunFolder) -> RunRow:
    """The row of a run, or of a folder that is no readable run."""
    try:
        why = trouble(run)
        if not why:
            return _readable(run)
    except (AttributeError, KeyError, TypeError, ValueError):  # BadInput too
        why = f"The status.json of run {run.id!r} does not belong to a run."
    return RunRow(run, _UNREADABLE, run.id, why, "–", "", "", run.size_bytes(), "–")


def _readable(run: RunFolder) -> RunRow:
    config, status, state = run.config(), run.status(), enforce_stop(run)
    if state not in STATES:
        raise ValueError(f"{state!r} is no state of a run")
    about, result = RunDescription(config), status["result"] or {}
    latest = None if result.get("accuracy") else latest_accuracy(run)
    accuracy, random = result.get("accuracy") or latest, result.get("random")
    return RunRow(
        run=run,
        state=state,
        title=f"{about.dataset} · {about.method} · ipc {about.settings['ipc']}",
        details=about.details,
        accuracy=accuracy_words(accuracy),
        beside=_beside(status, accuracy, random, along=latest is not None),
        kernel=_kernel(result.get("kernel")),
        size=run.size_bytes(),
        created=moment(config.get("created", "")),
    )


def _beside(status: dict[str, Any], accuracy: dict | None, random: dict | None, *, along: bool) -> str:
    """What stands below the accuracy; `along`: it is that of a step on the way, not of the finished set."""
    if accuracy:
        count = f"n = {accuracy['repeats']}"
        if along:
            return f"{count} at step {accuracy['step']:,}" + (f" of {status['total']:,}" if status["total"] else "")
        return f"{count} · random images {accuracy_words(random)}" if random else count
    if status["total"]:
        return f"step {status['step']:,} of {status['total']:,}"
    return status["note"] or status["error"] or ""


def _kernel(kernel: dict[str, Any] | None) -> str:
    if not kernel:
        return ""
    return f"kernel {accuracy_words(kernel['accuracy'])} · random {accuracy_words(kernel['random'])}"


def show_runs() -> None:
    """Draw the table of runs; reruns by itself while a run is live."""
    live = any(row_of(run).live for run in list_runs())
    st.fragment(_table, run_every=_POLL if live else None, key="library-runs")()


def _table() -> None:
    if ASKED in st.session_state:  # requested by a button in this fragment; only the page can open dialogs
        st.rerun()
    rows = [row_of(run) for run in [*list_runs(), *unreadable_runs()]]
    if not rows:
        st.info("No runs yet. Runs appear here when they start and stay until you delete them.")
        st.page_link("distill.py", label="Start a run on Distill")
        return
    total = megabytes(sum(row.size for row in rows))
    top, search = st.columns([3, 1], vertical_alignment="bottom")
    top.caption(f"{len(rows)} run{'s' if len(rows) > 1 else ''}, {total} on disk, newest first.")
    wanted = search.text_input(
        "Filter", placeholder="filter: digits, failed …", label_visibility="collapsed", key=FILTER,
        persist_state="session",
    )  # fmt: skip
    address.write()  # this fragment runs without its page
    matching = [row for row in rows if _matches(row, wanted)]
    if not matching:
        st.info(f"No run matches {wanted!r}.")
        return
    pages = -(-len(matching) // _PER_PAGE)
    start = 0
    place = st.container()
    if pages > 1:
        start = (st.pagination(pages, key=f"library-runs-page-{pages}") - 1) * _PER_PAGE
    with place.container(border=True):
        heading(_WIDTHS, _HEADINGS)
        for row in matching[start : start + _PER_PAGE]:
            _row(row)


def _matches(row: RunRow, wanted: str) -> bool:
    text = f"{row.run.id} {row.title} {row.details} {row.state}".lower()
    return all(word in text for word in wanted.lower().split())


def _row(row: RunRow) -> None:
    with st.container(key=f"run-{row.run.id}"):
        status, about, accuracy, created, disk, actions = cells(_WIDTHS)
        mark, word, colour = STATES.get(row.state, ("✖", _UNREADABLE, "red"))
        status.badge(f"{mark} {word}", color=colour)
        about.markdown(f"**{plain(row.title)}**  \n:small[:gray[{plain(row.details)}]]")
        kernel = f"  \n:small[:gray[{unbroken(plain(row.kernel))}]]" if row.kernel else ""
        accuracy.markdown(f"**{row.accuracy}**  \n:small[:gray[{unbroken(plain(row.beside))}]]{kernel}")
        created.markdown(f":small[{row.created}]")
        disk.markdown(f":small[{megabytes(row.size)}]")
        with actions.container(horizontal=True, vertical_alignment="center", gap="small"):
            if row.state != _UNREADABLE:
                st.page_link("watch.py", label="Watch →", query_params={"run": row.run.id})
            with st.popover("More", key=f"more-{row.run.id}-{times_asked()}", help="Download, settings, stop, delete"):
                _actions(row)


def _actions(row: RunRow) -> None:
    id = row.run.id
    st.caption(id)
    if row.state != _UNREADABLE:
        st.download_button(
            "Download as zip", partial(_zipped, row.run), f"{id}.zip", "application/zip", key=f"zip-{id}",
            icon=":material/download:", on_click="ignore", width="stretch",
        )  # fmt: skip
        st.button("Settings", key=f"settings-{id}", on_click=ask, args=("settings", id), width="stretch")
    if row.live:
        st.button("Stop", key=f"halt-{id}", on_click=_stop, args=(row.run,), disabled=row.state == "stopping",
                  width="stretch")  # fmt: skip
    st.divider()
    st.button(
        key=f"delete-{id}", disabled=row.live, width="stretch", on_click=ask, args=("delete run", id),
        help="Stop it first." if row.live else None, **removal("Delete …"),
    )  # fmt: skip


def _stop(run: RunFolder) -> None:
    try:
        stop(run)
    except BadInput as error:  # it has just ended
        st.toast(str(error))
    except OSError as error:
        st.toast(reason_of(error))


def ask(question: str, subject: str) -> None:
    """Make the page open a dialog (`pages.parts.library.dialogs`)."""
    st.session_state[ASKED] = (question, subject)
    st.session_state[_TIMES] = times_asked() + 1


def times_asked() -> int:
    """Part of the keys of popovers, so that a question closes the popover it comes from."""
    return st.session_state.get(_TIMES, 0)


def _zipped(run: RunFolder) -> bytes:
    """The run as one zip; called when the button is pressed."""
    with tempfile.TemporaryDirectory() as folder:
        return export_run(run, Path(folder) / "run.zip").read_bytes()
