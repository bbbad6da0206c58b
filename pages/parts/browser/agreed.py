"""Values of a component that both its page and its reader set, such as the view of a map.

The page passes a value on every run; what the reader does arrives a run later. A passed value is an order only if it
differs from what the last run was told is there: what a page repeats never undoes what the reader did since.
"""

import secrets
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import streamlit as st

Kept = Literal["kept"]
KEPT: Kept = "kept"
"""Passed instead of a value: the reader alone sets it."""


class Agreed(NamedTuple):
    """What is there now, and the order that the browser has to carry out, if there is any it may not know yet."""

    value: Any
    order: dict[str, Any] | None


def agree(name: str, given: Any, reported: Any, serial: int | None) -> Agreed:
    """What the value called `name` is, given the page's `given` and what the browser `reported` last.

    `serial` counts the reports; it is None before the first. Values are plain JSON. An order names the report after
    which it was given, so that the browser drops it if the reader has done more by then.
    """
    memory = st.session_state.setdefault(f"agreed {name}", {"order": None, "said": KEPT, "serial": None})
    order = memory["order"]
    if serial is None and memory["serial"] is not None:
        order = None  # the component was gone from the page meanwhile, and Streamlit forgot what it reported
    first = serial is None and order is None
    if given == KEPT:
        order = None
    elif first or given != memory["said"]:
        order = {"value": given, "after": serial, "token": secrets.token_hex(4)}
    done = order is not None and serial is not None and serial > (order["after"] or 0)
    value = reported if order is None or done else order["value"]
    memory |= {"order": order, "said": value, "serial": serial}
    return Agreed(value, order)


def hear_click(name: str, told: Mapping[str, Any], act: Callable[[int], None] | None) -> int | None:
    """The id of a click that is new, of what the component `name` told last: {"serial", "id"}, {} before it told
    anything. It counts as heard only after `act`, since Streamlit may interrupt a run.

    Clicks are told as a state and not as a trigger: of two reports in quick succession the page may run for the second
    alone, with all states but without the first one's trigger.
    """
    name = f"clicked {name}"
    if name not in st.session_state:  # what is told before anything is drawn was heard by a session that is gone
        st.session_state[name] = {"serial": told.get("serial")}
    heard = st.session_state[name]
    if told.get("serial") == heard["serial"] or "id" not in told:
        return None
    if act is not None:
        act(int(told["id"]))
    heard["serial"] = told["serial"]
    return int(told["id"])
