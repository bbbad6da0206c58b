"""The half of the form that says by what method, from what start, and by which real images a run distills.

Every choice brings the parameters of the method it names, drawn from the schema. Methods that share a parameter share
its value, so it is asked for once.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ddcore.commands.schema_cache import Schema
from ddcore.parameters import matters
from ddcore.sampling.following import WITHOUT_LAW
from pages.parts.parameter_form import Field, field_input
from pages.parts.score_words import measure_of
from pages.parts.words import choice_name, name_of, predictor_of, within_sentence

REGIMES = {
    "emphasis": "Important images come more often, and what is aimed at moves towards them.",
    "corrected": "They come more often but weigh less, 1/(n p): what is aimed at stays the same.",
}
ABOUT = {
    "uniform": "Every real image is equally likely.",
    "student-loss": "Images on which a student of the current synthetic set fails, scored anew every few steps. With "
    "kernel methods (KIP, RFAD, FRePo) it is the set's own predictor that fails on them: no student is trained.",
    "representative": "The images nearest to k-means centres in the current network's features, chosen anew every few "
    "steps: the strongest rival of importance.",
}


def common_key(name: str) -> str:
    """Where the form keeps a setting of every run."""
    return f"distill_{name}"


def own_key(name: str, distiller: str) -> str:
    """Where it keeps a parameter of a distiller."""
    return f"distill_{distiller}_{name}"


def method_form(schema: Schema, common: dict[str, Field], distiller: str) -> dict[str, Any]:
    """Distiller and start, each with its parameters."""
    left, right = st.columns(2)
    init = common["init"] | {"default": schema["own_initialiser"].get(distiller)}
    with left:
        chosen = common_input(common["distiller"], "Distiller", format_func=name_of)
    with right:
        start = common_input(init, "The synthetic images start from", format_func=name_of)
        score = None
        if first := schema["own_init_score"].get(start):
            by = common["init_score"] | {"default": first}
            score = common_input(by, "Chosen by", format_func=name_of, key=f"distill_{start}_score")
    values = _parameters(schema["distillers"][distiller], distiller, lambda name: own_key(name, distiller))
    if score:
        values |= _parameters(schema["scores"][score], score)
    values |= _usual_parameters(schema, distiller, start, schema["initialisers"].get(start, []), given=values)
    return {"distiller": chosen, "init": start, "init_score": score, **values}


def importance_form(schema: Schema, common: dict[str, Field], given: dict[str, Any]) -> dict[str, Any]:
    """By what real batches are drawn, in which regime; parameters that are in `given` are not asked for again."""
    left, right = st.columns(2)
    with left:
        score = common_input(common["importance"], "Real batches are drawn by", format_func=name_of)
        st.caption(ABOUT.get(score) or f"By {measure_of(score)}.")
    idle = score in WITHOUT_LAW
    with right:
        key = common_key("mode")
        st.session_state.setdefault(key, common["mode"]["default"])
        modes = common["mode"]["choices"]
        mode = st.radio(
            "Regime", modes, key=key, format_func=name_of, captions=[REGIMES.get(name, "") for name in modes],
            disabled=idle, persist_state="session",
        )  # fmt: skip
    if idle:
        st.caption(
            f"With {'uniform' if score == 'uniform' else 'representative'} batches the regime, the share, the "
            "temperature and the direction have no effect."
        )
    fields = schema["followers"].get(score) or schema["scores"].get(score, [])
    if predictor_of(given):  # of such methods no student is trained
        fields = [field for field in fields if field["name"] != "student_steps"]
    own = _usual_parameters(schema, given["distiller"], score, fields, given=given)
    with st.expander("How importance becomes batches"):
        columns = st.columns(3)
        values = {}
        names = {"uniform": "Uniform share", "temperature": "Temperature", "direction": "Direction"}
        for column, (name, label) in zip(columns, names.items(), strict=True):
            with column:
                values[name] = common_input(common[name], label, format_func=name_of, disabled=idle)
    return {"importance": score, "mode": mode, **values, **own}


def common_input(field: Field, label: str, key: str | None = None, **about: Any) -> Any:
    """Numbers out of range come through: the page says what is wrong with them, where a bounded input would quietly
    keep its last value."""
    return field_input(field, key or common_key(field["name"]), label=label, bounded=False, **about)


def _shared_key(name: str) -> str:
    return f"distill_own_{name}"


def _usual_parameters(
    schema: Schema, distiller: str, method: str, fields: list[Field], given: dict[str, Any]
) -> dict[str, Any]:
    """Those of a start or a rule; where the distiller has its own usual values, these are the defaults."""
    usual = schema["own_parameters"].get(distiller, {}).get(method, {})
    fields = [field | {"default": usual.get(field["name"], field["default"])} for field in fields]
    return _parameters(
        fields, method, lambda name: own_key(name, distiller) if name in usual else _shared_key(name), given
    )


def _parameters(
    fields: list[Field],
    method: str,
    key: Callable[[str], str] = _shared_key,
    given: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The method's own parameters in an expander; those in `given` keep that value and are named as shared.

    A parameter that has no effect beside the others is not asked for, and not among the values.
    """
    fields = [field for field in fields if field["name"] != "device"]
    if not fields:
        return {}
    given, values = given or {}, {}
    with st.expander(f"Settings of {within_sentence(method)}"):
        places = cycle_of_columns(3)
        for field in fields:
            if field["name"] not in given and matters(field, given | values):
                with next(places):
                    values[field["name"]] = field_input(
                        field, key(field["name"]), bounded=False, format_func=partial(choice_name, field["name"])
                    )
        shared = [field["name"] for field in fields if field["name"] in given]
        if shared:
            st.caption(f"Set above, for both: {', '.join(name.replace('_', ' ') for name in shared)}.")
    return values


def cycle_of_columns(count: int) -> Iterator[DeltaGenerator]:
    """Columns from left to right, row after row."""
    while True:
        yield from st.columns(count)
