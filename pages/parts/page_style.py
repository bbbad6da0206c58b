"""The style sheet of every page: what Streamlit's theme has no setting for."""

from pathlib import Path

import streamlit as st

_SHEET = Path(__file__).with_suffix(".css")
_COLOURS = {"light": ("#ffffff", "#1c2733"), "dark": ("#10161d", "#e4eaf1")}
"""Ground and text of the themes in `.streamlit/config.toml`."""


def page_style() -> None:
    """Add the style sheet to the page."""
    ground, ink = _COLOURS["dark" if st.context.theme.type == "dark" else "light"]
    st.html(f"<style>:root {{--explorer-ground: {ground}; --explorer-ink: {ink}}} {_SHEET.read_text()}</style>")
