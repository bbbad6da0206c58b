"""Buttons for what a run can do in its state."""

import streamlit as st

from ddcore.errors import BadInput
from ddcore.files import reason_of
from ddcore.runs.folder import RunFolder, send
from ddcore.runs.launch import resume

_ACTIONS = {  # state -> (what is asked, label, help)
    "queued": ("stop",),
    "starting": ("stop",),
    "running": ("pause", "stop"),
    "paused": ("resume", "step", "stop"),
    "stopped": ("resume",),
    "failed": ("resume",),
    "lost": ("resume",),
}
_LABELS = {
    "pause": ("Pause", "Pauses after this step; the process keeps its memory."),
    "resume": ("Resume", "Continues from where it is, as if it had never stopped."),
    "step": ("One step", "Does one step, shows it, and pauses again."),
    "stop": ("Stop", "Saves its state and ends. You can resume it later."),
}


def possible(state: str, asked: str | None) -> tuple[str, ...]:
    """The possible actions in this state; `asked` is the last request to the worker."""
    if state == "running" and asked == "pause":
        return ("resume", "stop")
    return _ACTIONS.get(state, ())


def run_controls(run: RunFolder, state: str) -> None:
    """Draw the buttons side by side. A request takes effect at the next look at the run."""
    actions = possible(state, run.control().get("action"))
    if not actions:
        return
    with st.container(horizontal=True, horizontal_alignment="right", gap="small", key=f"run-controls-{run.id}"):
        for action in actions:
            label, help = _LABELS[action]
            kind = "primary" if action == "resume" else "secondary"
            st.button(label, key=f"{action}-{run.id}", on_click=_ask, args=(run, action), type=kind, help=help)


def _ask(run: RunFolder, action: str) -> None:
    try:
        if action == "resume":
            _resume(run)
        else:
            send(run, action)
    except BadInput as error:  # it ended, or another tab was quicker
        st.toast(str(error))
    except OSError as error:
        st.toast(reason_of(error))


def _resume(run: RunFolder) -> None:
    """Resume the run; also withdraws a pause that the worker has not reached yet."""
    if run.state() == "running":
        send(run, "resume")
    else:
        resume(run)
