"""Below a run on Watch: its numbers, its log and its settings."""

import streamlit as st

from ddcore.runs.folder import RunFolder
from pages.parts import run_words
from pages.parts.run_history import RunHistory
from pages.parts.settings_words import show_settings


def show_details(history: RunHistory, state: str) -> None:
    """Show how the run started, and its numbers, log and settings where they are asked for."""
    run = history.run
    if report := run_words.start_report(history.start, scored=run.config()["settings"].get("init_score") is not None):
        st.caption(report, help=run_words.KMEANS_COST if "cost_ratio" in history.start else None)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(run.id)
        data = st.toggle("Show data", key=f"data-{run.id}")
        log = state != "failed" and st.toggle("Show log", key=f"log-{run.id}")
        settings = st.toggle("Show settings", key=f"settings-{run.id}")
    if data:
        st.dataframe(table(history), hide_index=True, height=280, placeholder="–")
        if history.metrics.stride > 1:
            st.caption(
                f"Beside the loss, only the first, lowest and highest number of every {history.metrics.stride:,} steps "
                "are kept."
            )
    if log:
        show_log(run)
    if settings:
        show_settings(run.config())
    if history.unreadable:
        lines = "line" if history.unreadable == 1 else "lines"
        st.warning(f"{history.unreadable} unreadable {lines} of the run's events are left out.")


def table(history: RunHistory) -> list[dict]:
    """The numbers behind the curves, one row per step with any."""
    return [
        {"step": step, "loss": history.loss.get(step)}
        | {f"accuracy {name}": value for name, value in _fields(history, step).items()}
        | (_predictor_fields(history, step) if history.kernel else {})
        | dict.fromkeys(history.metrics.names())
        | history.metrics.at(step)
        for step in sorted(history.loss.keys() | history.accuracy.keys() | history.kernel.keys())
    ]


def _fields(history: RunHistory, step: int) -> dict:
    point = history.accuracy.get(step)
    return point._asdict() if point else {"mean": None, "std": None, "repeats": None}


def _predictor_fields(history: RunHistory, step: int) -> dict:
    point = history.kernel.get(step)
    return {
        "kernel accuracy": point and point.accuracy and point.accuracy.mean,
        "kernel test images": point and point.images,
        "condition number": point and point.condition,
        "certificate": point and point.certificate,
    }


def show_log(run: RunFolder) -> None:
    """Show the end of the run's log."""
    lines = run.log_tail(40)
    if lines:
        st.code("\n".join(lines), language=None, height=220)
    else:
        st.caption("The log is empty.")
