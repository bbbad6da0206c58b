"""The part of the form for the method, the start, and how real images are drawn.

Each choice shows the parameters of the chosen method, from the schema. Methods that share a parameter share its value,
so the form asks for it once.
"""

from collections.abc import Callable, Iterator
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ddcore.commands.schema_cache import Schema
from ddcore.data.dataset import Dataset
from ddcore.distillers import DISTILLERS
from ddcore.importance import SCORES
from ddcore.initialisers import INITIALISERS
from ddcore.parameters import matters
from ddcore.sampling.following import FOLLOWERS
from pages.parts.address import follow, held
from pages.parts.distill.choosing import choosing_help
from pages.parts.distill.law_picture import show_law, take_over
from pages.parts.method_description import under_law
from pages.parts.parameter_form import Field, as_typed, field_input
from pages.parts.spelling import of_field

USUAL = "distill_usual"
"""Session key of the settings that a form has without an address: those of the preset in use."""

_LAW = ("uniform", "temperature", "direction")


def common_key(name: str) -> str:
    """The session key of a setting that every run has."""
    return f"distill_{name}"


def own_key(name: str, distiller: str) -> str:
    """The session key of a distiller's own parameter."""
    return f"distill_{distiller}_{name}"


def method_form(schema: Schema, common: dict[str, Field], distiller: str) -> dict[str, Any]:
    """Distiller and start, each with its parameters, and how to choose a distiller."""
    left, right = st.columns(2)
    init = common["init"] | {"default": schema["own_initialiser"].get(distiller)}
    with left:
        chosen = common_input(common["distiller"])
        choosing_help()
    with right:
        start = common_input(init)
        score = None
        if first := schema["own_init_score"].get(start):
            by = common["init_score"] | {"default": first}
            score = common_input(by, key=f"distill_{start}_score")
    title = DISTILLERS.about(distiller).title
    values = _parameters(schema["distillers"][distiller], title, lambda name: own_key(name, distiller))
    if score:
        values |= _parameters(schema["scores"][score], SCORES.about(score).title)
    fields, title = schema["initialisers"].get(start, []), INITIALISERS.about(start).title
    values |= _usual_parameters(schema, distiller, start, title, fields, given=values)
    return {"distiller": chosen, "init": start, "init_score": score, **values}


def importance_form(
    schema: Schema, common: dict[str, Field], given: dict[str, Any], dataset: Dataset
) -> dict[str, Any]:
    """How real batches are drawn, and in which regime; parameters in `given` are not asked for again."""
    take_over({name: common_key(name) for name in _LAW})
    left, right = st.columns(2)
    importance = common["importance"]
    if DISTILLERS.about(given["distiller"]).experts:  # made before the first step: nothing follows the set there
        scores = [name for name in importance["choices"] if name not in schema["followers"]]
        importance = importance | {"choices": scores, "title": "Importance for the experts"}
    with left:
        score = common_input(importance)
        meaning = common["importance"]["meanings"][score]
        st.caption(f"{meaning[:1].upper()}{meaning[1:]}.")
        if advice := DISTILLERS.about(given["distiller"]).advice:
            suggestion, _, why = advice.words.partition(". ")
            st.caption(f"{suggestion}.", help=f"{why} Measured in benchmarks/README.md, “{advice.section}”.")
    idle = not under_law(score)
    with right:
        key = common_key("mode")
        bind(common["mode"], key)
        st.session_state.setdefault(key, common["mode"]["default"])
        modes = common["mode"]["choices"]
        mode = st.radio(
            common["mode"]["title"], modes, key=key, format_func=common["mode"]["titles"].get,
            captions=[common["mode"]["meanings"][name] for name in modes], disabled=idle, persist_state="session",
        )  # fmt: skip
    if idle:
        st.caption("Regime, share, temperature and direction have no effect on these batches.")
    elif mode == "stratified":
        st.caption("Share, temperature and direction have no effect on stratified batches.")
    fields = schema["followers"].get(score) or schema["scores"].get(score, [])
    if DISTILLERS.about(given["distiller"]).predictor:  # no student is trained
        fields = [field for field in fields if field["name"] not in FOLLOWERS.about(score).student]
    title = (FOLLOWERS if score in schema["followers"] else SCORES).about(score).title
    own = _usual_parameters(schema, given["distiller"], score, title, fields, given=given)
    with st.expander("How importance becomes batches"):
        columns = st.columns(3)
        values = {}
        for column, name in zip(columns, _LAW, strict=True):
            with column:
                values[name] = common_input(common[name], disabled=idle or not matters(common[name], {"mode": mode}))
        values |= {"importance": score, "mode": mode, **own}
        show_law(dataset, schema, given | values, st.session_state.get(common_key("seed")) or 0)
    return values


def common_input(field: Field, key: str | None = None, **about: Any) -> Any:
    """An input that lets numbers out of range through: the page says what is wrong, while a bounded input would
    silently keep its last value."""
    key = key or common_key(field["name"])
    bind(field, key)
    return field_input(field, key, bounded=False, **about)


def bind(field: Field, key: str) -> None:
    """Bind a setting to its name in the address, which leaves out what the preset in use sets alike."""
    usual = st.session_state.get(USUAL, {}).get(field["name"], field["default"])
    follow(held(field["name"], key, of_field(field), as_typed(field, usual)))


def _shared_key(name: str) -> str:
    return f"distill_own_{name}"


def _usual_parameters(
    schema: Schema, distiller: str, method: str, title: str, fields: list[Field], given: dict[str, Any]
) -> dict[str, Any]:
    """The parameters of a start or a rule; the distiller's own usual values, if any, are the defaults."""
    usual = schema["own_parameters"].get(distiller, {}).get(method, {})
    fields = [field | {"default": usual.get(field["name"], field["default"])} for field in fields]
    return _parameters(
        fields, title, lambda name: own_key(name, distiller) if name in usual else _shared_key(name), given
    )


def _parameters(
    fields: list[Field],
    title: str,
    key: Callable[[str], str] = _shared_key,
    given: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A method's own parameters in an expander; those in `given` keep their value and are listed as shared.

    A parameter that has no effect given the others is not asked for, and is missing from the values.
    """
    fields = [field for field in fields if field["name"] != "device"]
    if not fields:
        return {}
    given, values = given or {}, {}
    with st.expander(f"Settings of {title}"):
        places = cycle_of_columns(3)
        for field in fields:
            if field["name"] not in given and matters(field, given | values):
                with next(places):
                    bind(field, key(field["name"]))
                    values[field["name"]] = field_input(field, key(field["name"]), bounded=False)
        shared = [field["name"] for field in fields if field["name"] in given]
        if shared:
            st.caption(f"Set above, shared by both: {', '.join(name.replace('_', ' ') for name in shared)}.")
    return values


def cycle_of_columns(count: int) -> Iterator[DeltaGenerator]:
    """Columns from left to right, row by row."""
    while True:
        yield from st.columns(count)
