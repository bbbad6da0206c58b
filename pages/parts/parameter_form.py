"""One input a parameter, made from its field in the schema: type, bounds, choices and help."""

from collections.abc import Callable
from typing import Any

import streamlit as st

Field = dict[str, Any]
_TITLES = {
    "lr_images": "Step size of images",
    "batch_real": "Real images per class",
    "num_features": "Number of features",
    "per_class": "Each class apart",
    "balanced": "Classes count the same",
    "bandwidth": "Bandwidth (0: median)",
    "proxy_steps": "Steps of the proxy",
    "proxy_width": "Width of the proxy",
    "proxy_depth": "Depth of the proxy (0: by size)",
    "networks": "Networks averaged",
    "refresh_every": "Steps between refreshes",
    "student_steps": "Steps of the student",
    "representatives": "Representatives per class (0: a batch)",
    "hidden": "Hidden layers",
    "sample_depths": "Random depth",
    "rbf_width": "Width of the RBF kernel",
    "solve_every": "Steps between label solves",
    "jitter": "Ridge of the predictor",
    "random_networks": "Random networks a step",
    "random_width": "Width of random networks",
    "lr_mixing": "Step size of mixing",
    "lr_scale": "Step size of the scale",
    "pool_size": "Networks in the pool",
    "max_online_updates": "Most steps of a network",
    "lr_network": "Step size of networks",
    "candidates": "Candidates per class (0: all)",
}
_CAST = {"int": int, "float": float, "bool": bool, "str": str}


def as_typed(field: Field, value: Any) -> Any:
    """`value` as the field's input wants it: JSON writes 1.0 as 1."""
    return None if value is None else _CAST[field["type"]](value)


def title_of(name: str) -> str:
    """ "batch_syn" -> "Batch syn", where there is nothing better."""
    return _TITLES.get(name) or name.replace("_", " ").capitalize()


def field_input(
    field: Field,
    key: str,
    *,
    label: str | None = None,
    help: str | None = None,
    placeholder: str = "automatic",
    format_func: Callable[[Any], str] = str,
    disabled: bool = False,
    bounded: bool = True,
) -> Any:
    """The input for one field, its value kept under `key` for the session; starts at the field's default.

    A number that may be left out (default None) starts empty and is None then; `placeholder` says what that means.
    `bounded`: the browser refuses numbers out of range, and keeps the last one that was in it.
    """
    label = label or title_of(field["name"])
    help = help or field["help"]
    if key not in st.session_state:
        st.session_state[key] = as_typed(field, field["default"])
    about = {"key": key, "help": help, "disabled": disabled, "persist_state": "session"}
    if field["choices"]:
        return _choice(field, label, format_func, about)
    if field["type"] == "bool":
        return st.toggle(label, **about)
    if field["type"] == "str":
        return st.text_input(label, **about)
    return _number(field, label, placeholder, bounded, about)


def _choice(field: Field, label: str, format_func: Callable[[Any], str], about: dict[str, Any]) -> Any:
    if st.session_state[about["key"]] not in field["choices"]:
        st.session_state[about["key"]] = field["choices"][0]
    return st.selectbox(label, field["choices"], format_func=format_func, **about)


def _number(field: Field, label: str, placeholder: str, bounded: bool, about: dict[str, Any]) -> int | float | None:
    low, high = (as_typed(field, field[end]) if bounded else None for end in ("min", "max"))
    step, shown = (1, "%d") if field["type"] == "int" else (_step(field), "%g")
    if field["default"] is None:
        about |= {"value": None, "placeholder": placeholder}
    return st.number_input(label, min_value=low, max_value=high, step=step, format=shown, **about)


def _step(field: Field) -> float:
    """A tenth of the allowed range where that is short, of the default otherwise."""
    if field["min"] is not None and field["max"] is not None and field["max"] - field["min"] <= 1:
        return 0.1
    return abs(field["default"] or 1.0) / 10
