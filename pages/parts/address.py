"""The address holds what a page shows, so that a link, a reload or the browser's Back shows the same.

A page binds its choices to names with `follow`, before it draws their widgets: what the address newly asks for goes
into the session, and what is impossible is told in one sentence while the rest is used. Choices that differ from their
defaults are written back at the end of the run. A page that has drawn all it has calls `settle`; until then (data being
prepared, scores being computed) names that nobody has read yet stay in the address.
"""

from collections.abc import Callable
from copy import copy
from time import monotonic
from typing import Any, NamedTuple

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ddcore.errors import BadInput
from pages.parts.spelling import PartlyUnknown, Spelling
from pages.parts.words import plain

_KEY = "address"
LONGEST = 6_000
"""Characters of one value: servers and programs that pass links on refuse longer addresses."""
_CATCHING_UP = 2.0  # seconds in which a browser may still send an address before the last one that this session wrote
_SLOWEST = 10.0  # ... if it has not sent the last one yet: a busy one takes that long
_LONGEST_TOLD = 60  # characters of a wrong value
_OUTSIDE = ("token",)  # the door's, which takes it away


class Choice(NamedTuple):
    """A choice and its name in the address."""

    name: str
    spelling: Spelling
    default: Any
    get: Callable[[], Any]
    put: Callable[[Any], None]
    words: str = ""  # what a link lacks without it, if it can be too long for an address


def held(name: str, key: str, spelling: Spelling, default: Any = None) -> Choice:
    """The choice that the session holds under `key`: the key of a widget, or any other."""

    def put(value: Any) -> None:
        st.session_state[key] = value

    return Choice(name, spelling, default, lambda: st.session_state.get(key, default), put)


def begin(page: str) -> None:
    """Read the address, before the page `page` runs.

    What this session wrote itself is nothing new, unless the browser's Back or Forward returns to it. A name that has
    gone from a page's address asks for the default; but an address without any name, as the links of the navigation
    have, asks for nothing. Back to such a one asks for what the page showed first.
    """
    state = _state()
    brought = _query()
    arrived = state["page"] != page
    if arrived:
        state.update(page=page, wrote={}, shown={}, first=None, went=None, overtaken=[], notes=[], steady=False)
    if _went() and not arrived:
        state["went"] = brought
    query = brought or None  # None asks for nothing
    if state["went"] == brought:
        query = brought or state["first"]
    elif _is_late(brought):
        query = state["shown"]
    state["sent"] = state["sent"] or brought == state["shown"]
    asked = {name: text for name, text in (query or {}).items() if state["wrote"].get(name) != text}
    if query is not None:
        asked |= dict.fromkeys(state["wrote"].keys() - query.keys())
    if asked.keys() - state["unread"]:
        state.update(notes=[], steady=False)
    state.update(
        arrived=arrived,
        asked=asked,
        brought=brought,
        found=query or {},
        kept=query or {},
        bound={},
        extra={},
        beside=[],
        settled=False,
        taken=False,
    )


def arrived() -> bool:
    """Whether this run is the first on its page since the session came from another one."""
    return _state()["arrived"]


def taken() -> bool:
    """Whether this run has taken anything from the address."""
    return _state()["taken"]


def follow(*choices: Choice) -> bool:
    """Bind choices; returns whether the address newly asks for one of them, which the session then holds."""
    state, taken_here = _state(), False
    for choice in choices:
        state["bound"][choice.name] = choice
        if choice.name not in state["asked"]:
            continue
        text = state["asked"].pop(choice.name)
        try:
            choice.put(copy(choice.default) if text is None else choice.spelling.read(text))
            taken_here = state["taken"] = True
        except PartlyUnknown as error:
            choice.put(error.known)
            taken_here = state["taken"] = True
            note(_refusal(choice.name, str(error), choice.spelling.allowed))
        except ValueError as error:
            told = isinstance(error, BadInput)
            note(f"In the address, {error}" if told else _refusal(choice.name, text, choice.spelling.allowed))
    return taken_here


def note(sentence: str) -> None:
    """Tell above the page, until its address changes, what is wrong with it."""
    _state()["notes"].append(sentence)


def _refusal(name: str, text: str, allowed: str) -> str:
    shown = text if len(text) <= _LONGEST_TOLD else f"{text[:_LONGEST_TOLD]}…"
    return f"The address asks for {name} “{shown}”, which does not exist here; it can be {allowed}."


def show_notes() -> None:
    """Tell what was wrong with the address."""
    if notes := _state()["notes"]:
        st.warning("  \n".join(map(plain, notes)))


def add_to_link(name: str, text: str) -> None:
    """Give copied links a name that the address itself does not need."""
    _state()["extra"][name] = text


def tell_with_link(sentence: str) -> None:
    """Tell, where a link is copied in this run, what its receiver needs beside it."""
    if sentence not in _state()["beside"]:  # a fragment says it in every run of its own
        _state()["beside"].append(sentence)


def of_link() -> tuple[dict[str, str], list[str]]:
    """What copied links have beyond the address; sentences on what they lack."""
    state, lacks = _state(), []
    if left_out := state["left_out"].values():
        what = " and ".join(left_out)
        lacks = [f"The link leaves out {what}, too many for an address: keep a slice, or send them as a file."]
    return state["extra"], lacks + state["beside"]


def settle() -> None:
    """Tell names that the page does not know: it has bound all its choices now."""
    state = _state()
    known = ", ".join(sorted(state["bound"])) or "none"
    for name in [name for name, text in state["asked"].items() if text is not None]:
        note(f"The address names “{name}”, which this page does not know; it knows {known}.")
    state.update(asked={}, kept={}, settled=True)


def write() -> None:
    """Write the choices bound in this run into the address. Within a fragment, call it where one may have changed."""
    state = _state()
    unread, state["left_out"] = state["asked"].keys(), {}
    shown = {name: text for name, text in state["kept"].items() if name not in state["bound"]}
    for name, choice in state["bound"].items():
        if (value := choice.get()) == choice.default:
            continue
        text = choice.spelling.write(value)
        if len(text) <= LONGEST:
            shown[name] = text
        else:
            state["left_out"][name] = choice.words or name
    if state["settled"] and state["first"] is None:
        state["first"] = shown
    if shown != state["shown"]:
        now = monotonic()
        state.update(went=None, sent=False)
        state["overtaken"] = [*state["overtaken"][-6:], (now, state["shown"]), (now, state["found"])]
        if state["steady"]:
            state["notes"] = []
    wrote = {name: text for name, text in shown.items() if name not in unread}
    state.update(shown=shown, wrote=wrote, unread=set(unread), steady=state["steady"] or state["settled"])
    if st.query_params.to_dict() != shown:
        st.query_params.from_dict(shown)


def finish() -> None:
    """Write at the end of a run, unless the page leads to another with an address of its own (`st.switch_page`)."""
    state = _state()
    if _query() in (state["brought"], state["shown"]):
        write()


def _went() -> bool:
    """Whether the browser's Back or Forward led to this run."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def _is_late(brought: dict[str, str]) -> bool:
    """Whether the browser sent this address before it knew the last one that this session wrote."""
    state, now = _state(), monotonic()
    patience = _CATCHING_UP if state["sent"] else _SLOWEST
    return any(brought == old and now - when < patience for when, old in state["overtaken"])


def _query() -> dict[str, str]:
    return {name: text for name, text in st.query_params.to_dict().items() if name not in _OUTSIDE}


def _state() -> dict[str, Any]:
    if _KEY not in st.session_state:
        st.session_state[_KEY] = {
            "page": None, "arrived": True,
            "shown": {},  # the address as this session wrote it last
            "wrote": {},  # what of it is known to the session: all but names nobody has read yet
            "unread": set(),  # those names
            "first": None,  # the first that a page wrote when it had drawn all it has
            "went": None,  # the address that Back or Forward returned to, until the page shows another
            "overtaken": [],  # (when, address) that `shown` replaced: a browser or a rerun may still bring one
            "sent": False,  # whether one has brought `shown`
            "asked": {},  # name -> text, or None for the default, that this run has still to read
            "brought": {},  # the address that came with this run
            "found": {},  # the same, or `shown` where it came late
            "kept": {},  # what of it may still be read in this run
            "bound": {},  # name -> choice, of this run
            "extra": {}, "beside": [], "left_out": {}, "notes": [], "settled": False, "taken": False,
            "steady": False,  # the page has settled before: if the address changes now, a person changed it
        }  # fmt: skip
    return st.session_state[_KEY]
