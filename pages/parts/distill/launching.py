"""Starting runs from the form: one, or a pair that differs in one choice."""

from typing import Any

import streamlit as st

from ddcore.files import reason_of
from ddcore.runs import states
from ddcore.runs.folder import RunFolder, create_run
from ddcore.runs.launch import launch
from pages.parts.distill.checks import rivalry
from pages.parts.run_description import RunDescription
from pages.parts.sound_runs import sound_runs

Settings = dict[str, Any]


def start_buttons(settings: Settings, rival: Settings | None, queue: str) -> None:
    """Buttons that start one run, or a pair with its `rival`, which differs in one choice, and open Watch."""
    if waiting := _ahead(queue):
        others = "1 other" if waiting == 1 else f"{waiting} others"
        st.info(f"{'The CPU' if queue == 'cpu' else queue} is busy: this run starts after {others}.")
    start = "Test the selection" if RunDescription({"settings": settings}).selects else "Start distilling"
    if st.button(start, type="primary", width="stretch"):
        _start([settings], queue)
    label, about = _pair_words(settings, rival)
    if st.button(f"Start a pair: {label}", disabled=rival is None, width="stretch", help=about):
        _start([settings, rival], queue)


def _pair_words(settings: Settings, rival: Settings | None) -> tuple[str, str]:
    """The label of the pair's button, and its help."""
    role, _ = rivalry(settings)
    what = "what they start from" if role == "init" else "how real batches are drawn"
    about = f"Two runs with the same seed that differ only in {what}, shown side by side."
    if rival is None:
        return ("choose another start first" if role == "init" else "choose an importance first"), about
    plain, chosen = (RunDescription({"settings": one}) for one in (rival, settings))
    if role == "init":
        return f"{plain.short_start} beside {chosen.short_start}", about
    return f"{plain.importance.short} beside {chosen.importance.title}", about


def stay_in_sight(key: str) -> None:
    """Keep the column of this container on the screen while its neighbour scrolls."""
    column = f'[data-testid="stColumn"]:has(.st-key-{key})'
    rule = f"{column} {{ align-self: flex-start; position: sticky; top: 4rem; }}"
    st.html(f"<style>@media (min-width: 1000px) {{ {rule} }}</style>")


def _start(asked: list[Settings], queue: str) -> None:
    """Start a run for each of the settings and watch them, or say what keeps them from starting."""
    try:
        runs = [_started(settings, queue) for settings in asked]
    except OSError as error:  # a full disk, a folder that may not be written in
        st.error(f"The run cannot start. {reason_of(error)}")
    else:
        _watch(*runs)


def _started(settings: Settings, queue: str) -> RunFolder:
    run = create_run(settings, queue=queue)
    launch(run)
    return run


def _watch(run: RunFolder, beside: RunFolder | None = None) -> None:
    st.switch_page("watch.py", query_params={"run": run.id} | ({"beside": beside.id} if beside else {}))


def _ahead(queue: str) -> int:
    """The number of live runs in the same queue."""
    return sum(run.state() in states.LIVE and run.config().get("queue") == queue for run in sound_runs())
