"""Two conditions paired by seed: every seed as a slope, and mean differences with their intervals.

A verdict has a colour and a form: blue triangles up, orange triangles down, which stay apart in every colour deficiency
and in grey.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from ddcore.figures.canvas import Inks, empty_figure, inks_of
from ddcore.figures.shares import LEAST_POINTS, percents

LEAST_REACH = 2.0  # points that an axis of differences reaches either way: less would show chance as if it were much
_ROW = 54  # pixels of a comparison
_LONGEST_NAME = 60
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
    figure, pairs = empty_figure(inks, height=330), {s: (100 * base[s], 100 * value[s]) for s in base if s in value}
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
    shown = [escape(_short(name, 18), quote=False) for name in names]
    figure.update_xaxes(range=[-0.45, 1.45], tickvals=[0, 1], ticktext=shown, showgrid=False)
    return figure.update_xaxes(title=f"n = {len(pairs)} {'pair' if len(pairs) == 1 else 'pairs'}")


def differences(compared: Sequence[Compared], *, dark: bool) -> go.Figure:
    """Mean differences one below another with their intervals; the upright line is no difference."""
    inks = inks_of(dark)
    figure = empty_figure(inks, height=100 + _ROW * len(compared), showlegend=True)
    reach = max([LEAST_REACH, *(abs(one.mean) + (one.half if np.isfinite(one.half) else 0) for one in compared)])
    figure.add_vline(0, line={"color": inks.faint, "width": 1.5})
    for word in dict.fromkeys(one.word for one in compared):
        rows = [(place, one) for place, one in enumerate(compared) if one.word == word]
        figure.add_trace(_points_of(word, rows, {"better": inks.accent, "worse": inks.mark}.get(word, inks.faint)))
    for place, one in enumerate(compared):
        above = {
            "y": place,
            "yshift": 17,
            "showarrow": False,
            "font": {"size": 13, "color": inks.text},
            "xref": "paper",
        }
        figure.add_annotation(above, x=0, xanchor="left", text=escape(_short(one.name, _LONGEST_NAME), quote=False))
    figure.update_xaxes(range=[-1.1 * reach, 1.1 * reach], title="difference in points", tickformat="+.3~g")
    figure.update_yaxes(range=[len(compared) - 0.6, -0.8], showticklabels=False, showgrid=False)
    return figure.update_layout(legend={"itemclick": False, "itemdoubleclick": False})


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


def _points_of(word: str, rows: list[tuple[int, Compared]], colour: str) -> go.Scatter:
    """The points of one verdict with their intervals and their numbers below them."""
    texts = [_amount(one) for _, one in rows]
    points = go.Scatter(x=[one.mean for _, one in rows], y=[place for place, _ in rows], mode="markers", name=word)
    points.update(marker={"symbol": _SYMBOLS[word], "size": 13, "color": colour, "line": {"width": 2, "color": colour}})
    halves = [one.half if np.isfinite(one.half) else 0 for _, one in rows]
    points.update(error_x={"array": halves, "color": colour, "thickness": 2.5, "width": 6 if any(halves) else 0})
    points.update(
        customdata=[[escape(one.name, quote=False), text] for (_, one), text in zip(rows, texts, strict=True)]
    )
    return points.update(hovertemplate="%{customdata[0]}<br>%{customdata[1]}<extra></extra>", cliponaxis=False)


def _amount(one: Compared) -> str:
    interval = f" ± {one.half:.2g}" if np.isfinite(one.half) else ""
    return f"{_signed(one.mean)}{interval} points, n = {one.n}: {one.word}"


def _signed(points: float) -> str:
    return f"{round(points, 1) + 0.0:+.1f}".replace("-", "−")


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"
