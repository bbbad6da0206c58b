"""How to choose a distiller: one table of all of them, from what their entries say."""

import streamlit as st

from ddcore.distillers import DISTILLERS
from ddcore.methods import DistillerAbout


def choosing_help() -> None:
    """Draw a button that opens the table over the page, where it has room."""
    if st.button("How to choose a method", key="choosing", type="tertiary", icon=":material/table_view:"):
        _choosing()


@st.dialog("How to choose a method", width="large")
def _choosing() -> None:
    st.markdown(choosing_table())


def choosing_table() -> str:
    """Method, what it is, when to choose it and what it costs, as a Markdown table with a row for each distiller."""
    rows = [_row(name, DISTILLERS.about(name)) for name in DISTILLERS.names()]
    lines = [" | ".join(cells) for cells in (_HEADS, ("---",) * len(_HEADS), *rows)]
    return "\n".join(f"| {line} |" for line in lines)


_HEADS = ("method", "what it is", "when to choose it", "what it costs")


def _row(name: str, about: DistillerAbout) -> tuple[str, ...]:
    """The cells of one distiller: a loss is said without what makes it noisy."""
    title, _, short = about.title.removesuffix(")").partition(" (")
    lowered = f": lowers {about.loss.partition(';')[0]}" if about.loss else ""
    return f"**{short}** `{name}`" if short else f"`{name}`", title + lowered, about.when, about.cost
