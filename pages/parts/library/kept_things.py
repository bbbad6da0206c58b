"""Results kept because they take time to compute: how many there are, and clearing them."""

import streamlit as st

from ddcore.kept import stocks
from pages.parts.library.rows import heading, removal, row
from pages.parts.library.run_table import ask
from pages.parts.words import megabytes

_HEADINGS = ("Kind", "Holds", "On disk", "")
_WIDTHS = [4.0, 1.2, 1.2, 1.7]


def show_kept() -> None:
    """Draw a row per kind of result."""
    found = stocks()
    if not found:
        st.info("Nothing yet. Scores, maps and baselines appear here once computed.")
        return
    total = megabytes(sum(stock.size for stock in found))
    st.caption(f"{total} on disk. Cleared results are computed again when needed.")
    with st.container(border=True):
        heading(_WIDTHS, _HEADINGS)
        for stock in found:
            title, count, size, action = row(_WIDTHS)
            title.markdown(f"**{stock.title}**")
            count.markdown(f"{stock.count:,} file{'s' if stock.count != 1 else ''}")
            size.markdown(f":small[{megabytes(stock.size)}]")
            key = f"clear-{stock.title.lower().replace(' ', '-')}"
            action.button(key=key, on_click=ask, args=("clear", stock.title), **removal("Clear …"))
