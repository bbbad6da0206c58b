"""What a method measures beside its loss: a chart for each curve that its entry names."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from ddcore.methods import Curve
from pages.parts.browser.player import thinned
from pages.parts.figure import show_figure
from pages.parts.run_history import RunHistory
from pages.parts.watch.picking import LETTERS

if TYPE_CHECKING:
    from ddcore.figures.lines import Line

_MOST_POINTS = 400  # of a drawn line: about one a pixel


class _Chart(NamedTuple):
    """One curve of the runs at the places `runs` of those that are read."""

    curve: Curve
    runs: tuple[int, ...]
    beside: tuple[int, ...] = ()  # runs whose chart stands next to this one, on the same axis


def metric_panel(read: list[RunHistory], cursor: int) -> None:
    """Draw it for one run or two at step `cursor`; nothing if neither has measured anything that its method names."""
    charts = _charts(read)
    if not charts:
        return
    st.subheader("Inside the method")
    for place in range(0, len(charts), 2):
        for column, chart in zip(st.columns(2, gap="large"), charts[place : place + 2], strict=False):
            with column:
                _draw(chart, read, cursor)


def _charts(read: list[RunHistory]) -> list[_Chart]:
    """The charts, two to a row: a curve of several lines has one for each run, side by side."""
    apart, together = [], []
    for curve in dict.fromkeys(curve for history in read for curve in history.about.distiller.curves):
        runs = tuple(run for run, history in enumerate(read) if _has(history, curve))
        several = any(len(read[run].metrics.lines[curve.key]) > 1 for run in runs)
        if len(runs) == 2 and several and not curve.profile:
            apart += [_Chart(curve, (run,), (1 - run,)) for run in runs]
        elif runs:
            together.append(_Chart(curve, runs))
    return apart + together


def _has(history: RunHistory, curve: Curve) -> bool:
    if curve not in history.about.distiller.curves:
        return False
    if curve.profile:
        return bool(history.metrics.profile(curve.key, 0))
    return bool(history.metrics.lines[curve.key]) and history.about.settings["steps"] > 1  # else there is no line


def _draw(chart: _Chart, read: list[RunHistory], cursor: int) -> None:
    from ddcore.figures.lines import over_steps, profile

    curve, dark, names = chart.curve, st.context.theme.type == "dark", len(read) > 1
    told = [LETTERS[chart.runs[0]]] if len(read) > len(chart.runs) else []
    if curve.profile:
        lines, steps = _profiles(chart, read, cursor)
        told += [f"step {' and '.join(f'{step:,}' for step in dict.fromkeys(steps))}"]
        figure = profile(lines, curve.profile, curve.axis, dark=dark, log=curve.log)
    else:
        lines = [line for run in chart.runs for line in _lines(read[run], curve, run, names)]
        beside = [line for run in chart.beside for line in _lines(read[run], curve, run, names)]
        sizes = _sizes([read[run] for run in chart.runs + chart.beside])
        figure = over_steps(
            lines, curve.axis, cursor, dark=dark, log=curve.log, limit=curve.limit, beside=beside, sizes=sizes
        )
    st.markdown(f"**{' · '.join([curve.title, *told])}**")
    key = f"metric-{curve.key}-{'-'.join(read[run].run.id for run in chart.runs)}"
    show_figure(figure, key=key)
    rest = " More was measured than is drawn." if any(_has_more(read[run], curve) for run in chart.runs) else ""
    if rest or not chart.beside or chart.runs < chart.beside:  # a pair of charts has one caption
        st.caption(curve.caption + rest)


def _lines(history: RunHistory, curve: Curve, run: int, several_runs: bool) -> "Iterator[Line]":
    from ddcore.figures.lines import MOST_LINES, Line

    found = history.metrics.lines[curve.key]
    for name, points in list(found.items())[:MOST_LINES]:
        steps = sorted(points)
        at, values = thinned(steps, [points[step] for step in steps], _MOST_POINTS)
        called = name if len(found) > 1 or not several_runs else LETTERS[run]
        yield Line(called, at, [float("nan") if value is None else value for value in values], run)


def _sizes(read: list[RunHistory]) -> dict[int, int]:
    """Step -> the images of its coreset, where these are the same in all runs; empty if there are none."""
    first, *others = ({step: one.coreset for step, one in history.coresets.items()} for history in read)
    return first if all(other == first for other in others) else {}


def _profiles(chart: _Chart, read: list[RunHistory], cursor: int) -> "tuple[list[Line], list[int]]":
    """A line for each run, and the steps they are of."""
    from ddcore.figures.lines import Line

    lines, steps = [], []
    for run in chart.runs:
        step, places, values = read[run].metrics.profile(chart.curve.key, cursor)
        lines.append(Line(LETTERS[run] if len(read) > 1 else "", places, values, run))
        steps.append(step)
    return lines, steps


def _has_more(history: RunHistory, curve: Curve) -> bool:
    from ddcore.figures.lines import MOST_LINES

    drawn = not curve.profile and len(history.metrics.lines[curve.key]) > MOST_LINES
    return drawn or curve.key in history.metrics.left_out
