"""Figures of what synthetic images are made of: spectra, coverage of classes, what students take them for."""

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from ddcore.figures.canvas import PERCENT, distinct, empty_figure, inks_of

MOST_CLASSES = 20
MOST_PROBABLE = 10
_NARROW = 100  # times the least power: an axis that narrow has ticks within its decades, too


def spectrum(image: np.ndarray, usual: np.ndarray, name: str, *, dark: bool) -> go.Figure:
    """Power of an image and the mean of real images called `name`, both (R,), over frequency from 1 on; log axes."""
    inks, name = inks_of(dark), escape(name, quote=False)
    figure = empty_figure(inks, height=270, showlegend=True)
    rings = np.arange(1, len(image))
    for values, label, colour, dash in ((usual, name, inks.mark, "dash"), (image, "this image", inks.accent, "solid")):
        known = [value if value > 0 else None for value in values[1:].tolist()]
        line = go.Scatter(
            x=rings, y=known, name=label, mode="lines", line={"color": colour, "width": 2.5, "dash": dash}
        )
        figure.add_trace(line.update(hovertemplate="%{x} cycles: %{y:.2g}<extra>%{fullData.name}</extra>"))
    ticks = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
    shown = [tick for tick in ticks if tick <= rings[-1]] if len(rings) else [1]
    figure.update_xaxes(title="cycles per image", type="log", tickvals=shown, ticktext=[str(tick) for tick in shown])
    powers = [value for value in (*image[1:], *usual[1:]) if value > 0]
    narrow = max(powers, default=1.0) / min(powers, default=1.0) < _NARROW
    figure.update_yaxes(title="power", type="log", dtick="D2" if narrow else 1, tickformat="~g")
    return figure


def class_dots(
    values: Sequence[np.ndarray], names: Sequence[str], title: str, *, dark: bool, percent: bool = False
) -> go.Figure:
    """A number for each class (K,), of one run or two (A and B), as dots on one axis called `title`.

    Above 20 classes the 20 with the largest numbers are shown, and the axis says so.
    """
    inks = inks_of(dark)
    table = np.array(values, float) * (100 if percent else 1)
    worst = np.where(np.isnan(table), -np.inf, table).max(axis=0)
    shown = np.sort(np.argsort(-worst, kind="stable")[:MOST_CLASSES])
    labels = distinct([escape(name, quote=False) for name in names])
    figure = empty_figure(inks, height=90 + 24 * len(shown), showlegend=len(table) > 1)
    colours, symbols = (inks.accent, inks.mark), ("circle", "square-open")
    for run, row in enumerate(table):
        marker = {"color": colours[run], "symbol": symbols[run], "size": 10, "line": {"width": 2}}
        dots = go.Scatter(
            x=row[shown], y=[labels[k] for k in shown], mode="markers", name="AB"[run], marker=marker, cliponaxis=False
        )
        figure.add_trace(dots.update(hovertemplate=f"%{{y}}: %{{x:.3~g}}{' %' if percent else ''}<extra></extra>"))
    note = "" if len(shown) == len(names) else f", the {len(shown)} largest of {len(names)} classes"
    figure.update_xaxes(title=f"{title}{note}", rangemode="tozero", **(PERCENT if percent else {}))
    figure.update_yaxes(autorange="reversed", type="category")
    return figure


def class_probabilities(values: np.ndarray, names: Sequence[str], own: int, *, dark: bool) -> go.Figure:
    """Probability of each class (K,) as bars, the image's `own` class in the colour of what is looked at.

    Above 10 classes the 10 with the largest are shown, and the axis says so.
    """
    inks = inks_of(dark)
    shown = np.sort(np.argsort(-values, kind="stable")[:MOST_PROBABLE])
    labels = distinct([escape(name, quote=False) for name in names])
    figure = empty_figure(inks, height=90 + 24 * len(shown), bargap=0.3)
    colours = [inks.accent if k == own else inks.rest for k in shown]
    bars = go.Bar(x=100 * values[shown], y=[labels[k] for k in shown], orientation="h", marker={"color": colours})
    figure.add_trace(bars.update(hovertemplate="%{y}: %{x:.1f} %<extra></extra>"))
    note = "" if len(shown) == len(names) else f", the {len(shown)} largest of {len(names)} classes"
    figure.update_xaxes(title=f"probability{note}", range=[0, 100], **PERCENT)
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False)
    return figure
