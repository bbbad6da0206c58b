"""Figures of shares: of classes in a selection, of test images classified correctly."""

from collections.abc import Iterable

import numpy as np
import plotly.graph_objects as go

from ddcore.figures.canvas import PERCENT, add_ticks, empty_figure, inks_of

MOST_CLASSES = 20
LEAST_POINTS = 10.0  # that an axis of accuracies spans: less would show chance as if it were a difference


def class_mix(counts_selected: np.ndarray, counts_all: np.ndarray, names: tuple[str, ...], *, dark: bool) -> go.Figure:
    """Share of each class in the selection (bar) beside its share in all images (line); counts (K,).

    Above 20 classes the 20 whose shares differ most are shown, and the axis says so.
    """
    inks = inks_of(dark)
    counts_selected, counts_all = np.asarray(counts_selected), np.asarray(counts_all)
    selected, everyone = _shares(counts_selected), _shares(counts_all)
    shown = np.sort(np.argsort(-np.abs(selected - everyone), kind="stable")[:MOST_CLASSES])
    labels = [names[i] for i in shown]
    figure = empty_figure(inks, height=90 + 26 * len(shown), bargap=0.25)
    hover = "%{y}<br>%{x:.1f} % of the selection: %{customdata:,}<extra></extra>"
    bar = go.Bar(x=selected[shown], y=labels, orientation="h", name="in the selection", hovertemplate=hover)
    figure.add_trace(bar.update(customdata=counts_selected[shown], marker={"color": inks.accent}))
    hover = "%{y}<br>%{x:.1f} % of all: %{customdata:,}<extra></extra>"
    add_ticks(figure, inks, everyone[shown], labels, "in all images", hover, counts_all[shown])
    note = "" if len(shown) == len(names) else f", {len(shown)} of {len(names)} classes: the largest differences"
    figure.update_xaxes(title=f"share of images{note}", **PERCENT, rangemode="tozero")
    figure.update_yaxes(autorange="reversed", showgrid=False, type="category")
    return figure


def accuracy_bars(
    initial: dict | None,
    random: dict | None,
    distilled: dict | None,
    full: dict | None,
    *,
    dark: bool,
    start: str = "start",
    beside: Iterable[dict | None] = (),
) -> go.Figure:
    """Test accuracies side by side, each {"mean", "std", "repeats"} in fractions or None if not measured.

    Points with one standard deviation over the repeats; the number of repeats stands in the label. `start` is what the
    initial images are called. The axis also holds the accuracies `beside`, of a figure next to this one.
    """
    inks = inks_of(dark)
    accuracies = [
        ("random images", random, inks.faint, "circle-open"),
        (start, initial, inks.mark, "diamond"),
        ("distilled", distilled, inks.accent, "circle"),
        ("full data", full, inks.text, "square-open"),
    ]
    rows = [(label, known, colour, symbol) for label, known, colour, symbol in accuracies if known is not None]
    figure = empty_figure(inks, height=90 + 42 * len(rows), showlegend=False)
    for label, accuracy, colour, symbol in rows:
        repeats, std = accuracy["repeats"], accuracy["std"]
        spread = f" ± {100 * std:.1f}" if repeats > 1 else ""
        text = f"{100 * accuracy['mean']:.1f} %{spread}"
        point = go.Scatter(x=[100 * accuracy["mean"]], y=[f"{label} (n = {repeats})"], mode="markers+text", text=[text])
        point.update(marker={"color": colour, "symbol": symbol, "size": 12, "line": {"color": colour, "width": 2}})
        point.update(textposition="top center", textfont={"color": inks.text, "size": 13}, cliponaxis=False)
        point.update(hovertemplate=f"{label}: {text}<br>{repeats} repeats<extra></extra>")
        if repeats > 1:
            point.update(error_x={"array": [100 * std], "color": colour, "thickness": 2, "width": 6})
        figure.add_trace(point)
    title = "accuracy, ± one standard deviation"
    span = _accuracy_span([one for _, one, _, _ in rows] + [one for one in beside if one is not None])
    ticks = percents(*span)  # Plotly adds no unit to ticks it is given
    figure.update_xaxes(title=title, range=span, tickvals=ticks, ticktext=[f"{tick:.4g} %" for tick in ticks])
    figure.update_yaxes(autorange="reversed", type="category")
    return figure


def _accuracy_span(accuracies: list[dict]) -> tuple[float, float]:
    """The ends in percent of an axis that holds all of them with their spreads, and room for labels."""
    ends = [100 * (one["mean"] + sign * one["std"]) for one in accuracies for sign in (-1, 1)] or [0.0, 100.0]
    low, high = min(ends), max(ends)
    pad = max(2.0, 0.12 * (high - low), (LEAST_POINTS - (high - low)) / 2)  # at least: for labels over outermost points
    return low - pad, high + pad


def percents(low: float, high: float) -> list[float]:
    """About five round numbers between the two that a share can be: none below 0 or above 100."""
    rough = (high - low) / 5
    power = 10.0 ** np.floor(np.log10(rough))
    pace = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= 0.9 * rough)
    return (pace * np.arange(np.ceil(max(low, 0.0) / pace), np.floor(min(high, 100.0) / pace + 1e-9) + 1)).tolist()


def _shares(counts: np.ndarray) -> np.ndarray:
    """In percent."""
    total = counts.sum()
    return 100 * counts / total if total else np.zeros(len(counts))
