"""Repeat over 5 seeds: a study of a run's settings, or of a pair as two arms, that counts the runs that are here."""

import json
from typing import Any

import streamlit as st

from ddcore.data.specs import find_hash
from ddcore.errors import BadInput
from ddcore.files import reason_of
from ddcore.runs.folder import RunFolder
from ddcore.runs.sets import settings_of
from ddcore.studies.cost import known_cost
from ddcore.studies.grid import SEED, Grid
from ddcore.studies.running import begin
from ddcore.studies.study import create_study
from pages.parts.run_description import RunDescription
from pages.parts.watch.comparing import comparable, letters_to_compare
from pages.parts.words import plain

SEEDS = 5
_LAST_SEED = 2**31 - 1
_AXES = ("ipc", "init", "importance")  # to which more values can be added later
_OF_THE_PLACE = ("device",)  # where a run ran, not what it is


def repeat_button(runs: list[RunFolder]) -> None:
    """Draw the button for a finished run, or for a pair of them; disabled, it says why."""
    if any(run.state() != "finished" for run in runs):
        return
    configs = [run.config() for run in runs]
    reason = hindrance(configs)
    grid = None if reason else grid_of(configs)
    help = reason if grid is None else about(grid)
    if st.button(
        f"Repeat over {SEEDS} seeds", key="repeat", icon=":material/repeat:", disabled=grid is None, help=help
    ):
        _start(grid, configs)


def hindrance(configs: list[dict[str, Any]]) -> str:
    """Why these runs cannot be repeated, in one sentence; "" if they can."""
    settings = [settings_of(config) for config in configs]
    if any(one["evaluation"] == "none" for one in settings):
        return "Nothing was tested (evaluation: none), so there are no accuracies to repeat."
    if len(configs) == 2:
        if reason := comparable(*configs):
            return f"The two cannot be compared: {reason}."
        if not any(_apart(settings)):
            return "The two runs differ in nothing but their seed; repeat one of them."
    for config, one in zip(configs, settings, strict=True):
        if not _is_here(config, one):
            data = RunDescription(config).dataset
            return f"The data of {data} are not on this computer; choose {data} on Distill to get them."
    return ""


def grid_of(configs: list[dict[str, Any]]) -> Grid:
    """The study of these settings: one run's, or two arms, what they are compared with first."""
    settings = [settings_of(config) for config in configs]
    first = min(_LAST_SEED - SEEDS + 1, *(one["seed"] for one in settings))
    seeds = tuple(range(first, first + SEEDS))
    shared = {
        name: value
        for name, value in settings[0].items()
        if name not in (SEED, *_OF_THE_PLACE) and all(name in one and one[name] == value for one in settings)
    }
    if len(configs) == 1:
        axes = {name: (shared.pop(name),) for name in _AXES if name in shared}
        return Grid(axes | {SEED: seeds}, _given(shared))
    order = ["AB".index(letter) for letter in reversed(letters_to_compare(*configs))]  # what others are compared with
    apart, called = _apart(settings), _called(configs)
    return Grid({SEED: seeds}, _given(shared), {called[place]: _given(apart[place]) for place in order})


def about(grid: Grid) -> str:
    """What the button does, and what it costs, as Markdown; ten seconds old at most."""
    seeds = grid.axes[SEED]
    what = f"Makes a study of {'both' if grid.arms else 'these'} settings with seeds {seeds[0]} to {seeds[-1]}."
    return f"{what} {plain(_cost(json.dumps(grid.to_json(), sort_keys=True)))}"


@st.cache_data(ttl=10.0, max_entries=20, show_spinner=False)
def _cost(grid: str) -> str:
    return " ".join(known_cost(Grid.from_json(json.loads(grid))).sentences())


def _given(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}


def _apart(settings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each of two settings what the other does not have alike, but for seed and device."""
    one, other = settings
    return [
        {
            name: value
            for name, value in mine.items()
            if name not in (SEED, *_OF_THE_PLACE) and not (name in its and its[name] == value)
        }
        for mine, its in ((one, other), (other, one))
    ]


def _called(configs: list[dict[str, Any]]) -> list[str]:
    """A different name for each arm."""
    descriptions = [RunDescription(config) for config in configs]
    for words in (lambda one: one.title, lambda one: f"{one.method}, {one.title}", lambda one: one.details):
        names = [words(one) for one in descriptions]
        if len(set(names)) == len(names):
            return names
    return [f"{name} ({letter})" for name, letter in zip(names, "AB", strict=True)]


def _is_here(config: dict[str, Any], settings: dict[str, Any]) -> bool:
    try:
        return find_hash(settings["dataset"]) is not None
    except BadInput:
        return False


def _start(grid: Grid, configs: list[dict[str, Any]]) -> None:
    """Make the study, begin it, and open the page; say what keeps it from beginning."""
    names = " against ".join(grid.arms) or RunDescription(configs[0]).brief
    try:
        study = create_study(f"{SEEDS} seeds of {names}", grid)
        begin(study)
    except BadInput as error:
        st.error(plain(str(error)))
    except OSError as error:
        st.error(f"The study cannot start. {reason_of(error)}")
    else:
        st.switch_page("study.py", query_params={"study": study.id})
