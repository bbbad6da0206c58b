"""An input per parameter, made from its field in the schema: title, type, bounds, choices and help."""

from collections.abc import Callable
from typing import Any

import streamlit as st

Field = dict[str, Any]
_CAST = {"int": int, "float": float, "bool": bool, "str": str}


def as_typed(field: Field, value: Any) -> Any:
    """`value` as the field's input wants it: JSON writes 1.0 as 1."""
    return None if value is None else _CAST[field["type"]](value)


def field_input(
    field: Field,
    key: str,
    *,
    help: str | None = None,
    placeholder: str = "automatic",
    format_func: Callable[[Any], str] | None = None,
    disabled: bool = False,
    bounded: bool = True,
) -> Any:
    """Draw the input for one field; its value is kept under `key` for the session and starts at the field's default.

    An optional parameter (default None) starts empty, which means None; `placeholder` says what that stands for.
    `bounded`: the browser refuses numbers out of range and keeps the last valid one.
    """
    if key not in st.session_state:
        st.session_state[key] = as_typed(field, field["default"])
    about = {"key": key, "help": help or field["help"], "disabled": disabled, "persist_state": "session"}
    if field["choices"]:
        return _choice(field, format_func or (lambda value: field["titles"].get(value, value)), about)
    if field["type"] == "bool":
        return st.toggle(field["title"], **about)
    if field["examples"]:
        return _example(field, placeholder, about)
    if field["type"] == "str":
        return st.text_input(field["title"], placeholder=placeholder if field["optional"] else None, **about)
    return _number(field, placeholder, bounded, about)


def _choice(field: Field, format_func: Callable[[Any], str], about: dict[str, Any]) -> Any:
    if st.session_state[about["key"]] not in field["choices"]:
        st.session_state[about["key"]] = field["choices"][0]
    return st.selectbox(field["title"], field["choices"], format_func=format_func, **about)


def _example(field: Field, placeholder: str, about: dict[str, Any]) -> str | None:
    """A list of examples that also accepts typed text."""
    titles = ({None: placeholder} if field["optional"] else {}) | field["examples"]
    value = st.session_state[about["key"]]
    return st.selectbox(
        field["title"], [*titles, *([] if value in titles else [value])], accept_new_options=True,
        format_func=lambda value: titles.get(value, value), placeholder=placeholder, **about,
    )  # fmt: skip


def _number(field: Field, placeholder: str, bounded: bool, about: dict[str, Any]) -> int | float | None:
    low, high = (as_typed(field, field[end]) if bounded else None for end in ("min", "max"))
    step, shown = (1, "%d") if field["type"] == "int" else (_step(field), "%g")
    if field["default"] is None:
        about |= {"value": None, "placeholder": placeholder}
    return st.number_input(field["title"], min_value=low, max_value=high, step=step, format=shown, **about)


def _step(field: Field) -> float:
    """A tenth of the allowed range if that is at most 1, else of the default."""
    if field["min"] is not None and field["max"] is not None and field["max"] - field["min"] <= 1:
        return 0.1
    return abs(field["default"] or 1.0) / 10
