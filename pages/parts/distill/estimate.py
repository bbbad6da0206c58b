"""What a run will cost on this machine: measured by a job on request, and marked stale when settings change."""

from contextlib import suppress
from typing import Any

import streamlit as st

from ddcore.errors import BadInput
from ddcore.figures.colours import PALETTE
from ddcore.runs.archive import delete_run
from ddcore.runs.folder import RunFolder, job_folder
from ddcore.runs.launch import ensure_job, stop
from ddcore.words import duration
from pages.parts.job_view import result_of_job
from pages.parts.words import megabytes

_LAST = "distill_estimated"  # the settings of the last estimate this session asked for
_PARTS = {
    "scoring": 0,
    "initialising": 6,
    "experts": 3,
    "distilling": 1,
    "students": 4,
    "full data": 9,
    "kernel tests": 2,
}  # entries of the palette


def estimate_panel(settings: dict[str, Any], queue: str) -> None:
    """Show the estimate of these (resolved) settings, its progress, or the button that starts it."""
    run = job_folder("estimate", settings)
    wait_for = None if queue == "cpu" else queue  # on a CPU it runs beside others rather than after them
    if not (run.path / "config.json").exists():
        _former(settings)
        st.button(
            "Estimate time and memory", on_click=_begin, args=(settings, wait_for), width="stretch",
            help="Times a few steps and epochs of this run on this machine. Takes a few seconds.",
        )  # fmt: skip
    elif result_of_job("estimate", settings, lambda: _result(run) is not None, label="Estimating", queue=wait_for):
        st.session_state[_LAST] = settings
        _show(_result(run), stale=False)
        st.button("Measure again", type="tertiary", on_click=_again, args=(settings, wait_for))


def _begin(settings: dict[str, Any], queue: str | None) -> None:
    """Start measuring; stop an estimate that is still running for other settings."""
    former = st.session_state.get(_LAST)
    if former and former != settings:
        with suppress(BadInput):  # it has ended, or never began
            stop(job_folder("estimate", former))
    st.session_state[_LAST] = settings
    ensure_job("estimate", settings, queue)


def _again(settings: dict[str, Any], queue: str | None) -> None:
    """Measure again: other jobs, cached baselines or changed data make an estimate old."""
    with suppress(BadInput):  # another tab has done it already
        delete_run(job_folder("estimate", settings))
    _begin(settings, queue)


def _result(run: RunFolder) -> dict[str, Any] | None:
    return run.status()["result"]


def _former(settings: dict[str, Any]) -> None:
    """Show the session's last estimate, greyed, if it was for other settings."""
    former = st.session_state.get(_LAST)
    if not former or not (result := _result(job_folder("estimate", former))):
        return
    changed = [name for name in {**former, **settings} if former.get(name) != settings.get(name)]
    _show(result, stale=True)
    st.warning(f"This estimate is stale. Changed since: {', '.join(name.replace('_', ' ') for name in changed)}.")


def _show(result: dict[str, Any], *, stale: bool) -> None:
    memory = megabytes(result["memory_mb"] * 2**20)
    total = f"≈ {duration(result['total'])}"
    st.header(":gray[—]" if stale else total, anchor=False)
    seconds = {name: spent for name, spent in result["seconds"].items() if spent > 0}
    _bar(seconds, faint=stale)
    parts = ", ".join(f"{name} {duration(spent)}" for name, spent in seconds.items())
    former = f"Before the change {total}: " if stale else ""
    st.caption(
        f"{former}{parts}; {memory} of memory on {result['device']}. Extrapolated from a few steps and epochs.",
        help="Timed on this machine with the settings of this run. Cached results cost nothing.",
    )


def _bar(seconds: dict[str, float], *, faint: bool) -> None:
    """Draw the parts of the time as one bar."""
    total = sum(seconds.values()) or 1
    pieces = [
        f'<div title="{name}: {spent:.1f} s" style="width:{100 * spent / total:.2f}%;'
        f'background:{PALETTE[_PARTS.get(name, 8)]}"></div>'
        for name, spent in seconds.items()
    ]
    legend = "".join(
        f'<span style="white-space:nowrap"><span style="display:inline-block;width:.7em;height:.7em;border-radius:2px;'
        f'margin-right:.35em;background:{PALETTE[_PARTS.get(name, 8)]}"></span>{name}</span>'
        for name in seconds
    )
    style = "display:flex;height:14px;border-radius:7px;overflow:hidden;gap:2px"
    st.html(
        f'<div style="opacity:{0.4 if faint else 1}"><div style="{style}">{"".join(pieces)}</div>'
        f'<div style="display:flex;flex-wrap:wrap;gap:.2em 1em;margin-top:.45em;font-size:.85rem">{legend}</div></div>'
    )
