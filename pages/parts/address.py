"""Choices kept in a page's address, so that a link or a reload shows the same."""

from collections.abc import Collection

import streamlit as st


def from_address(name: str, allowed: Collection[str]) -> str | None:
    """The choice that `?name=` asks for, once.

    None if this session wrote it there itself, or if it is not in `allowed`, which a toast says.
    """
    linked = st.query_params.get(name)
    if linked in (None, st.session_state.get(_written(name))):
        return None
    if linked in allowed:
        return linked
    st.toast(f"The address asks for {name} “{linked}”, which does not exist.")
    return None


def to_address(name: str, value: str | None) -> None:
    """Write this choice into the address; None removes it."""
    st.session_state[_written(name)] = value
    if value is None:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = value


def _written(name: str) -> str:
    return f"address_{name}"
