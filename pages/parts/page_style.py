"""The style sheet of every page: what Streamlit's theme has no setting for."""

from pathlib import Path

import streamlit as st

_SHEET = Path(__file__).with_suffix(".css")
_GROUND = {"light": "#ffffff", "dark": "#10161d"}  # the theme's `backgroundColor`s


def page_style() -> None:
    """Add the style sheet to the page."""
    ground = _GROUND["dark" if st.context.theme.type == "dark" else "light"]
    st.html(f"<style>:root {{--explorer-ground: {ground}}} {_SHEET.read_text()}</style>")
