"""Two conditions paired by seed: every seed as a slope, and mean differences with their intervals.

A verdict has a colour and a form: blue triangles up, orange triangles down, which stay apart in every colour deficiency
and in grey.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from textwrap import wrap
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from ddcore.figures.canvas import Inks, empty_figure, inks_of
from ddcore.figures.shares import LEAST_POINTS, percents
from ddcore.words import told_apart

LEAST_REACH = 2.0  # points that an axis of differences reaches either way: less would show chance as if it were much
LEGEND_ROW = 26  # pixels of a name where a screen is narrow and each has a row of its own
_ROW = 64  # pixels of a comparison
_LINE = 17  # pixels of another line of a name
_SIDE, _NAME = 20, 50  # letters in a line of a name, below the slopes and above a difference
_SYMBOLS = {
    "better": "triangle-up", "worse": "triangle-down", "not distinguishable": "circle-open", "equal": "diamond-open",
    "no spread": "x-thin-open", "one pair": "x-thin-open",
}  # fmt: skip


class Compared(NamedTuple):
    """A mean difference in points over `n` pairs with half of its interval, infinite if it has none, and its word."""

    name: str
    mean: float
    half: float
    n: int
    word: str


def slopes(
    base: Mapping[int, float], value: Mapping[int, float], names: tuple[str, str], *, dark: bool,
    beside: Iterable[float] = (),
) -> go.Figure:  # fmt: skip
    """Accuracies (fractions) by seed from `base` to `value`, called `names`: a thin line for each seed that both have.

    Falling seeds are dashed; the thick line is the mean. The axis also holds the accuracies `beside`, of figures next
    to this one.
    """
    inks = inks_of(dark)
    shown = [_lines(name, _SIDE) for name in told_apart(names, _SIDE)]
    height = 330 + _LINE * (max(map(len, shown)) - 1)
    figure, pairs = empty_figure(inks, height=height), {s: (100 * base[s], 100 * value[s]) for s in base if s in value}
    for name, colour, dash, falls in (
        ("seed", inks.faint, "solid", False),
        ("seed that falls", inks.mark, "dash", True),
    ):
        chosen = {seed: pair for seed, pair in pairs.items() if (pair[1] < pair[0]) == falls}
        for place, (seed, pair) in enumerate(sorted(chosen.items())):
            told = (
                f"seed {seed}: {pair[0]:.1f} % to {pair[1]:.1f} %, {_signed(pair[1] - pair[0])} points<extra></extra>"
            )
            line = go.Scatter(x=[0, 1], y=pair, mode="lines+markers", name=name, hovertemplate=told, legendgroup=name)
            line.update(line={"color": colour, "width": 1.5, "dash": dash}, marker={"size": 6, "color": colour})
            figure.add_trace(line.update(showlegend=place == 0, cliponaxis=False))
    if pairs:
        figure.add_trace(_mean_slope(list(pairs.values()), inks))
    values = [value for pair in pairs.values() for value in pair] + [100 * value for value in beside]
    accuracy_axis(figure, values)
    labels = ["<br>".join(lines) for lines in shown]
    figure.update_xaxes(range=[-0.45, 1.45], tickvals=[0, 1], ticktext=labels, showgrid=False)
    figure.update_yaxes(title="accuracy")
    return figure.update_xaxes(title=f"n = {len(pairs)} {'pair' if len(pairs) == 1 else 'pairs'}")


def differences(compared: Sequence[Compared], *, dark: bool) -> go.Figure:
    """Mean differences one below another with their intervals; the upright marks are no difference."""
    inks, words = inks_of(dark), list(dict.fromkeys(one.word for one in compared))
    names = told_apart([one.name for one in compared], _NAME)
    titles = [_lines(f"{name} (n\u00a0=\u00a0{one.n})", _NAME) for name, one in zip(names, compared, strict=True)]
    more = _LINE * (max(map(len, titles), default=1) - 1)  # pixels that names of several lines take
    row = _ROW + more
    figure = empty_figure(inks, height=80 + row * len(compared) + LEGEND_ROW * len(words), showlegend=True)
    for word in words:
        rows = [(place, one) for place, one in enumerate(compared) if one.word == word]
        figure.add_trace(
            _points_of(word, rows, {"better": inks.accent, "worse": inks.mark}.get(word, inks.faint), inks)
        )
    for place, lines in enumerate(titles):
        above = {
            "y": place,
            "yanchor": "bottom",
            "yshift": 9,
            "showarrow": False,
            "font": {"size": 13, "color": inks.text},
            "xref": "paper",
        }
        figure.add_annotation(above, x=0, xanchor="left", align="left", text="<br>".join(lines))
        zero = {"color": inks.faint, "width": 1.5}
        figure.add_shape(type="line", x0=0, x1=0, y0=place - 0.18, y1=place + 0.18, line=zero, layer="below")
    reach = max([LEAST_REACH, *(abs(one.mean) + (one.half if np.isfinite(one.half) else 0) for one in compared)])
    ticks = [tick for tick in percents(0, 2 * reach) if tick <= 1.25 * reach]  # few: they have to fit a phone
    ticks = [-tick for tick in reversed(ticks[1:])] + ticks
    figure.update_xaxes(range=[-1.25 * reach, 1.25 * reach], title="difference in points", tickvals=ticks, tickangle=0)
    figure.update_xaxes(ticktext=["0" if tick == 0 else f"{tick:+.4g}".replace("-", "−") for tick in ticks])
    return figure.update_yaxes(
        range=[len(compared) - 0.4, -(0.75 * _ROW + more) / row], showticklabels=False, showgrid=False
    )


def accuracy_axis(figure: go.Figure, values: Sequence[float]) -> None:
    """An upright axis of percents that holds all `values` and spans ten points at least."""
    low, high = min(values, default=0.0), max(values, default=100.0)
    pad = max(0.08 * (high - low), (LEAST_POINTS - (high - low)) / 2)
    ticks = percents(low - pad, high + pad)
    figure.update_yaxes(range=[low - pad, high + pad], tickvals=ticks, ticktext=[f"{tick:.4g} %" for tick in ticks])


def _mean_slope(pairs: list[tuple[float, float]], inks: Inks) -> go.Scatter:
    ends = np.mean(pairs, axis=0).tolist()
    mean = go.Scatter(x=[0, 1], y=ends, mode="lines+markers+text", name="mean", cliponaxis=False)
    mean.update(text=[f"{end:.1f} %" for end in ends], textposition=["middle left", "middle right"])
    mean.update(textfont={"size": 14, "color": inks.text}, line={"color": inks.accent, "width": 4})
    told = f"mean: {ends[0]:.1f} % to {ends[1]:.1f} %, {_signed(ends[1] - ends[0])} points<extra></extra>"
    return mean.update(marker={"size": 11, "color": inks.accent}, hovertemplate=told)


def _points_of(word: str, rows: list[tuple[int, Compared]], colour: str, inks: Inks) -> go.Scatter:
    """The points of one verdict with their intervals, and their numbers below them."""
    points = go.Scatter(x=[one.mean for _, one in rows], y=[place for place, _ in rows], mode="markers+text", name=word)
    points.update(marker={"symbol": _SYMBOLS[word], "size": 13, "color": colour, "line": {"width": 2, "color": colour}})
    halves = [one.half if np.isfinite(one.half) else 0 for _, one in rows]
    points.update(error_x={"array": halves, "color": colour, "thickness": 2.5, "width": 6 if any(halves) else 0})
    texts = ["0" if one.word == "equal" else _signed(one.mean) + _interval(one.half) for _, one in rows]
    points.update(text=texts, textposition="bottom center", textfont={"size": 13, "color": inks.text})
    points.update(customdata=[[escape(one.name, quote=False), one.n] for _, one in rows], cliponaxis=False)
    hover = "%{customdata[0]}<br>%{text} points, n = %{customdata[1]}: %{fullData.name}<extra></extra>"
    return points.update(hovertemplate=hover)


def _interval(half: float) -> str:
    return f" ± {half:.1f}" if np.isfinite(half) else ""


def _signed(points: float) -> str:
    return f"{round(points, 1) + 0.0:+.1f}".replace("-", "−")


def _lines(name: str, most: int) -> list[str]:
    """A name over as many lines as it takes, of `most` letters each, as Plotly writes them."""
    return [escape(line, quote=False) for line in wrap(name, most, break_on_hyphens=False)] or [""]
