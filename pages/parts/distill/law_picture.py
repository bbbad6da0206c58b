"""The sampling law of the form as a picture: sliders over the scores that the run would draw by, if they are kept."""

from typing import Any

import streamlit as st

from ddcore.commands.schema_cache import Schema
from ddcore.data.dataset import Dataset
from ddcore.distillers import DISTILLERS
from ddcore.importance.scoring import cached_importance_path, kept_importance
from ddcore.parameters import named
from pages.parts.browser.law import LawSettings, law_sliders
from pages.parts.method_description import under_law

_TAKEN = "distill_law_taken"
_TURNS = "hard-then-easy"


def take_over(keys: dict[str, str]) -> None:
    """Put settings that the sliders handed over into the form; `keys` are the session keys of its inputs."""
    taken = st.session_state.pop(_TAKEN, None)
    if taken is None:
        return
    turns = taken.direction == "hard" and st.session_state.get(keys["direction"]) == _TURNS
    values = vars(taken) | {"direction": _TURNS if turns else taken.direction}
    st.session_state.update({key: values[name] for name, key in keys.items()})


def show_law(dataset: Dataset, schema: Schema, settings: dict[str, Any], seed: int) -> None:
    """Draw the sliders, from the form's `settings` on; nothing where no law acts, or no such scores are kept."""
    scores = _scores(dataset, schema, settings, seed)
    if scores is None:
        return
    path, values = scores
    about = DISTILLERS.about(settings["distiller"])
    law = LawSettings(
        "balanced" if about.predictor else "class", float(settings["uniform"]), float(settings["temperature"]),
        settings["direction"].partition("-")[0],
    )  # fmt: skip
    if LawSettings.of(vars(law)) is None:  # out of bounds, which the page says
        return
    turning = " The first half of the steps is shown." if settings["direction"] == _TURNS else ""
    st.caption(f"What these settings make of the scores kept for {dataset.name}.{turning}")
    event = law_sliders(
        values, dataset.train.labels, dataset.classes, key="distill_law", source=path,
        thumbs=f"/thumb/{dataset.hash}/", shape=dataset.train.images.shape[1:3], settings=law,
        take="Use these settings",
    )  # fmt: skip
    if event.taken:
        st.session_state[_TAKEN] = event.taken
        st.rerun()


def _scores(dataset: Dataset, schema: Schema, settings: dict[str, Any], seed: int) -> tuple[str, Any] | None:
    """(file, scores) that real batches are drawn by; None if no law acts on them, or none are kept."""
    name, about = settings["importance"], DISTILLERS.about(settings["distiller"])
    idle = about.closed_form or settings.get("expert_importance", "batches") != "batches"
    if name not in schema["scores"] or not under_law(name) or settings["mode"] == "stratified" or idle:
        return None
    fields = schema["scores"][name]
    given = {field["name"]: settings.get(field["name"], field["default"]) for field in fields}
    path = cached_importance_path(dataset.hash, name, named(fields, given), seed)
    kept = kept_importance(path, len(dataset.train)) if path.exists() else None
    return None if kept is None else (str(path), kept.scores)
