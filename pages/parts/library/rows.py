"""Tables whose cells hold badges, links and buttons: columns of one width, a thin line between rows."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

_LINE = '<div style="border-top: 1px solid currentColor; opacity: .13"></div>'


def heading(widths: Sequence[float], names: Sequence[str]) -> None:
    for column, name in zip(st.columns(widths), names, strict=True):
        column.caption(name)


def row(widths: Sequence[float]) -> list[Any]:
    """The cells of the next row, below a line."""
    st.html(_LINE)
    return st.columns(widths, vertical_alignment="center")
