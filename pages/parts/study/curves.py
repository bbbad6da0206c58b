"""Accuracy against what grows: images per class, steps, seconds, and along the runs themselves."""

from math import prod
from typing import Any

import streamlit as st

from ddcore.studies import curves
from ddcore.studies.budget import FULL, growing, lines, worths
from ddcore.studies.found import Found
from ddcore.studies.grid import Grid
from ddcore.studies.names import axis_words, spelled, value_words
from ddcore.studies.published import marks
from pages.parts.address import follow, held
from pages.parts.figure import show_figure
from pages.parts.spelling import one_of
from pages.parts.study.rows import reason_words
from pages.parts.words import plain

SECONDS, ALONG = "seconds", "along"
_TITLES = {"ipc": "images per class", SECONDS: "seconds of distilling", ALONG: "along the runs"}
_WINDOWS = (1, 3, 5, 7, 9)  # points whose mean is drawn: as many before as after


def show_curves(id: str, grid: Grid, found: dict[str, Found]) -> None:
    """Draw accuracy against one of what the study has; nothing where it has nothing that grows."""
    views = _views(grid, found)
    if not views:
        return
    st.subheader("Accuracy against …", anchor=False)
    key = f"study_along_{id}"
    follow(held("along", key, one_of(views), views[0]))
    if st.session_state.get(key) not in views:
        st.session_state[key] = views[0]
    view = st.segmented_control(
        "Accuracy against", views, key=key, format_func=lambda name: _TITLES.get(name, axis_words(name)),
        label_visibility="collapsed", required=True, persist_state="session",
    )  # fmt: skip
    if view == ALONG:
        _along_the_runs(id, grid, found)
    elif view == SECONDS:
        _against(id, grid, found, views[0], seconds=True)
    else:
        _against(id, grid, found, view)


def _views(grid: Grid, found: dict[str, Found]) -> list[str]:
    counted = growing(grid)
    timed = counted and any(one.seconds is not None for one in found.values())
    return [*counted, *([SECONDS] if timed else []), *([ALONG] if any(one.curve for one in found.values()) else [])]


def _against(id: str, grid: Grid, found: dict[str, Found], axis: str, seconds: bool = False) -> None:
    """A line for each combination of the other choices, and for ipc what the next image is worth."""
    from ddcore.figures import along

    dark, where = st.context.theme.type == "dark", _kept(id, grid, axis)
    drawn = lines(grid, found, axis, where, seconds, value_words)
    for why in drawn.refused:
        st.caption(f"Not drawn: {plain(reason_words(why))}")
    if not drawn.lines:
        return
    paths = [along.Path(line.name, line.role, line.levels) for line in drawn.lines]
    published = marks(grid, where) if axis == "ipc" and not seconds else None
    stars = [
        along.Mark(value_words("distiller", one.method), one.ipc, one.mean, one.std, one.source)
        for one in (published.marks if published else ())
    ]
    title = _TITLES[SECONDS] if seconds else _TITLES.get(axis, axis_words(axis))
    figure = along.against(paths, title, dark=dark, marks=stars)
    show_figure(figure, key=f"study-against-{axis}-{seconds}-{id}")
    why = " ".join(published.reasons) if published and published.reasons else None
    full = "; all the data had one short training, which is no upper bound" if FULL in {p.role for p in paths} else ""
    st.caption(f"Mean over seeds; the band is one standard deviation{full}.{_star_words(stars, why)}", help=why)
    if axis == "ipc" and not seconds and (gains := worths(drawn.lines)):
        _worth(id, gains, dark)


def _star_words(stars: list, why: str | None) -> str:
    if stars:
        return " Stars: published accuracies, tested alike."
    return " No published accuracy was tested alike." if why else ""


def _worth(id: str, gains: list, dark: bool) -> None:
    """What one more image per class adds, between neighbouring budgets."""
    from ddcore.figures import along

    st.markdown("**What is the next image worth?**")
    shown = [
        along.Gained(
            one.name, one.role, one.low, one.high, one.difference.mean, one.difference.half, one.difference.count
        )
        for one in gains
    ]
    figure = along.worth(shown, _TITLES["ipc"], dark=dark)
    show_figure(figure, key=f"study-worth-{id}")
    st.caption("Points of accuracy that one more image per class adds, paired by seed, with intervals.")


def _along_the_runs(id: str, grid: Grid, found: dict[str, Found]) -> None:
    """Accuracies along the way: of each seed, their mean and band; smoothed on request, which the axis says."""
    from ddcore.figures import along

    where = _kept(id, grid, None)
    passed, window = f"study_passed_{id}", f"study_window_{id}"
    follow(held("passed", passed, one_of({"on": True}), False), held("window", window, one_of(_WINDOWS), 1))
    st.session_state.setdefault(window, 1)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by_time = st.toggle("Seconds instead of steps", key=passed, persist_state="session")
        points = st.select_slider(
            "Smoothing: mean of", _WINDOWS, key=window, width=260, persist_state="session",
            format_func=lambda count: "1 point (none)" if count == 1 else f"{count} points",
        )  # fmt: skip
    paths = [
        along.Path(
            one.name,
            "distilled",
            one.levels(seconds=by_time, window=points),
            _raw(one, by_time),
        )
        for one in curves.seed_curves(grid, found, where, value_words)
    ]
    title = _TITLES[SECONDS] if by_time else "step"
    figure = along.seed_curves(paths, title, dark=st.context.theme.type == "dark", window=points)
    show_figure(figure, key=f"study-curves-{id}")
    smoothed = f" Smoothed: running mean of {points} points." if points > 1 else ""
    st.caption(
        f"Thick: mean over n seeds, band: one standard deviation; thin: each seed, one student a point.{smoothed}"
    )


def _raw(one: curves.SeedCurves, by_time: bool) -> list[tuple[str, list[float], list[float]]]:
    return [
        (f"seed {seed}", [point[1 if by_time else 0] for point in curve], [100 * point[2] for point in curve])
        for seed, curve in one.curves.items()
    ]


def _kept(id: str, grid: Grid, axis: str | None) -> dict[str, Any]:
    """Values to keep to, chosen on the page: one dataset, and of other axes where lines could not be told apart."""
    from ddcore.figures.along import MOST_LINES

    others = {name: values for name, values in grid.varied.items() if name != axis}
    kept: dict[str, Any] = {}
    with st.container(horizontal=True):
        while "dataset" in others or prod(len(values) for values in others.values()) > MOST_LINES:
            name = "dataset" if "dataset" in others else max(others, key=lambda name: len(others[name]))
            values, key = others.pop(name), f"study_only_{name}_{id}"
            follow(held(f"only_{name}", key, one_of({spelled(name, value): value for value in values}), values[0]))
            if st.session_state.get(key) not in values:
                st.session_state[key] = values[0]
            kept[name] = st.selectbox(
                f"Only {axis_words(name)}", values, key=key, width=240, persist_state="session",
                format_func=lambda value, name=name: value_words(name, value),
            )  # fmt: skip
    return kept
