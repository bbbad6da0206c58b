"""What all figures share: inks of the two themes, an empty figure with our fonts and axes, marks of comparison."""

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

PERCENT = {"tickformat": ".4~g", "ticksuffix": " %"}
"""Settings of an axis in percent."""


class Inks(NamedTuple):
    text: str
    faint: str  # second-rank text
    grid: str
    rest: str  # bars that are context
    accent: str  # what the reader chose or is looking at
    mark: str  # what it is compared with


_DARK = Inks("#e4eaf1", "#a9b5c2", "#2c3744", "#46525f", "#3f90da", "#ffa90e")
_LIGHT = Inks("#1c2733", "#566373", "#dde4eb", "#c3ccd6", "#2a76bd", "#bd5500")


def inks_of(dark: bool) -> Inks:
    return _DARK if dark else _LIGHT


# From the most negative over zero to the most positive number: orange and blue stay apart in every colour deficiency,
# and zero is the quietest colour of either theme.
_DIVERGING = {
    True: ("#ffb02e", "#8a5310", "#1d2631", "#2a6cb0", "#8fcbff"),
    False: ("#9a4300", "#e2a262", "#f4f6f8", "#79b0e0", "#0f4f8f"),
}


def diverging(dark: bool) -> list[tuple[float, str]]:
    """Plotly's colour scale of a number that is worth as much below zero as above."""
    return [(place / 4, colour) for place, colour in enumerate(_DIVERGING[dark])]


def sequential(dark: bool) -> list[tuple[float, str]]:
    """Plotly's colour scale of a number that is never below zero: the upper half of `diverging`."""
    return [(place / 2, colour) for place, colour in enumerate(_DIVERGING[dark][2:])]


def empty_figure(inks: Inks, **layout) -> go.Figure:
    """An empty figure with our fonts, margins and axes, independent of Plotly's default template."""
    axis = {
        "color": inks.faint,
        "gridcolor": inks.grid,
        "zeroline": False,
        "automargin": True,
        "exponentformat": "power",
        "ticklabelstandoff": 6,
        "fixedrange": True,
    }
    titled = {"title": {"font": {"size": 14}, "standoff": 10}}  # in a template, as the words that come later replace it
    figure = go.Figure(layout={"template": {"layout": {"xaxis": titled, "yaxis": titled}}})
    figure.update_layout(
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": '"Source Sans", system-ui, sans-serif', "size": 14, "color": inks.text},
        margin={"l": 8, "r": 24, "t": 30, "b": 8},
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0, "font": {"color": inks.text}},
        hoverlabel={"font": {"size": 14}, "align": "left"},
        xaxis=axis,
        yaxis=axis,
        **layout,
    )
    return figure


def add_ticks(figure, inks, x, labels, name, hover, customdata=None) -> None:
    """An upright line per bar: the value it is compared with."""
    line = {"symbol": "line-ns-open", "size": 16, "color": inks.mark, "line": {"width": 3, "color": inks.mark}}
    mark = go.Scatter(x=x, y=labels, mode="markers", name=name, hovertemplate=hover, marker=line, customdata=customdata)
    figure.add_trace(mark.update(cliponaxis=False))


def distinct(names: Sequence[str]) -> list[str]:
    """Names as a category axis needs them: text, none twice."""
    return [name if names.index(name) == place else f"{name} ({place})" for place, name in enumerate(map(str, names))]
