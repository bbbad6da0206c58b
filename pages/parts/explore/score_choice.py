"""The importance score that Explore shows, with its parameters; a job computes it if it does not exist yet."""

from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from ddcore.commands.schema_cache import Schema
from ddcore.data.dataset import Dataset
from ddcore.importance import SCORES, UNIFORM
from ddcore.importance.scoring import cached_importance_path
from ddcore.parameters import named
from ddcore.runs.queue import queue_of
from pages.parts.address import follow, held
from pages.parts.explore.scored import Scored, are_kept, loaded_scores, uniform_scores
from pages.parts.job_view import result_of_job
from pages.parts.parameter_form import Field, as_typed, field_input
from pages.parts.score_words import all_explained, in_order, measure_of
from pages.parts.spelling import one_of, record

Settings = dict[str, Any]
_KEPT = "explore_score_settings"  # with a score's name, the key of the settings this session asked for
_SEED = {"name": "seed", "type": "int", "min": 0, "max": 2**31 - 1, "choices": [], "optional": False}


def choose_score(schema: Schema | None) -> tuple[str, Settings]:
    """The score's name and its settings (parameters and seed), from a selectbox and a form in a popover beside it.

    While the schema is being read it is the uniform score, which has no parameters.
    """
    if schema is None:
        st.selectbox("Importance", ["…"], disabled=True, key="explore_score_unknown")
        return UNIFORM, {"seed": 0}
    names = in_order(list(schema["scores"]))
    follow(held("score", "explore_score", one_of(names), names[0]))
    follow_settings("settings", schema, st.session_state.get("explore_score", names[0]))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        name = st.selectbox(
            "Importance", names, key="explore_score", format_func=lambda name: SCORES.about(name).title,
            help=all_explained(names), persist_state="session",
        )  # fmt: skip
        settings = settings_of(schema, name)
        if fields := _own_fields(schema, name):
            with st.popover("⚙", help="Parameters of the score", key="explore_score_popover"):
                settings = _form(name, fields, settings)
                st.session_state[f"{_KEPT}_{name}"] = settings
    return name, settings


def settings_of(schema: Schema, name: str) -> Settings:
    """Parameters and seed of a score as set in this session, otherwise its defaults and seed 0."""
    return _defaults(schema, name) | st.session_state.get(f"{_KEPT}_{name}", {})


def _defaults(schema: Schema, name: str) -> Settings:
    return {field["name"]: as_typed(field, field["default"]) for field in _own_fields(schema, name)} | {"seed": 0}


def follow_settings(called: str, schema: Schema, name: str) -> None:
    """Bind the parameters of a score, all under one name of the address, `called`; the score's form shows them, too."""
    if name not in schema["scores"]:
        return
    defaults, fields = _defaults(schema, name), [*_own_fields(schema, name), _SEED]
    if follow(held(called, f"{_KEPT}_{name}", record(fields, defaults), defaults)):
        for key, value in settings_of(schema, name).items():
            st.session_state[f"score_{name}_{key}"] = value


def _own_fields(schema: Schema, name: str) -> list[Field]:
    return [field for field in schema["scores"][name] if field["name"] != "device"]


def _form(name: str, fields: list[Field], settings: Settings) -> Settings:
    """The form's values when it is submitted, otherwise `settings`."""
    with st.form(f"score_{name}", border=False):
        st.markdown(f"**{SCORES.about(name).heading}**: {measure_of(name)}.")
        values = {
            field["name"]: field_input(
                field,
                f"score_{name}_{field['name']}",
                help=_help(field, fields),
            )
            for field in fields
        }
        values["seed"] = st.number_input("Seed", 0, 2**31 - 1, key=f"score_{name}_seed", persist_state="session")
        return values if st.form_submit_button("Compute", type="primary") else settings


def _help(field: Field, fields: list[Field]) -> str:
    """The parameter's help, with the choices it needs to have an effect: a form cannot hide it meanwhile."""
    titles = {row["name"]: row["titles"] for row in fields}
    values = [titles[name].get(value, value) for name, allowed in field["when"].items() for value in allowed]
    return field["help"] + (f" Only with: {', '.join(values)}." if values else "")


def path_of(dataset: Dataset, name: str, settings: Settings, schema: Schema, seed: int | None = None) -> Path:
    """The file of the scores once they are computed; `seed` replaces that of the settings."""
    parameters = named(schema["scores"][name], settings)
    return cached_importance_path(dataset.hash, name, parameters, settings["seed"] if seed is None else seed)


def line_of(schema: Schema, name: str) -> str | None:
    """The queue of a job that computes this score: the GPU's, for scores that use one; otherwise None."""
    device = queue_of("auto", schema["devices"])
    return device if device != "cpu" and needs_device(schema, name) else None


def needs_device(schema: Schema, name: str) -> bool:
    return any(field["name"] == "device" for field in schema["scores"][name])


def importance_job(dataset: Dataset, name: str, settings: Settings) -> Settings:
    """Settings of the job that computes a score."""
    return {"dataset": dataset.hash, "score": name} | settings


def loaded(dataset: Dataset, name: str, settings: Settings, schema: Schema) -> Scored | None:
    """The scores if they are computed already."""
    title = SCORES.about(name).title
    if name == UNIFORM:
        return uniform_scores(len(dataset.train), title)
    path = path_of(dataset, name, settings, schema)
    return loaded_scores(str(path), title) if are_kept(path, len(dataset.train)) else None


def scores_of(
    dataset: Dataset, name: str, settings: Settings, schema: Schema | None, *, start: bool = True
) -> Scored | None:
    """The scores of the training images once they are computed; until then None, with their job on the page.

    Without `start`, a job that nobody has requested yet is not started.
    """
    title = SCORES.about(name).title
    if name == UNIFORM:
        return uniform_scores(len(dataset.train), title)
    path = path_of(dataset, name, settings, schema)
    job = importance_job(dataset, name, settings)
    label = f"Scoring {dataset.name} by {title}"
    there = partial(are_kept, path, len(dataset.train))
    ready = result_of_job("importance", job, there, label=label, start=start, queue=line_of(schema, name))
    return loaded_scores(str(path), title) if ready else None
