"""The computed scores of a dataset, and jobs that compute the others.

The jobs wait in one queue, so they go on whatever page is open.
"""

import streamlit as st

from ddcore.commands.schema_cache import Schema
from ddcore.data.dataset import Dataset
from ddcore.importance import SCORES
from ddcore.runs import states
from ddcore.runs.folder import RunFolder, job_folder
from ddcore.runs.launch import stop
from ddcore.runs.queue import QUICK_SCORES
from pages.parts.explore.score_choice import importance_job, line_of, loaded, path_of, scores_of, settings_of
from pages.parts.explore.scored import Scored, are_kept
from pages.parts.job_view import ask, begin
from pages.parts.score_words import in_order

_ASKED = "explore_scores_asked"  # names requested in this session, for any dataset: failures of these are shown


def ranking_scores(schema: Schema | None) -> list[str]:
    """Every score that ranks images: all but the uniform one."""
    return [name for name in in_order(list(schema["scores"])) if SCORES.about(name).law] if schema else []


def scores_there(dataset: Dataset, schema: Schema | None) -> dict[str, Scored]:
    """The scores computed so far, with the parameters set on this page or else their defaults."""
    each = {name: loaded(dataset, name, settings_of(schema, name), schema) for name in ranking_scores(schema)}
    return {name: scored for name, scored in each.items() if scored is not None}


def missing_scores(dataset: Dataset, schema: Schema | None) -> list[str]:
    names, count = ranking_scores(schema), len(dataset.train)
    return [name for name in names if not are_kept(path_of(dataset, name, settings_of(schema, name), schema), count)]


def offer_missing(dataset: Dataset, schema: Schema | None, key: str) -> None:
    """A button that computes the missing scores, or a note that they are being computed."""
    missing = missing_scores(dataset, schema)
    if open := [name for name in missing if not _is_live(_job(dataset, schema, name))]:
        label = "Compute the missing score" if len(open) == 1 else f"Compute the {len(open)} missing scores"
        st.button(
            label, key=f"explore_missing_{key}", on_click=_begin, args=(dataset, schema, open),
            help=", ".join(SCORES.about(name).title for name in open),
        )  # fmt: skip
    elif missing:
        st.caption(f"Still computing: {_titles(missing)} (progress is under the map).")


def show_computing(dataset: Dataset, schema: Schema | None, elsewhere: tuple[str, ...]) -> None:
    """Show the running job among the missing scores, which scores wait for it, and failures of this session.

    `elsewhere`: scores whose jobs are already on the page.
    """
    jobs = {name: _job(dataset, schema, name) for name in missing_scores(dataset, schema) if name not in elsewhere}
    for name, run in jobs.items():
        if name in st.session_state.get(_ASKED, ()) and _state(run) in ("failed", "lost"):
            scores_of(dataset, name, settings_of(schema, name), schema, start=False)
    live = sorted(
        (name for name, run in jobs.items() if _is_live(run)), key=lambda name: _state(jobs[name]) == "queued"
    )
    if not live:
        return
    first, *others = live
    if others:
        st.caption(f"Next, even if you leave this page: {_titles(others)}.")
    if scores_of(dataset, first, settings_of(schema, first), schema, start=False) is not None:
        st.rerun()  # it has just become ready, so everything above may show it
    st.button(
        "Cancel remaining scores", key="explore_leave", type="tertiary", on_click=_stop_all,
        args=([jobs[name] for name in live],),
    )  # fmt: skip


def _job(dataset: Dataset, schema: Schema, name: str) -> RunFolder:
    return job_folder("importance", importance_job(dataset, name, settings_of(schema, name)))


def _state(run: RunFolder) -> str | None:
    return run.state() if (run.path / "config.json").exists() else None


def _is_live(run: RunFolder) -> bool:
    return _state(run) in states.LIVE


def _begin(dataset: Dataset, schema: Schema, names: list[str]) -> None:
    st.session_state.setdefault(_ASKED, set()).update(names)
    for name in names:
        job = importance_job(dataset, name, settings_of(schema, name))
        begin("importance", job, line_of(schema, name) or QUICK_SCORES)


def _stop_all(runs: list[RunFolder]) -> None:
    for run in reversed(runs):  # the running one last, so that no other starts
        ask(stop, run)


def _titles(names: list[str]) -> str:
    return ", ".join(SCORES.about(name).title for name in names)
