"""Starting runs from the form: one, or the pair that shows the paper's claim."""

from typing import Any

import streamlit as st

from ddcore.runs import states
from ddcore.runs.folder import RunFolder, create_run
from ddcore.runs.launch import launch
from pages.parts.sound_runs import sound_runs
from pages.parts.words import within_sentence


def start_buttons(settings: dict[str, Any], queue: str) -> None:
    """Start one run, or two that differ in their importance only, and go and watch."""
    if waiting := _ahead(queue):
        runs = "1 run is" if waiting == 1 else f"{waiting} runs are"
        st.info(f"{runs} at work or waiting on {queue}: this one will wait its turn.")
    if st.button("Start distilling", type="primary", width="stretch"):
        _watch(_started(settings, queue))
    plain = settings["importance"] == "uniform"
    beside = "choose an importance first" if plain else f"uniform beside {within_sentence(settings['importance'])}"
    pair = st.button(
        f"Start a pair: {beside}", disabled=plain, width="stretch",
        help="Two runs from the same seed that differ in nothing but how real batches are drawn, laid side by side.",
    )  # fmt: skip
    if pair:
        chosen = _started(settings, queue)
        _watch(chosen, _started(settings | {"importance": "uniform"}, queue))


def stay_in_sight(key: str) -> None:
    """Keep the column that holds the container of this key on the screen while its neighbour is scrolled."""
    column = f'[data-testid="stColumn"]:has(.st-key-{key})'
    rule = f"{column} {{ align-self: flex-start; position: sticky; top: 4rem; }}"
    st.html(f"<style>@media (min-width: 1000px) {{ {rule} }}</style>")


def _started(settings: dict[str, Any], queue: str) -> RunFolder:
    run = create_run(settings, queue=queue)
    launch(run)
    return run


def _watch(run: RunFolder, beside: RunFolder | None = None) -> None:
    st.switch_page("watch.py", query_params={"run": run.id} | ({"beside": beside.id} if beside else {}))


def _ahead(queue: str) -> int:
    """Live runs in the same line."""
    return sum(run.state() in states.LIVE and run.config().get("queue") == queue for run in sound_runs())
