"""Figures of the learned labels of a kernel method's synthetic set.

Letters: R rows of labels, K classes.
"""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from ddcore.figures.canvas import Inks, distinct, diverging, empty_figure, inks_of
from ddcore.figures.lines import Line, draw_line, rule_at

_TICKS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
_MOST_CELLS_WITH_NUMBERS = 140
_MOST_NAMES = 25


def label_map(
    labels: np.ndarray, classes: np.ndarray, names: Sequence[str], most: float, *, dark: bool, wide: bool = True
) -> go.Figure:
    """Learned labels (R, K) of images of ascending `classes` (R,) as a heat map, a row each; `names` (K,).

    Colours run from -`most` over 0 to `most`, by square root, so that small weights are seen beside large ones; the
    bar beside the map shows the weights themselves. Small maps have them in their cells, too; with long names only if
    the page gives the map much room (`wide`).
    """
    inks, labels = inks_of(dark), np.asarray(labels, float)
    rows, count = labels.shape
    figure = empty_figure(inks, height=int(np.clip(110 + 34 * rows, 240, 480)))
    hover = "label of %{customdata}<br>weight on %{x}: %{text}<extra></extra>"
    own = np.broadcast_to(np.array([names[k] for k in classes], object)[:, None], labels.shape)
    heat = go.Heatmap(z=_root(labels), x=distinct(names), y=np.arange(rows), customdata=own, hovertemplate=hover)
    heat.update(text=np.vectorize(_two_digits)(labels), zmin=-_root(most), zmax=_root(most), xgap=1)
    heat.update(ygap=1 if rows <= 3 * count else 0)
    heat.update(colorscale=diverging(dark))
    heat.update(colorbar=_bar(most, inks))
    long = max(map(len, distinct(names))) > 3
    if labels.size <= _MOST_CELLS_WITH_NUMBERS and (wide or not long):
        heat.update(texttemplate="%{text}", textfont={"size": 12})
    figure.add_trace(heat)
    _name_rows(figure, np.asarray(classes), names, inks)
    thinned = distinct(names)[:: -(-count // _MOST_NAMES)]
    figure.update_xaxes(title="weight on", side="top", showgrid=False, type="category", tickvals=thinned)
    figure.update_xaxes(title_standoff=24 if long else 10)  # long names are turned
    figure.update_layout(margin={"t": 20})
    return figure


def label_weights(own: Line, other: Line, cursor: int, *, dark: bool) -> go.Figure:
    """Mean weight of a label on its own class, and on the largest other class, over steps; a rule at `cursor`."""
    inks = inks_of(dark)
    figure = empty_figure(inks, height=300, showlegend=False)
    for line, colour in ((own, inks.accent), (other, inks.mark)):
        draw_line(figure, line, colour, above=not _falls(line))
    rule_at(figure, cursor, inks)
    figure.update_yaxes(title="mean weight", rangemode="tozero")
    return figure


def _falls(line: Line) -> bool:
    """Whether the last third of a line goes down: a name above its end would lie on it."""
    values = [value for value in line.values if np.isfinite(value)]
    return bool(values) and values[-1] < values[-1 - len(values) // 3]


def _name_rows(figure: go.Figure, classes: np.ndarray, names: Sequence[str], inks: Inks) -> None:
    """Class names in the middle of each class's rows, and lines between classes of several rows."""
    found, firsts, counts = np.unique(classes, return_index=True, return_counts=True)
    thinned = slice(None, None, -(-len(found) // _MOST_NAMES))
    middles = (firsts + (counts - 1) / 2)[thinned]
    labels = [names[k] for k in found[thinned]]
    figure.update_yaxes(title="images of", autorange="reversed", showgrid=False, tickvals=middles, ticktext=labels)
    for first in firsts[1:] if len(classes) > len(found) else []:
        figure.add_hline(first - 0.5, line={"color": inks.faint, "width": 1})


def _bar(most: float, inks: Inks) -> dict:
    ticks = [tick for tick in _TICKS if tick <= most]
    values = [-tick for tick in reversed(ticks)] + [0.0] + ticks
    return {
        "tickvals": [float(_root(value)) for value in values], "ticktext": [_signed(value) for value in values],
        "tickfont": {"color": inks.faint}, "outlinewidth": 0, "thickness": 12, "xpad": 6,
    }  # fmt: skip


def _root(values: np.ndarray | float) -> np.ndarray:
    """Square roots that keep their sign."""
    return np.sign(values) * np.sqrt(np.abs(values))


def _two_digits(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


def _signed(value: float) -> str:
    """Two digits, with a minus sign that is no hyphen."""
    return f"{value + 0.0:.2g}".replace("-", "−")
