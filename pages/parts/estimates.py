"""Several runs timed before they start, by the job of the estimate: offered, at work, and stopped on request."""

from typing import Any

import streamlit as st

from ddcore.commands.schema_cache import Schema
from ddcore.errors import BadInput
from ddcore.runs import states
from ddcore.runs.folder import RunFolder, job_folder
from ddcore.runs.launch import stop
from ddcore.runs.queue import ESTIMATES, queue_of
from pages.parts.job_view import ask, begin
from pages.parts.schema import method_fields
from pages.parts.words import plain

Settings = dict[str, Any]
_POLL = 1.0  # seconds
_ENDS = {
    "failed": "Measuring failed.",
    "stopped": "Measuring was stopped.",
    "lost": "Measuring ended: its process is gone (killed, or the computer was restarted).",
}


def filled_in(schema: Schema, resolved: Settings) -> Settings:
    """Settings with those of their methods at their defaults: what names the job of an estimate."""
    return {field["name"]: field["default"] for field in method_fields(resolved, schema)} | resolved


def measure(schema: Schema, timed: list[Settings], *, key: str, label: str, what: str, help: str) -> None:
    """Offer to measure what is not known yet; meanwhile say how many of them (`what`, plural) are done.

    `timed`: as `filled_in` makes them.
    """
    jobs = [job_folder("estimate", settings) for settings in timed]
    found = [_state(job) for job in jobs]
    if any(state in states.LIVE for state in found):
        st.fragment(_wait, run_every=_POLL, key=f"{key}-wait")(jobs, found, key, what)
        return
    unknown = [settings for settings, state in zip(timed, found, strict=True) if state != "finished"]
    if unknown:
        queue = queue_of("auto", schema["devices"])
        st.button(
            label, key=key, on_click=_begin, icon=":material/timer:", type="tertiary", help=help,
            args=(unknown, ESTIMATES if queue == "cpu" else queue),
        )  # fmt: skip


def why_unknown(timed: list[Settings]) -> str:
    """What kept those that were measured from being known, as Markdown; "" if nothing did."""
    ends = [(job, state) for job in (job_folder("estimate", settings) for settings in timed) if (state := _state(job))]
    told = [f"{_ENDS[state]} {plain(job.status()['error'] or '')}".strip() for job, state in ends if state in _ENDS]
    return " ".join(dict.fromkeys(told))


def _state(job: RunFolder) -> str | None:
    return job.state() if (job.path / "config.json").exists() else None


def _wait(jobs: list[RunFolder], found: list[str | None], key: str, what: str) -> None:
    """Say how far it is, until something changes. A form may show one of these jobs, too."""
    now = [_state(job) for job in jobs]
    if now != found:
        st.rerun()
    done = sum(state not in states.LIVE for state in now)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Timing the {what}: {done} of {len(jobs)} done.")
        live = [job for job, state in zip(jobs, now, strict=True) if state in states.LIVE]
        st.button("Stop timing", key=f"{key}-stop", type="tertiary", on_click=_stop_all, args=(live,))


def _stop_all(live: list[RunFolder]) -> None:
    for job in reversed(live):  # the one at work last, so that no other starts
        ask(stop, job)


def _begin(unknown: list[Settings], queue: str) -> None:
    for settings in unknown:
        try:
            begin("estimate", settings, queue)
        except (BadInput, OSError) as error:
            st.toast(plain(str(error)))
