"""Figures of importance scores."""

import numpy as np
import plotly.graph_objects as go

from ddcore.figures.canvas import PERCENT, add_ticks, diverging, empty_figure, inks_of

BINS = 60
_CURVE_POINTS = 300


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
    inks, scores = inks_of(dark), np.asarray(scores, float)
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
    figure = empty_figure(inks, height=260, barmode="overlay", bargap=0, showlegend=False)
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


def score_terms(term_names: tuple[str, ...], values: np.ndarray, typical: np.ndarray, *, dark: bool) -> go.Figure:
    """The terms (T,) one image's score is the sum of (bars), beside the median of each over all images (lines)."""
    inks = inks_of(dark)
    figure = empty_figure(inks, height=90 + 34 * len(term_names), bargap=0.3)
    hover = "%{y}: %{x:.3g}<extra></extra>"
    bar = go.Bar(x=values, y=term_names, orientation="h", name="this image", hovertemplate=hover)
    figure.add_trace(bar.update(marker={"color": inks.accent}))
    add_ticks(figure, inks, typical, term_names, "median of all images", "median %{y}: %{x:.3g}<extra></extra>")
    figure.update_xaxes(title="part of the score", rangemode="tozero")
    figure.update_yaxes(autorange="reversed", showgrid=False, type="category")
    return figure


def rank_dots(names: tuple[str, ...], shares: np.ndarray, *, dark: bool) -> go.Figure:
    """Where one image stands under several scores (S,): `shares` (S,), the percentage of images that matter less.

    The first is the score at hand.
    """
    inks, shares = inks_of(dark), np.asarray(shares, float)
    figure = empty_figure(inks, height=110 + 26 * len(names), showlegend=False)
    colours = [inks.mark if place == 0 else inks.accent for place in range(len(names))]
    hover = "%{y}<br>more important than %{x:.1f} % of the images<extra></extra>"
    stems = go.Bar(x=shares, y=names, orientation="h", width=0.08, hovertemplate=hover, marker={"color": inks.rest})
    figure.add_trace(stems)
    dots = go.Scatter(x=shares, y=names, mode="markers", hovertemplate=hover, cliponaxis=False)
    figure.add_trace(dots.update(marker={"color": colours, "size": 12}))
    figure.update_xaxes(title="more important than … of the images", **PERCENT, range=[0, 102], dtick=25)
    figure.update_yaxes(autorange="reversed", showgrid=False, type="category")
    return figure


def finding_curves(
    curves: dict[str, tuple[np.ndarray, np.ndarray]], base_rate: float, found: str, *, dark: bool
) -> go.Figure:
    """Precision against recall of scores that look for something, the best first; each (recall (n,), precision (n,)).

    In steps: images of equal score are taken together, and the area below a curve is the average precision.
    The first three are distinguished by colour and dash, the others are context. `base_rate`: the precision of a blind
    search (share of what is sought); `found`: what it is, in the plural.
    """
    inks = inks_of(dark)
    figure = empty_figure(inks, height=380)
    styles = [(inks.accent, "solid", 3), (inks.mark, "dash", 2.5), (inks.text, "dot", 2.5)]
    for place, (name, (recall, precision)) in reversed(list(enumerate(curves.items()))):
        leading = place < len(styles)
        colour, dash, width = styles[place] if leading else (inks.rest, "solid", 1.5)
        shown = _evenly(recall)
        x, y = np.append(0, 100 * recall[shown]), 100 * precision[np.append(shown[0], shown)]
        hover = f"{name}<br>%{{x:.0f}} % of the {found} found;<br>%{{y:.0f}} % of those are {found}<extra></extra>"
        line = go.Scatter(x=x, y=y, name=name, mode="lines", hovertemplate=hover)
        line.update(line={"color": colour, "dash": dash, "width": width, "shape": "vh"})
        line.update(showlegend=leading, legendrank=place)
        figure.add_trace(line)
    chance = go.Scatter(x=[0, 100], y=[100 * base_rate] * 2, mode="lines", showlegend=False, name="chance")
    chance.update(line={"color": inks.faint, "width": 1}, hovertemplate="chance: %{y:.3g} %<extra></extra>")
    figure.add_trace(chance)
    figure.update_xaxes(title=f"recall: share of the {found} found", **PERCENT, range=[0, 101])
    figure.update_yaxes(title=f"precision: share that are {found}", **PERCENT, range=[0, 104])
    # Beside the plot, where no curve crosses it: all of them end at the height of chance.
    words = {"text": f"chance<br>{100 * base_rate:.3g} %", "font": {"color": inks.faint}, "align": "left"}
    figure.add_annotation(x=1, xref="paper", xanchor="left", y=100 * base_rate, showarrow=False, **words)
    figure.update_layout(margin={"r": 64})
    return figure


def _evenly(recall: np.ndarray) -> np.ndarray:
    """Places of at most 300 points spread evenly over ascending `recall` (n,), both ends among them."""
    if len(recall) <= _CURVE_POINTS:
        return np.arange(len(recall))
    steps = np.linspace(recall[0], recall[-1], _CURVE_POINTS)
    return np.unique(np.append(np.searchsorted(recall, steps), len(recall) - 1).clip(0, len(recall) - 1))


def _edges(scores: np.ndarray) -> np.ndarray:
    """Edges of the bins; equal scores (as of the uniform score) get one narrow bin, with room on both sides."""
    if len(scores) and scores.min() == scores.max():
        return scores[0] + (abs(scores[0]) or 1.0) * np.array([-0.6, -0.05, 0.05, 0.6])
    return np.histogram_bin_edges(scores, min(BINS, max(1, len(np.unique(scores)))))


def agreement_matrix(titles: tuple[str, ...], values: np.ndarray, *, dark: bool) -> go.Figure:
    """Rank correlations (S,S), -1 to 1, of S scores called `titles` (S,) as a heat map with its numbers."""
    words = [[f"{value:.2f}".replace("-", "−") for value in row] for row in values]
    figure = empty_figure(inks_of(dark), height=150 + 34 * len(titles))
    heat = go.Heatmap(x=titles, y=titles, z=values, zmin=-1, zmax=1, text=words, texttemplate="%{text}", xgap=1, ygap=1)
    heat.update(colorscale=diverging(dark), showscale=False, hovertemplate="%{y}, %{x}: %{text}<extra></extra>")
    figure.add_trace(heat)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_xaxes(tickangle=-35, showgrid=False)
    return figure
