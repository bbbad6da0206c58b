"""All scores of a dataset that are there already, and computing the others, one after another."""

import streamlit as st

from ddcore.data.dataset import Dataset
from ddcore.runs import states
from ddcore.runs.folder import job_folder
from ddcore.schema_cache import Schema
from pages.parts.exploring import Scored, are_kept
from pages.parts.score_choice import importance_job, loaded, path_of, scores_of, settings_of
from pages.parts.score_words import in_order, words_of

_WANTED = "explore_wanted_scores"  # content hash -> names of scores to compute


def ranking_scores(schema: Schema | None) -> list[str]:
    """Every score that tells images apart: all but the uniform one."""
    return [name for name in in_order(list(schema["scores"])) if name != "uniform"] if schema else []


def scores_there(dataset: Dataset, schema: Schema | None) -> dict[str, Scored]:
    """The scores computed by now, each with the parameters it has on this page (its defaults, if none were set)."""
    found = {name: loaded(dataset, name, settings_of(schema, name)) for name in ranking_scores(schema)}
    return {name: scored for name, scored in found.items() if scored is not None}


def missing_scores(dataset: Dataset, schema: Schema | None) -> list[str]:
    names, count = ranking_scores(schema), len(dataset.train)
    return [name for name in names if not are_kept(path_of(dataset, name, settings_of(schema, name)), count)]


def offer_missing(dataset: Dataset, schema: Schema | None, key: str) -> None:
    """A button that computes what is missing; a note where all that is missing has been asked for."""
    wanted = _wanted(dataset)
    missing = missing_scores(dataset, schema)
    if open := [name for name in missing if name not in wanted]:
        label = "Compute the missing score" if len(open) == 1 else f"Compute the {len(open)} missing scores"
        st.button(
            label, key=f"explore_missing_{key}", on_click=_want, args=(dataset.hash, open),
            help=", ".join(words_of(name).title for name in open),
        )  # fmt: skip
    elif missing:
        st.caption(f"Asked for, and shown under the picture above until they are there: {_titles(missing)}.")


def show_computing(dataset: Dataset, schema: Schema | None, elsewhere: tuple[str, ...]) -> None:
    """The job of the first score wanted that is not there, and what comes after it.

    `elsewhere`: scores whose jobs are on the page already. A score that fails is shown, and the next one begins.
    """
    wanted = [name for name in missing_scores(dataset, schema) if name in _wanted(dataset) and name not in elsewhere]
    for place, name in enumerate(wanted):
        settings = settings_of(schema, name)
        run = job_folder("importance", importance_job(dataset, name, settings))
        ended = (run.path / "config.json").exists() and run.state() in states.ENDED
        if later := wanted[place + 1 :]:
            title = words_of(name).title
            st.caption(
                f"{title[:1].upper()}{title[1:]} is computed first, then: {_titles(later)}. "
                "Each begins when the one before has ended and this dataset is open here."
            )
        if scores_of(dataset, name, settings, schema) is not None:
            st.rerun()  # it has just become ready: everything above may show it
        if not ended or run.state() == "stopped":
            st.button("Compute no more of them", key="explore_leave", on_click=_wanted(dataset).clear, type="tertiary")
            return


def _want(dataset_hash: str, names: list[str]) -> None:
    st.session_state.setdefault(_WANTED, {})[dataset_hash] = list(names)


def _wanted(dataset: Dataset) -> list[str]:
    return st.session_state.setdefault(_WANTED, {}).setdefault(dataset.hash, [])


def _titles(names: list[str]) -> str:
    return ", ".join(words_of(name).title for name in names)
