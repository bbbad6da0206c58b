"""Numbers of one run or two as lines: over the steps, or as a profile along something else at one step.

A run with one line has its run's colour and dash, and its name at the line's end. A run with several lines takes their
colours from the ramp of importance, which keeps its order in every colour deficiency, and names them in a legend.
Letters: S points of a line.
"""

from collections.abc import Mapping, Sequence
from html import escape
from textwrap import wrap
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from ddcore.figures.canvas import Inks, empty_figure, inks_of
from ddcore.figures.colours import ramp
from ddcore.figures.looks import FIRST_SHADE, SYMBOLS

MOST_LINES = 12  # in one chart
_DASHES = ("solid", "dash")
_MOST_MARKS = 60  # points with a mark each; of more, marks would hide the line
_LONGEST_NAME = 30
_LONGEST_TITLE = 34  # letters of a line along an upright axis
_PLAIN = (1e-3, 1e5)  # numbers that are written out; an axis of others has powers of ten
_FEW_STEPS, _FEW_COUNTS = 10, 6  # below so many, a tick at each: fractions of them mean nothing
_LEAST_CHANGE = 1e-3  # of a number: less than that is drawn as no change, as labels would need too many digits
_LARGEST_POWER = 300  # of ten, on an axis: close to the largest a float can be


class Line(NamedTuple):
    """Values (S,) at ascending `places` (S,), which are steps but in a profile; NaN is a gap. `run`: 0 or 1."""

    name: str
    places: Sequence[float]
    values: Sequence[float]
    run: int = 0


def over_steps(
    lines: Sequence[Line], title: str, cursor: int, *, dark: bool, log: bool = True,
    limit: tuple[float, str] | None = None, beside: Sequence[Line] = (), sizes: Mapping[int, int] | None = None,
) -> go.Figure:  # fmt: skip
    """Numbers over steps, on an axis called `title`; a rule at `cursor`.

    `log`: on a log axis, if all numbers are above zero. `limit` (value, words): a line from which on something else
    holds, and what, written above it. `beside`: lines of a chart next to this one, which gets the same axis.
    `sizes`: step -> images of its coreset, which the steps are then called by.
    """
    inks = inks_of(dark)
    figure = _chart(lines, title, "step %{x:,}", inks, dark, log, limit, beside)
    rule_at(figure, cursor, inks)
    if beside:
        last = max(place for line in (*lines, *beside) for place in (*line.places, cursor))
        figure.update_xaxes(range=[0, 1.02 * last])
    if sizes:
        called = ["start", *(f"{size:,}" for size in sizes.values())]
        figure.update_xaxes(title="images of the coreset, m", tickvals=[0, *sizes], ticktext=called)
    if limit is not None:
        value, words = limit
        figure.add_hline(value, line={"color": inks.faint, "width": 1.5, "dash": "dot"})
        note = {"text": words, "font": {"color": inks.faint, "size": 13}, "showarrow": False}  # y: an exponent
        height = np.log10(value) if figure.layout.yaxis.type == "log" else value
        x, side = (0.93, "right") if _falls_below(lines, value) else (0.01, "left")  # off the lines
        figure.add_annotation(note, xref="paper", x=x, xanchor=side, y=height, yanchor="bottom")
    return figure


def profile(lines: Sequence[Line], along: str, title: str, *, dark: bool, log: bool = False) -> go.Figure:
    """Numbers of one step on an axis called `title`, over places on an axis called `along`."""
    figure = _chart(lines, title, f"{along} %{{x:,}}", inks_of(dark), dark, log)
    _whole_places(figure, along)
    return figure


def draw_line(figure: go.Figure, line: Line, colour: str, *, above: bool = True, at: str = "step %{x:,}") -> None:
    """Draw a line in the dash of its run, with its name above or below its last point."""
    known = np.flatnonzero(np.isfinite(np.asarray(line.values, float)))
    text = [""] * len(line.values)
    if len(known) and line.name:
        text[known[-1]] = _shown(line.name)
    trace = _trace(line, colour, at, SYMBOLS[line.run])
    trace.update(mode="lines+markers+text" if len(known) <= _MOST_MARKS else "lines+text", text=text)
    trace.update(textposition="top left" if above else "bottom left", textfont={"color": colour, "size": 14})
    figure.add_trace(trace)


def rule_at(figure: go.Figure, cursor: int, inks: Inks) -> None:
    """Make the x axis one of steps, with an upright rule at `cursor`."""
    _whole_places(figure, "step", cursor)
    figure.update_xaxes(rangemode="tozero")
    figure.add_vline(cursor, line={"color": inks.text, "width": 1.5})


def _chart(
    lines: Sequence[Line], title: str, at: str, inks: Inks, dark: bool, log: bool,
    limit: tuple[float, str] | None = None, beside: Sequence[Line] = (),
) -> go.Figure:  # fmt: skip
    several = len({line.run for line in lines}) < len(lines)
    figure = empty_figure(inks, height=320 if several else 270, showlegend=several)
    if several:
        _draw_family(figure, lines, at, dark)
    else:
        highest = max(lines, key=_last, default=None)  # at its end: names of equal ends do not meet
        for line in lines:
            draw_line(figure, line, (inks.accent, inks.mark)[line.run], above=line is highest, at=at)
    values = [value for line in (*lines, *beside) for value in line.values if np.isfinite(value)]
    values += [] if limit is None else [limit[0]]
    if log and min(values, default=1.0) > 0:
        _log_axis(figure, values, title)
    else:
        _linear_axis(figure, values, title)
    return figure


def _whole_places(figure: go.Figure, title: str, *more: float) -> None:
    """Call the x axis `title`, with ticks at whole numbers: its places are steps."""
    places = [place for trace in figure.data for place in trace.x or ()] + list(more)
    few = max(places, default=0) - min(places, default=0) < _FEW_STEPS
    figure.update_xaxes(title=title, tickformat=",", dtick=1 if few else None)


def _draw_family(figure: go.Figure, lines: Sequence[Line], at: str, dark: bool) -> None:
    """Lines in colours along the ramp, with marks here and there and their names in the legend."""
    names, one_run = list(dict.fromkeys(line.name for line in lines)), len({line.run for line in lines}) == 1
    shades = np.linspace(FIRST_SHADE[dark], 255, len(names)).astype(int)
    for line in lines:
        place = names.index(line.name)
        trace = _trace(line, ramp(dark=dark)[shades[place]], at, SYMBOLS[place % len(SYMBOLS)])
        if one_run:  # its dash would tell nothing apart
            trace.update(line={"dash": "solid"})
        figure.add_trace(trace.update(mode="lines+markers", marker={"size": 8, "maxdisplayed": 10}))


def _trace(line: Line, colour: str, at: str, symbol: str) -> go.Scatter:
    name = _shown(line.name)
    trace = go.Scatter(x=list(line.places), y=list(line.values), name=name, cliponaxis=False)
    trace.update(line={"color": colour, "width": 2.5, "dash": _DASHES[line.run]})
    trace.update(marker={"color": colour, "symbol": symbol, "size": 6})
    before = "%{fullData.name}, " if name else ""
    return trace.update(hovertemplate=f"{before}{at}: %{{y:.3g}}<extra></extra>")


def _shown(name: str) -> str:
    """A name as text: what comes from a file is no markup."""
    return escape(name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…", quote=False)


def _folded(title: str) -> str:
    """The title of an upright axis in lines that the chart is high enough for."""
    return "<br>".join(wrap(title, _LONGEST_TITLE))


def _last(line: Line) -> float:
    """The last number of a line; -inf where it has none."""
    return next((value for value in reversed(line.values) if np.isfinite(value)), -np.inf)


def _falls_below(lines: Sequence[Line], limit: float) -> bool:
    """Whether any line begins above the limit and ends below it."""
    known = [[value for value in line.values if np.isfinite(value)] for line in lines]
    return any(values[0] > limit > values[-1] for values in known if values)


def _span(values: Sequence[float]) -> list[float]:
    """The ends of an axis that holds all values, with room for names."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    if low == high == 0:
        return [-0.25, 1.5]
    flat = high / 2 - low / 2 < _LEAST_CHANGE / 2 * abs(high)  # halves: the ends may be as far apart as floats can be
    pad = abs(high) / 12 if flat else high / 12 - low / 12
    return [low - pad, high + 1.5 * pad]


def _linear_axis(figure: go.Figure, values: Sequence[float], title: str) -> None:
    """Numbers of an ordinary size are written out, few whole ones with a tick at each of them."""
    figure.update_yaxes(title=_folded(title), range=_span(values))
    low, high = min(values, default=0.0), max(values, default=1.0)
    if _PLAIN[0] <= max(abs(low), abs(high)) < _PLAIN[1]:
        figure.update_yaxes(tickformat=",.6~g")
    if high / 2 - low / 2 < _FEW_COUNTS / 2 and all(float(value).is_integer() for value in values):
        figure.update_yaxes(dtick=1)


def _log_axis(figure: go.Figure, values: Sequence[float], title: str) -> None:
    span = _log_range(values)
    ticks = _log_ticks(*span)
    figure.update_yaxes(title=_folded(f"{title}, log axis"), type="log", range=span)
    figure.update_yaxes(tickvals=ticks, ticktext=_labels(ticks))


def _labels(ticks: Sequence[float]) -> list[str]:
    """All ticks in one way: 0.02, 1,000 where each can be written out, else 2×10⁻⁵."""
    if all(_PLAIN[0] <= tick < _PLAIN[1] for tick in ticks):
        return [f"{tick:,g}" for tick in ticks]
    return [_as_power(tick) for tick in ticks]


def _as_power(tick: float) -> str:
    mantissa, power = f"{tick:.1e}".split("e")
    factor = "" if float(mantissa) == 1 else f"{float(mantissa):g}×"
    raised = f"{factor}10<sup>{int(power)}</sup>".replace("-", "−")
    return f"{tick:g}" if int(power) == 0 else raised


def _log_range(values: Sequence[float]) -> list[float]:
    """Exponents of an axis that holds all values, with room for names."""
    low, high = np.log10([min(values, default=1.0), max(values, default=1.0)])
    pad = max(0.15, 0.15 * (high - low))
    return [low - pad, high + 1.4 * pad]


def _log_ticks(low: float, high: float) -> list[float]:
    """About four to eight round numbers between the exponents: powers of ten, on a short axis 2 and 5 of them, too."""
    span = high - low
    factors = (1, 1.5, 2, 3, 5, 7) if span < 0.8 else (1, 2, 5) if span < 2.5 else (1,)
    pace = 1 if span < 8 else int(np.ceil(span / 8))
    first, last = (int(np.clip(end, -_LARGEST_POWER, _LARGEST_POWER)) for end in (np.floor(low), np.ceil(high)))
    powers = range(first, last + 1, pace)
    return [factor * 10.0**power for power in powers for factor in factors if low <= np.log10(factor) + power <= high]
