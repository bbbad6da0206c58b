"""Figures of arms paired by seed: a line a seed from one arm to the next, and what changes in each class."""

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from ddcore.errors import shown
from ddcore.figures.canvas import PERCENT, distinct, empty_figure, inks_of

_LEAST_POINTS = 1.0
"""Percentage points that the axis spans at least: less would make chance look like a difference."""


def seed_slopes(arms: Sequence[tuple[str, Mapping[int, float]]], *, dark: bool) -> go.Figure:
    """Accuracies (fractions) of `arms` in order, each by seed: a thin line joins the points of a seed, and a bar is the
    mean of an arm. The last arm is the accented one. Names may hold <br>."""
    inks, names = inks_of(dark), [name for name, _ in arms]
    figure = empty_figure(inks, height=330, showlegend=False)
    for seed in sorted({seed for _, by_seed in arms for seed in by_seed}):
        there = [(place, 100 * by_seed[seed]) for place, (_, by_seed) in enumerate(arms) if seed in by_seed]
        places, values = zip(*there, strict=True)
        colours = [inks.accent if place == len(arms) - 1 else inks.mark for place in places]
        line = go.Scatter(x=places, y=values, mode="lines+markers", line={"color": inks.faint, "width": 1})
        line.update(marker={"color": colours, "size": 9}, cliponaxis=False)
        figure.add_trace(line.update(hovertemplate=f"seed {seed}: %{{y:.2f}} %<extra></extra>"))
    for place, (_, by_seed) in enumerate(arms):
        if by_seed:
            _add_mean(figure, place, 100 * float(np.mean(list(by_seed.values()))), len(by_seed), inks.text)
    figure.update_xaxes(
        tickvals=list(range(len(arms))), ticktext=names, range=[-0.5, len(arms) - 0.5], showgrid=False, tickangle=0
    )
    figure.update_yaxes(title="test accuracy", **PERCENT, range=_span(arms))
    figure.update_layout(margin={"t": 16})
    return figure


def class_changes(changes: Mapping[int, np.ndarray], names: Sequence[str], *, dark: bool) -> go.Figure:
    """Changes in points of the classes `names`, a row each: a dot for each seed, (rows,) of it, and a bar at the mean.

    A change of NaN, of a class without test images, draws nothing.
    """
    inks, rows = inks_of(dark), distinct([escape(shown(name, 22), quote=False) for name in names])
    figure = empty_figure(inks, height=80 + 30 * len(rows), showlegend=False)
    for seed, change in changes.items():
        dots = go.Scatter(x=change, y=rows, mode="markers", marker={"color": inks.faint, "size": 7}, cliponaxis=False)
        figure.add_trace(dots.update(hovertemplate=f"%{{y}}, seed {seed}: %{{x:+.2f}} points<extra></extra>"))
    mean = np.mean(list(changes.values()), 0)
    bar = {"symbol": "line-ns-open", "size": 18, "color": inks.accent, "line": {"width": 4, "color": inks.accent}}
    means = go.Scatter(x=mean, y=rows, mode="markers", marker=bar, cliponaxis=False)
    figure.add_trace(means.update(hovertemplate=f"%{{y}}, mean of {len(changes)}: %{{x:+.2f}} points<extra></extra>"))
    figure.add_vline(0, line={"color": inks.text, "width": 1.5}, layer="below")
    figure.update_xaxes(title="change of the class's test accuracy, in points", tickformat="+.4~g")
    figure.update_yaxes(autorange="reversed", type="category")
    figure.update_layout(margin={"t": 8})
    return figure


def _add_mean(figure: go.Figure, place: int, mean: float, count: int, colour: str) -> None:
    bar = go.Scatter(x=[place - 0.16, place + 0.16], y=[mean, mean], mode="lines", line={"color": colour, "width": 3})
    figure.add_trace(bar.update(hovertemplate=f"mean of {count}: {mean:.2f} %<extra></extra>"))
    text = go.Scatter(x=[place + 0.2], y=[mean], mode="text", text=[f"{mean:.1f} %"], textposition="middle right")
    figure.add_trace(text.update(textfont={"size": 14, "color": colour}, hoverinfo="skip", cliponaxis=False))


def _span(arms: Sequence[tuple[str, Mapping[int, float]]]) -> tuple[float, float]:
    values = [100 * value for _, by_seed in arms for value in by_seed.values()] or [0.0, 100.0]
    low, high = min(values), max(values)
    pad = max(0.1 * (high - low), (_LEAST_POINTS - (high - low)) / 2)
    return low - pad, high + pad
