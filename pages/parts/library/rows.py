"""Tables whose cells hold badges, links and buttons: columns of one width, a thin line between rows."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

_LINE = '<div style="border-top: 1px solid currentColor; opacity: .13"></div>'


def heading(widths: Sequence[float], names: Sequence[str]) -> None:
    """The titles of the columns; on a phone, where cells stand below one another, there are none."""
    with st.container(key=f"heading-{names[0].lower()}-{names[1].lower()}"):
        for column, name in zip(st.columns(widths), names, strict=True):
            column.caption(name)


def removal(what: str) -> dict[str, str]:
    """Label and icon of a button that takes something away: never like one that downloads or prepares."""
    return {"label": f":red[{what}]", "icon": ":material/delete:"}


def row(widths: Sequence[float]) -> list[Any]:
    """The cells of the next row, below a line."""
    st.html(_LINE)
    return st.columns(widths, vertical_alignment="center")
