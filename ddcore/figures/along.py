"""Accuracies along a number, over seeds: means with bands of one standard deviation, and what one more is worth."""

from collections.abc import Sequence
from html import escape
from textwrap import wrap
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from ddcore.figures.canvas import Inks, empty_figure, inks_of
from ddcore.figures.looks import Look, looks_of
from ddcore.figures.pairs import LEGEND_ROW, accuracy_axis

MOST_LINES = 8  # besides random images and all the data: of more, neither colours nor forms can be told apart
_LOG_FROM = 8.0  # times the first place: from there on, a linear axis would press the first places together
_SHORT_NAME = 8  # letters that have room at the end of a line
_MOST_TICKS = 12
_LONGEST_LINE = 40  # letters of a name; a longer one goes on below
_APART = 16  # pixels between two labels at the ends of lines
_HEIGHT, _PLOT = 330, 240  # pixels of a figure without its legend, and between its axes


class Path(NamedTuple):
    """A line: `levels` are (place, mean, standard deviation, n, of what) in percent by rising place, NaN where n is 1.

    `role`: random | importance | distilled | full. `raw`: of each seed (name, places, percents), drawn thin.
    """

    name: str
    role: str
    levels: Sequence[tuple[float, float, float, int, str]]
    raw: Sequence[tuple[str, Sequence[float], Sequence[float]]] = ()


class Mark(NamedTuple):
    """A published accuracy in percent, and where it is from."""

    name: str
    place: float
    mean: float
    std: float
    source: str


class Gained(NamedTuple):
    """Points for each one more between two places, with half of its interval, infinite if it has none."""

    name: str
    role: str
    low: float
    high: float
    mean: float
    half: float
    n: int


def against(paths: Sequence[Path], title: str, *, dark: bool, marks: Sequence[Mark] = ()) -> go.Figure:
    """Mean accuracies along an axis called `title`, with a tick at each place; stars are published accuracies."""
    inks, figure = inks_of(dark), _drawn(paths, title, dark)
    for place, name in enumerate(dict.fromkeys(mark.name for mark in marks)):
        figure.add_trace(_stars([mark for mark in marks if mark.name == name], place, inks))
    places = sorted({level[0] for path in paths for level in path.levels} | {mark.place for mark in marks})
    log = len(places) > 1 and places[0] > 0 and places[-1] >= _LOG_FROM * places[0]
    if log:
        figure.update_xaxes(type="log", title=f"{title}, log axis")
    if len(places) <= _MOST_TICKS:
        figure.update_xaxes(tickvals=places, ticktext=[f"{place:,.4g}" for place in places])
    ends = [end for mark in marks for end in (mark.mean - mark.std, mark.mean + mark.std)]
    _finish(figure, paths, ends, inks, log)
    return figure


def seed_curves(paths: Sequence[Path], title: str, *, dark: bool, window: int = 1) -> go.Figure:
    """Mean accuracies along runs, over seeds, and each seed's own curve, thin.

    `window`: points of the running mean that the means and bands are of; the seeds' own curves are never smoothed.
    """
    figure = _drawn(paths, title, dark)
    figure.update_xaxes(rangemode="tozero", tickformat=",")
    _finish(figure, paths, [value for path in paths for _, _, values in path.raw for value in values], inks_of(dark))
    return figure.update_yaxes(title=f"accuracy, mean of {window} points" if window > 1 else "accuracy")


def worth(gained: Sequence[Gained], along: str, *, dark: bool) -> go.Figure:
    """Points that each one more of `along` adds, between neighbouring places, with their intervals.

    An interval much wider than the others would press all of them flat: it ends in an arrow at the edge.
    """
    inks, figure = inks_of(dark), empty_figure(inks_of(dark), showlegend=True)
    steps = sorted({(one.low, one.high) for one in gained})
    lines = list({(one.name, one.role): one for one in gained}.values())
    paths = [Path(one.name, one.role, ()) for one in lines]
    low, high = _reach(gained)
    arrows: list[tuple[float, float, str]] = []  # place, level, symbol
    for place, (path, look) in enumerate(zip(paths, looks_of([path.role for path in paths], dark=dark), strict=True)):
        own = [one for one in gained if (one.name, one.role) == (path.name, path.role)]
        aside = 0.12 * (place - (len(paths) - 1) / 2)
        places = [steps.index((one.low, one.high)) + aside for one in own]
        points = go.Scatter(x=places, y=[one.mean for one in own], mode="lines+markers", name=_plain(path.name))
        edge = {"width": 2, "color": look.colour}
        points.update(marker={"symbol": look.symbol, "size": 10, "color": look.colour, "line": edge})
        points.update(line={"color": look.colour, "dash": look.dash})
        halves = [one.half if np.isfinite(one.half) else 0 for one in own]
        up = [_within(half, high - one.mean) for half, one in zip(halves, own, strict=True)]
        down = [_within(half, one.mean - low) for half, one in zip(halves, own, strict=True)]
        width = 5 if any(halves) else 0
        points.update(error_y={"array": up, "arrayminus": down, "color": look.colour, "thickness": 2, "width": width})
        for level, symbol, ends in ((high, "triangle-up", up), (low, "triangle-down", down)):
            arrows += [(at, level, symbol) for at, end, half in zip(places, ends, halves, strict=True) if end < half]
        points.update(customdata=[_interval(one) for one in own], cliponaxis=False)
        figure.add_trace(points.update(hovertemplate="%{fullData.name}: %{customdata}<extra></extra>"))
    if arrows:
        figure.add_trace(_arrows(arrows, inks))
    figure.add_hline(0, line={"color": inks.faint, "width": 1.5})
    ticks = [f"{low:,g} – {high:,g}" for low, high in steps]
    figure.update_xaxes(title=along, range=[-0.5, len(steps) - 0.5], showgrid=False)
    figure.update_xaxes(tickvals=list(range(len(steps))), ticktext=ticks, tickangle=0)
    figure.update_layout(height=_HEIGHT + _legend_height(figure))
    margin = 0.04 * (high - low)
    return figure.update_yaxes(title="points for each one more", tickformat=".3~g", range=[low - margin, high + margin])


def _reach(gained: Sequence[Gained]) -> tuple[float, float]:
    """From where to where intervals are drawn: those of usual width in full, and 0 and all means are among them."""
    means, halves = [0.0, *(one.mean for one in gained)], [one.half for one in gained if np.isfinite(one.half)]
    low, high = min(means), max(means)
    beyond = max((high - low) / 2, 1.5 * float(np.median(halves)) if halves else 0.0)
    ends = [one.mean + sign * one.half for one in gained if np.isfinite(one.half) for sign in (-1, 1)]
    low, high = max(low - beyond, min([low, *ends])), min(high + beyond, max([high, *ends]))
    return (low, high) if high > low else (low - 1, high + 1)


def _within(half: float, room: float) -> float:
    """As much of half an interval as there is room for; an end at the edge is within, whatever its rounding."""
    return half if half <= room + 1e-9 * half else room


def _arrows(arrows: list[tuple[float, float, str]], inks: Inks) -> go.Scatter:
    """Where intervals go on beyond the picture."""
    places, edges, symbols = zip(*arrows, strict=True)
    found = go.Scatter(x=places, y=edges, mode="markers", name="the interval goes on", hoverinfo="skip")
    return found.update(marker={"symbol": list(symbols), "size": 11, "color": inks.text}, cliponaxis=False)


def _interval(one: Gained) -> str:
    half = f" ± {one.half:.2g}" if np.isfinite(one.half) else ""
    return f"{one.mean:+.2g}{half} points for each one more, n = {one.n}".replace("-", "−")


def _drawn(paths: Sequence[Path], title: str, dark: bool) -> go.Figure:
    inks = inks_of(dark)
    figure = empty_figure(inks, showlegend=True)
    for path, look in zip(paths, looks_of([path.role for path in paths], dark=dark), strict=True):
        name, (places, means, stds, counts, kinds) = _plain(path.name), _columns(path)
        figure.add_trace(_band(places, means, stds, look, name))
        for own, at, values in path.raw:
            thin = go.Scatter(
                x=list(at), y=list(values), mode="lines", legendgroup=name, showlegend=False, opacity=0.45
            )
            thin.update(line={"color": look.colour, "width": 1}, cliponaxis=False)
            figure.add_trace(thin.update(hovertemplate=f"{name}, {_plain(own)}: %{{y:.1f}} %<extra></extra>"))
        spreads = [f" ± {std:.1f}" if np.isfinite(std) else "" for std in stds]
        line = go.Scatter(x=places, y=means, name=name, legendgroup=name, mode="lines+markers", cliponaxis=False)
        line.update(line={"color": look.colour, "width": 2.5, "dash": look.dash})
        line.update(marker={"size": 8, "symbol": look.symbol, "color": look.colour, "maxdisplayed": _MOST_TICKS})
        line.update(customdata=list(zip(spreads, counts, kinds, strict=True)))
        hover = "%{fullData.name}, %{x:,.4~g}: %{y:.1f} %%{customdata[0]}, n = %{customdata[1]} %{customdata[2]}"
        figure.add_trace(line.update(hovertemplate=f"{hover}<extra></extra>"))
    return figure.update_xaxes(title=title)


def _band(places: list, means: list, stds: list, look: Look, name: str) -> go.Scatter:
    """One standard deviation either way, where there is one."""
    known = [(place, mean, std) for place, mean, std in zip(places, means, stds, strict=True) if np.isfinite(std)]
    x, upper, lower = (
        [f(*one) for one in known] for f in (lambda p, m, s: p, lambda p, m, s: m + s, lambda p, m, s: m - s)
    )
    band = go.Scatter(x=x + x[::-1], y=upper + lower[::-1], fill="toself", mode="lines", line={"width": 0})
    band.update(fillcolor=_faded(look.colour), legendgroup=name, showlegend=False, hoverinfo="skip")
    return band.update(hovertemplate=None)


def _stars(marks: list[Mark], place: int, inks: Inks) -> go.Scatter:
    star = go.Scatter(x=[mark.place for mark in marks], y=[mark.mean for mark in marks], mode="markers")
    symbol = ("star-open", "star-diamond-open", "star-square-open", "star-triangle-up-open")[place % 4]
    star.update(name=f"{_plain(marks[0].name)}, published", cliponaxis=False)
    star.update(marker={"symbol": symbol, "size": 13, "color": inks.text, "line": {"width": 2, "color": inks.text}})
    star.update(error_y={"array": [mark.std for mark in marks], "color": inks.text, "thickness": 1.5, "width": 4})
    star.update(customdata=[[mark.std, _plain(mark.source)] for mark in marks])
    hover = "%{fullData.name}: %{y:.1f} % ± %{customdata[0]:.1f} (%{customdata[1]})<extra></extra>"
    return star.update(hovertemplate=hover)


def _finish(figure: go.Figure, paths: Sequence[Path], more: list[float], inks: Inks, log: bool = False) -> None:
    """The upright axis, and n at the end of every line, kept apart; before it the name, where there are many lines."""
    ends = [
        mean + sign * (std if np.isfinite(std) else 0)
        for p in paths
        for _, mean, std, *_ in p.levels
        for sign in (-1, 1)
    ]
    accuracy_axis(figure, [*ends, *more])
    figure.update_yaxes(title="accuracy")
    low, high = figure.layout.yaxis.range
    ended = sorted((path for path in paths if path.levels), key=lambda path: path.levels[-1][1])
    heights = [_PLOT * (path.levels[-1][1] - low) / (high - low) for path in ended]
    ends_named = len(ended) > 3 and all(len(path.name) <= _SHORT_NAME for path in ended)
    for path, height, kept in zip(ended, heights, _apart(heights), strict=True):
        place, mean, _, n, _ = path.levels[-1]
        text = f"{_plain(path.name)}, n = {n}" if ends_named else f"n = {n}"
        note = {"text": text, "font": {"size": 13, "color": inks.text}, "showarrow": False, "xanchor": "left"}
        figure.add_annotation(note, x=np.log10(place) if log else place, y=mean, xshift=8, yshift=kept - height)
    room = 56 + 8 * max((len(path.name) + 2 for path in ended if ends_named), default=0)
    figure.update_layout(margin={"r": room}, height=_HEIGHT + _legend_height(figure))


def _legend_height(figure: go.Figure) -> int:
    return LEGEND_ROW * sum(1 + trace.name.count("<br>") for trace in figure.data if trace.showlegend is not False)


def _apart(heights: list[float]) -> list[float]:
    """Rising heights in pixels, moved as little as labels need: those too close are spread about their middle."""
    groups: list[list[float]] = []
    for height in heights:
        groups.append([height])
        while len(groups) > 1 and _spread(groups[-2])[-1] + _APART > _spread(groups[-1])[0]:
            groups[-2:] = [groups[-2] + groups[-1]]
    return [height for group in groups for height in _spread(group)]


def _spread(group: list[float]) -> list[float]:
    middle = sum(group) / len(group)
    return [middle + _APART * (place - (len(group) - 1) / 2) for place in range(len(group))]


def _columns(path: Path) -> list[list]:
    return [list(column) for column in zip(*path.levels, strict=True)] or [[] for _ in range(5)]


def _faded(colour: str) -> str:
    return f"rgba({', '.join(str(part) for part in bytes.fromhex(colour[1:]))}, 0.16)"


def _plain(text: str) -> str:
    return "<br>".join(escape(line, quote=False) for line in wrap(text, _LONGEST_LINE, break_on_hyphens=False))
