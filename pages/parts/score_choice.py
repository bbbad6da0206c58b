"""Which importance score Explore shows, with which parameters; computed as a job where it is not there yet."""

from typing import Any, NamedTuple

import streamlit as st

from ddcore.data.dataset import Dataset
from ddcore.runs.queue import queue_of
from ddcore.schema_cache import Schema
from ddcore.scoring import cached_importance_path
from pages.parts.exploring import Scored, loaded_scores, uniform_scores
from pages.parts.job_view import result_of_job
from pages.parts.parameter_form import Field, field_input

FIRST = "kmeans"


class Words(NamedTuple):
    """A score as this page speaks of it; `terms`: name -> (what it is called here, what it means).

    `reading`: what a high score does and does not say, where that is easily mistaken.
    """

    title: str
    about: str
    terms: dict[str, tuple[str, str]] = {}
    reading: str = ""


WORDS = {
    "kmeans": Words(
        "k-means sensitivity",
        "how large a part of the k-means cost an image can be responsible for, whatever the centres",
        {
            "distance": ("far from centre", "it is unlike the centre of its cluster"),
            "spread": ("loose cluster", "the images of its cluster are unlike one another"),
            "small": ("small cluster", "few images are like it, so few others can stand for it"),
        },
        "High scores mark what a random sample would miss (outliers, small clusters), not the best examples.",
    ),
    "loss": Words("relative loss", "how hard an image is for a small network while it learns: its mean cross-entropy"),
    "uniform": Words("uniform", "every image counts the same, the rival that importance has to beat"),
}


def words_of(name: str) -> Words:
    return WORDS.get(name, Words(name, f"the score “{name}”"))


def choose_score(schema: Schema | None) -> tuple[str, dict[str, Any]]:
    """The score's name and its settings (parameters and seed), from a selectbox and a form that opens beside it.

    While the schema is being read there is the uniform score, which has no parameters.
    """
    if schema is None:
        st.selectbox("Importance", ["…"], disabled=True, key="explore_score_unknown")
        return "uniform", {"seed": 0}
    names = sorted(schema["scores"], key=lambda name: (name != FIRST, name == "uniform"))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        name = st.selectbox(
            "Importance", names, key="explore_score", format_func=lambda name: words_of(name).title,
            help="  \n".join(f"**{words_of(n).title}**: {words_of(n).about}." for n in names), persist_state="session",
        )  # fmt: skip
        fields = [field for field in schema["scores"][name] if field["name"] != "device"]
        kept = st.session_state.setdefault("explore_score_settings", {})
        settings = {field["name"]: field["default"] for field in fields} | {"seed": 0} | kept.get(name, {})
        if fields:
            with st.popover("⚙", help="Parameters of the score", key="explore_score_popover"):
                kept[name] = settings = _form(name, fields, settings)
    return name, settings


def _form(name: str, fields: list[Field], settings: dict[str, Any]) -> dict[str, Any]:
    """The form's values once it is sent; until then `settings`."""
    with st.form(f"score_{name}", border=False):
        st.markdown(f"**{words_of(name).title.capitalize()}**: {words_of(name).about}.")
        values = {field["name"]: field_input(field, f"score_{name}_{field['name']}") for field in fields}
        values["seed"] = st.number_input("Seed", 0, 2**31 - 1, key=f"score_{name}_seed", persist_state="session")
        return values if st.form_submit_button("Compute", type="primary") else settings


def scores_of(dataset: Dataset, name: str, settings: dict[str, Any], schema: Schema | None) -> Scored | None:
    """The scores of the training images once they are there; until then their job is on the page."""
    title = words_of(name).title
    if name == "uniform":
        return uniform_scores(len(dataset.train), title)
    parameters = {field: value for field, value in settings.items() if field != "seed"}
    path = cached_importance_path(dataset.hash, name, parameters, settings["seed"])
    job = {"dataset": dataset.hash, "score": name} | settings
    device = queue_of("auto", schema["devices"])
    needs_line = device != "cpu" and any(field["name"] == "device" for field in schema["scores"][name])
    label = f"Scoring {dataset.name} by {title}"
    ready = result_of_job("importance", job, path.exists, label=label, queue=device if needs_line else None)
    return loaded_scores(str(path), title) if ready else None
