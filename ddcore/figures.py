"""Plotly figures as pure functions of arrays. Each takes `dark` and sets every colour itself, on a clear background.

For Streamlit: `st.plotly_chart(figure, theme=None)`, since its own theme would repaint them.
"""

from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

MOST_CLASSES = 20
_PERCENT = {"tickformat": ".4~g", "ticksuffix": " %"}  # of an axis
BINS = 60


class _Inks(NamedTuple):
    text: str
    faint: str  # second-rank text
    grid: str
    rest: str  # bars that are context
    accent: str  # what the reader chose or is looking at
    mark: str  # what it is compared with


_DARK = _Inks("#e4eaf1", "#a9b5c2", "#2c3744", "#46525f", "#3f90da", "#ffa90e")
_LIGHT = _Inks("#1c2733", "#566373", "#dde4eb", "#c3ccd6", "#2a76bd", "#bd5500")


def score_histogram(
    scores: np.ndarray,
    selected_range: tuple[float, float] | None,
    name: str,
    *,
    dark: bool,
    log_counts: bool | None = None,
) -> go.Figure:
    """Histogram of `scores` (N,): those in `selected_range` (both ends included; None: all) in colour, the rest grey.

    Counts are on a logarithmic axis if `log_counts`; by default when a tail would not be seen otherwise. Scores
    that are not finite are left out.
    """
    inks, scores = _inks(dark), np.asarray(scores, float)
    scores = scores[np.isfinite(scores)]
    low, high = selected_range or (-np.inf, np.inf)
    edges = _edges(scores)
    counts, _ = np.histogram(scores, edges)
    inside, _ = np.histogram(scores[(scores >= low) & (scores <= high)], edges)
    if log_counts is None:
        log_counts = bool(counts.any() and counts.max() > 50 * np.median(counts[counts > 0]))
    # A log axis has no zero: stacked bars would misstate the parts, so the chosen part is drawn over the whole.
    width, middle = np.diff(edges), (edges[:-1] + edges[1:]) / 2
    spans = [f"{a:.3g} to {b:.3g}" for a, b in zip(edges[:-1], edges[1:], strict=True)]
    figure = _figure(inks, height=260, barmode="overlay", bargap=0, showlegend=False)
    for part, colour, label in ((counts, inks.rest, "in all"), (inside, inks.accent, "in range")):
        shown = np.where(part > 0, part, np.nan)
        hover = f"%{{customdata}}<br>%{{y:,}} {label}<extra></extra>"
        line = {"width": 0.5, "color": colour}
        bar = go.Bar(x=middle, y=shown, width=width, customdata=spans, hovertemplate=hover)
        figure.add_trace(bar.update(marker={"color": colour, "line": line}))
    figure.update_xaxes(title=name, showgrid=False, range=[edges[0], edges[-1]])
    figure.update_yaxes(title="images (log scale)" if log_counts else "images", type="log" if log_counts else "linear")
    if log_counts:
        figure.update_yaxes(dtick=1, tickformat=",", range=[np.log10(0.7), np.log10(1.6 * max(1, counts.max()))])
    return figure


def class_mix(counts_selected: np.ndarray, counts_all: np.ndarray, names: tuple[str, ...], *, dark: bool) -> go.Figure:
    """Share of each class in the selection (bar) beside its share in all images (line); counts (K,).

    Above 20 classes the 20 whose shares differ most are shown, and the axis says so.
    """
    inks = _inks(dark)
    counts_selected, counts_all = np.asarray(counts_selected), np.asarray(counts_all)
    selected, everyone = _shares(counts_selected), _shares(counts_all)
    shown = np.sort(np.argsort(-np.abs(selected - everyone), kind="stable")[:MOST_CLASSES])
    labels = [names[i] for i in shown]
    figure = _figure(inks, height=90 + 26 * len(shown), bargap=0.25)
    hover = "%{y}<br>%{x:.1f} % of the selection: %{customdata:,}<extra></extra>"
    bar = go.Bar(x=selected[shown], y=labels, orientation="h", name="in the selection", hovertemplate=hover)
    figure.add_trace(bar.update(customdata=counts_selected[shown], marker={"color": inks.accent}))
    hover = "%{y}<br>%{x:.1f} % of all: %{customdata:,}<extra></extra>"
    _ticks(figure, inks, everyone[shown], labels, "in all images", hover, counts_all[shown])
    note = "" if len(shown) == len(names) else f", {len(shown)} of {len(names)} classes: the largest differences"
    figure.update_xaxes(title=f"share of images{note}", **_PERCENT, rangemode="tozero")
    figure.update_yaxes(autorange="reversed", showgrid=False, type="category")
    return figure


def score_terms(term_names: tuple[str, ...], values: np.ndarray, typical: np.ndarray, *, dark: bool) -> go.Figure:
    """The terms (T,) one image's score is the sum of (bars), beside the median image's (lines)."""
    inks = _inks(dark)
    figure = _figure(inks, height=90 + 34 * len(term_names), bargap=0.3)
    hover = "%{y}: %{x:.3g}<extra></extra>"
    bar = go.Bar(x=values, y=term_names, orientation="h", name="this image", hovertemplate=hover)
    figure.add_trace(bar.update(marker={"color": inks.accent}))
    _ticks(figure, inks, typical, term_names, "median image", "median %{y}: %{x:.3g}<extra></extra>")
    figure.update_xaxes(title="part of the score", rangemode="tozero")
    figure.update_yaxes(autorange="reversed", showgrid=False, type="category")
    return figure


def accuracy_bars(
    initial: dict | None, random: dict | None, distilled: dict | None, full: dict | None, *, dark: bool
) -> go.Figure:
    """Test accuracies side by side, each {"mean", "std", "repeats"} in fractions or None where not measured.

    Points with one standard deviation over the repeats; the number of repeats stands in the label.
    """
    inks = _inks(dark)
    rows = [
        ("random images", random, inks.faint, "circle-open"),
        ("start", initial, inks.mark, "diamond"),
        ("distilled", distilled, inks.accent, "circle"),
        ("full data", full, inks.text, "square-open"),
    ]
    rows = [row for row in rows if row[1] is not None]
    figure = _figure(inks, height=90 + 42 * len(rows), showlegend=False)
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
    ends = [100 * (one["mean"] + sign * one["std"]) for _, one, _, _ in rows for sign in (-1, 1)] or [0.0, 100.0]
    pad = max(2.0, 0.12 * (max(ends) - min(ends)))  # room for the labels over the outermost points
    title = "test accuracy, ± one standard deviation of n"
    figure.update_xaxes(title=title, **_PERCENT, range=[min(ends) - pad, max(ends) + pad])
    figure.update_yaxes(autorange="reversed", type="category")
    return figure


def _ticks(figure, inks, x, labels, name, hover, customdata=None) -> None:
    """An upright line per bar: the value it is compared with."""
    line = {"symbol": "line-ns-open", "size": 16, "color": inks.mark, "line": {"width": 3, "color": inks.mark}}
    mark = go.Scatter(x=x, y=labels, mode="markers", name=name, hovertemplate=hover, marker=line, customdata=customdata)
    figure.add_trace(mark.update(cliponaxis=False))


def _edges(scores: np.ndarray) -> np.ndarray:
    """Edges of the bins; equal scores (as of the uniform score) get one narrow bin, with room on both sides."""
    if len(scores) and scores.min() == scores.max():
        return scores[0] + (abs(scores[0]) or 1.0) * np.array([-0.6, -0.05, 0.05, 0.6])
    return np.histogram_bin_edges(scores, min(BINS, max(1, len(np.unique(scores)))))


def _shares(counts: np.ndarray) -> np.ndarray:
    """In percent."""
    total = counts.sum()
    return 100 * counts / total if total else np.zeros(len(counts))


def _inks(dark: bool) -> _Inks:
    return _DARK if dark else _LIGHT


def _figure(inks: _Inks, **layout) -> go.Figure:
    """An empty figure with our fonts, margins and axes, independent of Plotly's default template."""
    axis = {
        "color": inks.faint,
        "gridcolor": inks.grid,
        "zeroline": False,
        "automargin": True,
        "title": {"font": {"size": 14}, "standoff": 10},
        "exponentformat": "power",
        "ticklabelstandoff": 6,
        "fixedrange": True,
    }
    figure = go.Figure(layout={"template": "none"})
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
