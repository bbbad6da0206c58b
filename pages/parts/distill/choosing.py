"""How to choose a distiller: what the entries of all of them say, as a list and, for the reference, as a table."""

import streamlit as st

from ddcore.distillers import DISTILLERS
from ddcore.methods import DistillerAbout


def choosing_help() -> None:
    """Draw a button that opens the list over the page, where it has room."""
    if st.button("How to choose a method", key="choosing", type="tertiary", icon=":material/list_alt:"):
        _choosing()


@st.dialog("How to choose a method", width="large")
def _choosing() -> None:
    st.markdown(choosing_list())


def choosing_list() -> str:
    """A block for each distiller, as Markdown: what the table says in columns, readable at any width."""
    return "\n\n".join(_block(name, DISTILLERS.about(name)) for name in DISTILLERS.names())


def choosing_table() -> str:
    """Method, what it is, when to choose it and what it costs, as a Markdown table with a row for each distiller."""
    rows = [_row(name, DISTILLERS.about(name)) for name in DISTILLERS.names()]
    lines = [" | ".join(cells) for cells in (_HEADS, ("---",) * len(_HEADS), *rows)]
    return "\n".join(f"| {line} |" for line in lines)


_HEADS = ("method", "what it is", "when to choose it", "what it costs")


def _block(name: str, about: DistillerAbout) -> str:
    title, short = _names(about)
    heading = f"{short}: {title}" if short else title[:1].upper() + title[1:]
    points = {"When to choose it": about.when, "What it costs": about.cost, "What it lowers": _lowered(about)}
    lines = [f"- *{head}:* {text}" for head, text in points.items() if text]
    return "\n".join([f"**{heading}** `{name}`", *lines])


def _row(name: str, about: DistillerAbout) -> tuple[str, ...]:
    """The cells of one distiller."""
    title, short = _names(about)
    lowered = f": lowers {_lowered(about)}" if about.loss else ""
    return f"**{short}** `{name}`" if short else f"`{name}`", title + lowered, about.when, about.cost


def _names(about: DistillerAbout) -> tuple[str, str]:
    """ "trajectory matching", "MTT"; the second is "" for a method without a short name."""
    title, _, short = about.title.removesuffix(")").partition(" (")
    return title, short


def _lowered(about: DistillerAbout) -> str:
    """The loss, without what makes it noisy."""
    return about.loss.partition(";")[0]
