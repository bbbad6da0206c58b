"""The methods' fields for forms, or a note that they are being read."""

from typing import Any

import streamlit as st

from ddcore.commands.schema_cache import Schema, SchemaUnreadable, forget_failure, schema

_POLL = 0.5  # seconds


def known_schema() -> Schema | None:
    """The schema of `python -m ddcore schema`; until it is read, None with a note, and the page reruns by itself."""
    try:
        known = schema()
    except SchemaUnreadable as error:
        st.error(f"The list of methods could not be read. {error}")
        st.button("Try again", on_click=forget_failure)
        return None
    if known is None:
        st.info("Reading the list of methods. This takes a few seconds after an update.")
        st.fragment(_wait, run_every=_POLL, key="schema-wait")()
    return known


def _wait() -> None:
    try:
        if schema() is None:
            return
    except SchemaUnreadable:  # shown by the page itself
        pass
    st.rerun()


def method_fields(settings: dict[str, Any], schema: Schema) -> list[dict[str, Any]]:
    """The parameters of the methods that flat `settings` name, with their defaults under this distiller; those of an
    unknown method are none."""
    distiller, start, rule = (settings[name] for name in ("distiller", "init", "importance"))
    chosen = [
        schema["distillers"].get(distiller, []),
        schema["initialisers"].get(start, []),
        schema["scores"].get(settings["init_score"], []),
        schema["followers"].get(rule) or schema["scores"].get(rule, []),
    ]
    own = schema["own_parameters"].get(distiller, {})
    usual = own.get(start, {}) | own.get(rule, {})
    return [
        field | {"default": usual.get(field["name"], field["default"])}
        for fields in chosen
        for field in fields
        if field["name"] != "device"
    ]
