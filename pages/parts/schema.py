"""The methods' fields for forms, or a note that they are being read."""

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
