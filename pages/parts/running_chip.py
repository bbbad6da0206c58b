"""A line above every page while a run is live, with a link to watch it."""

import streamlit as st

from ddcore.places import runs_root
from ddcore.runs import states
from pages.parts.run_description import RunDescription
from pages.parts.run_words import state_words
from pages.parts.sound_runs import sound_runs
from pages.parts.words import plain

_BUSY_LOOK = 3.0  # seconds between two looks while a run is live
_IDLE_LOOK = 15.0  # ... while none is: one may be started from another tab or the command line


def running_chip(url_path: str) -> None:
    """Show the live runs, except on Watch, which shows more."""
    if url_path == "watch":
        return
    every = _BUSY_LOOK if live_runs(str(runs_root())) else _IDLE_LOOK
    st.fragment(_chip, run_every=every, key="running-chip")()


@st.cache_data(ttl=2.0, max_entries=8, show_spinner=False)
def live_runs(root: str) -> list[dict]:
    """Runs under `root` that are live, newest first: id, words; shared by all sessions, at most two seconds old."""
    return [
        {
            "id": run.id,
            "words": f"{state_words(state)} · {RunDescription(run.config()).short_name} · {_share(run.status())}",
        }
        for run in sound_runs()
        if (state := run.state()) in states.LIVE
    ]


def _share(status: dict) -> str:
    return f"step {status['step']:,} of {status['total']:,}" if status["total"] else status["phase"] or "starting"


def _chip() -> None:
    live = live_runs(str(runs_root()))
    if not live:
        return
    with st.container(horizontal=True, horizontal_alignment="right"):
        st.page_link("watch.py", label=plain(live[0]["words"]), query_params={"run": live[0]["id"]})
        if len(live) > 1:
            st.caption(f"and {len(live) - 1} more")
