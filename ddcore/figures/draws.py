"""How often real images were drawn, over their importance."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from ddcore.figures.canvas import empty_figure, inks_of


class DrawnLine(NamedTuple):
    """Mean draws of images around each of the `ranks`, of run 0 or 1; `expected` under its law, where one is known.

    Of several, names begin with the letter of the run.
    """

    name: str
    ranks: np.ndarray
    drawn: np.ndarray
    expected: np.ndarray | None = None
    run: int = 0


def draws_by_rank(lines: Sequence[DrawnLine], along: str, *, dark: bool) -> go.Figure:
    """Times drawn over the rank, on an axis called `along`; what is expected as a dotted line of the same colour."""
    inks = inks_of(dark)
    figure, several = empty_figure(inks, height=300), len(lines) > 1
    for line in lines:
        colour, symbol = (inks.accent, inks.mark)[line.run], ("circle", "square")[line.run]
        shown = go.Scatter(x=line.ranks, y=line.drawn, name=escape(line.name, quote=False), mode="lines+markers")
        shown.update(line={"color": colour, "width": 2}, marker={"color": colour, "size": 6, "symbol": symbol})
        hover = "%{fullData.name}, around rank %{x:,.0f}: %{y:,.2f} times<extra></extra>"
        figure.add_trace(shown.update(hovertemplate=hover, cliponaxis=False))
        if line.expected is not None:
            law = go.Scatter(
                x=line.ranks,
                y=line.expected,
                name=f"{escape(line.name[:1], quote=False)} expected" if several else "expected",
                mode="lines",
            )
            figure.add_trace(law.update(line={"color": colour, "width": 2, "dash": "dot"}, hovertemplate=hover))
    figure.update_xaxes(title=along, tickformat=",", showgrid=False)
    figure.update_yaxes(title="times drawn, mean", rangemode="tozero", tickformat=",.4~g")
    return figure
