"""What each preset will take on the dataset chosen: measured by the job of the estimate, kept like any other."""

from typing import Any

import streamlit as st

from ddcore.commands.schema_cache import Schema
from ddcore.errors import BadInput
from ddcore.experiments.resolving import resolve
from ddcore.runs import states
from ddcore.runs.folder import RunFolder, job_folder
from ddcore.runs.launch import stop
from ddcore.runs.queue import queue_of
from ddcore.words import duration
from pages.parts.job_view import ask, begin
from pages.parts.schema import method_fields
from pages.parts.words import plain

Settings = dict[str, Any]
_QUICK = 60.0  # seconds: a preset that takes no longer is called quick
_LINE = "estimates"
_POLL = 1.0  # seconds


def timed_settings(schema: Schema, distiller: str, preset: Settings, dataset: str, variant: str | None) -> Settings:
    """The run whose time a preset states: with the method's usual start and uniform batches."""
    resolved = resolve({"dataset": dataset, "variant": variant, "distiller": distiller, **preset})
    for field in method_fields(resolved, schema):
        resolved.setdefault(field["name"], field["default"])
    return resolved


def time_words(settings: Settings) -> str:
    """How long the run takes, as Markdown, if that has been measured; else that it has not, or why it cannot."""
    run = job_folder("estimate", settings)
    if not (run.path / "config.json").exists():
        return ":small[Time on this dataset: not measured]"
    state, status = run.state(), run.status()
    if state in states.LIVE:
        return ":small[Time on this dataset: being measured]"
    if state != "finished" or not status["result"]:
        return f":small[Time on this dataset: not known. {plain(status['error'] or 'Measuring was stopped.')}]"
    total = status["result"]["total"]
    quick = " :green-badge[quick]" if total <= _QUICK else ""
    return f"**≈ {duration(total)}** on this dataset{quick}"


def measure_times(schema: Schema, timed: list[Settings]) -> None:
    """Offer to measure what is not known yet; meanwhile say how far that is."""
    jobs = [job_folder("estimate", settings) for settings in timed]
    found = [_state(job) for job in jobs]
    if any(state in states.LIVE for state in found):
        st.fragment(_wait, run_every=_POLL, key="preset-times")(jobs, found)
        return
    unknown = [settings for settings, state in zip(timed, found, strict=True) if state != "finished"]
    if unknown:
        queue = queue_of("auto", schema["devices"])
        st.button(
            "Measure how long these take here", key="time-presets", on_click=_begin, icon=":material/timer:",
            args=(unknown, _LINE if queue == "cpu" else queue), type="tertiary",
            help="Times a few steps and epochs of each on this machine and extrapolates, with the method's usual start "
            "and uniform batches. Kept for this dataset.",
        )  # fmt: skip


def _state(job: RunFolder) -> str | None:
    return job.state() if (job.path / "config.json").exists() else None


def _wait(jobs: list[RunFolder], found: list[str | None]) -> None:
    """Say which preset is at work, until something changes. The form may show one of these jobs, too."""
    now = [_state(job) for job in jobs]
    if now != found:
        st.rerun()
    done = sum(state not in states.LIVE for state in now)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Timing the presets: {done} of {len(jobs)} done.")
        live = [job for job, state in zip(jobs, now, strict=True) if state in states.LIVE]
        st.button("Stop timing", key="stop-times", type="tertiary", on_click=_stop_all, args=(live,))


def _stop_all(live: list[RunFolder]) -> None:
    for job in reversed(live):  # the one at work last, so that no other starts
        ask(stop, job)


def _begin(unknown: list[Settings], queue: str) -> None:
    for settings in unknown:
        try:
            begin("estimate", settings, queue)
        except (BadInput, OSError) as error:
            st.toast(plain(str(error)))
