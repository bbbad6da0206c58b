"""Figures of a kernel method's synthetic set: its learned labels, and numbers of it over the steps.

Letters: R rows of labels, K classes, S steps.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from ddcore.figures.canvas import Inks, diverging, empty_figure, inks_of

_TICKS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
_MOST_CELLS_WITH_NUMBERS = 140
_MOST_NAMES = 25
_STYLES = (("solid", "circle"), ("dash", "square"))


class Curve(NamedTuple):
    """Values (S,) at ascending `steps` (S,); NaN is a gap. `run` 0 or 1 chooses colour, dash and marker."""

    name: str
    steps: Sequence[int]
    values: Sequence[float]
    run: int = 0


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
    heat = go.Heatmap(z=_root(labels), x=_distinct(names), y=np.arange(rows), customdata=own, hovertemplate=hover)
    heat.update(text=np.vectorize(_two_digits)(labels), zmin=-_root(most), zmax=_root(most), xgap=1)
    heat.update(ygap=1 if rows <= 3 * count else 0)
    heat.update(colorscale=diverging(dark))
    heat.update(colorbar=_bar(most, inks))
    long = max(map(len, _distinct(names))) > 3
    if labels.size <= _MOST_CELLS_WITH_NUMBERS and (wide or not long):
        heat.update(texttemplate="%{text}", textfont={"size": 12})
    figure.add_trace(heat)
    _name_rows(figure, np.asarray(classes), names, inks)
    thinned = _distinct(names)[:: -(-count // _MOST_NAMES)]
    figure.update_xaxes(title="weight on", side="top", showgrid=False, type="category", tickvals=thinned)
    figure.update_xaxes(title_standoff=24 if long else 10)  # long names are turned
    figure.update_layout(margin={"t": 20})
    return figure


def label_weights(own: Curve, other: Curve, cursor: int, *, dark: bool) -> go.Figure:
    """Mean weight of a label on its own class, and on the largest other class, over steps; a rule at `cursor`."""
    inks = inks_of(dark)
    figure = empty_figure(inks, height=300, showlegend=False)
    for curve, colour in ((own, inks.accent), (other, inks.mark)):
        _draw(figure, curve, colour, above=not _falls(curve))
    _over_steps(figure, cursor, inks)
    figure.update_yaxes(title="mean weight", rangemode="tozero")
    return figure


def over_steps(
    curves: Sequence[Curve],
    title: str,
    cursor: int,
    *,
    dark: bool,
    limit: tuple[float, str] | None = None,
) -> go.Figure:
    """A positive number of one run or two over steps, on a log axis called `title`; a rule at `cursor`.

    `limit` (value, words): a line from which on something else holds, and what, written above it.
    """
    inks = inks_of(dark)
    figure = empty_figure(inks, height=270, showlegend=False)
    ends = [_last(curve) for curve in curves]
    for curve, end in zip(curves, ends, strict=True):
        _draw(figure, curve, (inks.accent, inks.mark)[curve.run], above=end == max(ends))
    _over_steps(figure, cursor, inks)
    span = _log_range(curves, limit)
    ticks = _log_ticks(*span)
    shown = [f"{tick:,g}" if 1e-3 <= tick < 1e5 else f"10<sup>{np.log10(tick):.0f}</sup>" for tick in ticks]
    figure.update_yaxes(title=title, type="log", range=span, tickvals=ticks, ticktext=shown)
    if limit is not None:
        value, words = limit
        figure.add_hline(value, line={"color": inks.faint, "width": 1.5, "dash": "dot"})
        note = {"text": words, "font": {"color": inks.faint, "size": 13}, "showarrow": False}  # y: an exponent
        figure.add_annotation(note, xref="paper", x=0.01, xanchor="left", y=np.log10(value), yanchor="bottom")
    return figure


def _last(curve: Curve) -> float:
    """The last number of a curve; -inf where it has none."""
    return next((value for value in reversed(curve.values) if np.isfinite(value)), -np.inf)


def _falls(curve: Curve) -> bool:
    """Whether the last third of a curve goes down: a name above its end would lie on it."""
    values = [value for value in curve.values if np.isfinite(value)]
    return bool(values) and values[-1] < values[-1 - len(values) // 3]


def _draw(figure: go.Figure, curve: Curve, colour: str, above: bool = True) -> None:
    """A line with marks, its name above or below its last point."""
    dash, symbol = _STYLES[curve.run]
    known = np.flatnonzero(np.isfinite(np.asarray(curve.values, float)))
    text = [""] * len(curve.values)
    if len(known) and curve.name:
        text[known[-1]] = curve.name
    hover = f"{curve.name + ', ' if curve.name else ''}step %{{x:,}}: %{{y:.3g}}<extra></extra>"
    line = go.Scatter(x=list(curve.steps), y=list(curve.values), mode="lines+markers+text", text=text)
    line.update(textposition="top left" if above else "bottom left")
    line.update(name=curve.name, hovertemplate=hover, textfont={"color": colour, "size": 14})
    line.update(
        line={"color": colour, "width": 2.5, "dash": dash}, marker={"color": colour, "symbol": symbol, "size": 6}
    )
    figure.add_trace(line.update(cliponaxis=False))


def _over_steps(figure: go.Figure, cursor: int, inks: Inks) -> None:
    figure.update_xaxes(title="step", tickformat=",", rangemode="tozero")
    figure.add_vline(cursor, line={"color": inks.text, "width": 1.5})


def _log_range(curves: Sequence[Curve], limit: tuple[float, str] | None) -> list[float]:
    """Exponents of an axis that holds all positive values and the limit, with room for names."""
    values = [value for curve in curves for value in curve.values if np.isfinite(value) and value > 0]
    values += [] if limit is None else [limit[0]]
    low, high = np.log10([min(values, default=1.0), max(values, default=1.0)])
    pad = max(0.15, 0.15 * (high - low))
    return [low - pad, high + 1.4 * pad]


def _log_ticks(low: float, high: float) -> list[float]:
    """About four to eight round numbers between the exponents: powers of ten, on a short axis 2 and 5 of them, too."""
    span = high - low
    factors = (1, 1.5, 2, 3, 5, 7) if span < 0.8 else (1, 2, 5) if span < 2.5 else (1,)
    pace = 1 if span < 8 else int(np.ceil(span / 8))
    powers = range(int(np.floor(low)), int(np.ceil(high)) + 1, pace)
    return [factor * 10.0**power for power in powers for factor in factors if low <= np.log10(factor) + power <= high]


def _name_rows(figure: go.Figure, classes: np.ndarray, names: Sequence[str], inks: Inks) -> None:
    """Class names in the middle of each class's rows, and lines between classes of several rows."""
    found, firsts, counts = np.unique(classes, return_index=True, return_counts=True)
    thinned = slice(None, None, -(-len(found) // _MOST_NAMES))
    middles = (firsts + (counts - 1) / 2)[thinned]
    labels = [names[k] for k in found[thinned]]
    figure.update_yaxes(title="images of", autorange="reversed", showgrid=False, tickvals=middles, ticktext=labels)
    for first in firsts[1:] if len(classes) > len(found) else []:
        figure.add_hline(first - 0.5, line={"color": inks.faint, "width": 1})


def _distinct(names: Sequence[str]) -> list[str]:
    """Names as a category axis needs them: text, none twice."""
    return [name if names.index(name) == place else f"{name} ({place})" for place, name in enumerate(map(str, names))]


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
