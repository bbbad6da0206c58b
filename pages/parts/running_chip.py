"""In the bar above every page while a run is live: a link to watch it."""

import streamlit as st

from ddcore.places import runs_root
from ddcore.runs import states
from pages.parts.run_description import RunDescription
from pages.parts.run_words import state_words
from pages.parts.sound_runs import sound_runs
from pages.parts.words import plain

_ORDER = ("running", "stopping", "paused", "starting", "queued")  # which of several live runs is named
_STYLE = """<style>
.stMain :has(> .st-key-running-chip) {position: fixed; z-index: 1000000; top: 1.2rem; right: 6.4rem; width: auto;
  max-width: calc(100vw - 11.5rem)}
.st-key-running-chip {flex-wrap: nowrap; width: auto; max-width: 100%}
.st-key-running-chip > div {flex: none}
.st-key-running-chip > div:has([data-testid=stPageLink]) {flex: 0 1 auto; min-width: 0; overflow: hidden}
.st-key-running-chip p {white-space: nowrap; overflow: hidden; text-overflow: ellipsis}
@media (min-width: 641px) {.stMain :has(> .st-key-running-chip) {right: 11rem; max-width: calc(100vw - 18rem)}}
@media (min-width: 769px) {.stMain :has(> .st-key-running-chip) {max-width: calc(100vw - 37rem)}}
@media (max-width: 900px) {.st-key-running-chip [data-testid=stCaptionContainer] {display: none}}
</style>"""  # in the page's own bar, left of Copy link, so that nothing moves down when a run begins
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
    """Runs under `root` that are live, those at work first: id, words; shared by all sessions, at most two seconds
    old."""
    live = [(run, state) for run in sound_runs() if (state := run.state()) in states.LIVE]
    return [
        {"id": run.id, "words": f"{state_words(state)} · {RunDescription(run.config()).brief} · {_share(run.status())}"}
        for run, state in sorted(live, key=lambda one: _ORDER.index(one[1]))
    ]


def _share(status: dict) -> str:
    return f"step {status['step']:,} of {status['total']:,}" if status["total"] else status["phase"] or "starting"


def _chip() -> None:
    live = live_runs(str(runs_root()))
    if not live:
        return
    st.html(_STYLE)
    with st.container(horizontal=True, horizontal_alignment="right", key="running-chip"):
        st.page_link("watch.py", label=plain(live[0]["words"]), query_params={"run": live[0]["id"]})
        if len(live) > 1:
            st.caption(f"and {len(live) - 1} more")
