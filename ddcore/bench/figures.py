"""The figure of the bench: error against coreset size, one line a scheme (see `ddcore.figures` for how it is shown)."""

import numpy as np
import plotly.graph_objects as go

from ddcore.bench.settings import DETERMINISTIC
from ddcore.figures.canvas import Inks, empty_figure, inks_of

BAND = (0.1, 0.9)
"""Quantiles of the draws between which a band lies."""

# Markers as well as colours. Each has a contrast of 3 with its theme's background; the smallest CIEDE2000 difference
# of two, under three colour deficiencies, is 10.9 (found by a random search around blue, purple, red, orange, teal).
MARKS = {
    "uniform": ("circle", "●", "#6e7368", "#c4bcc1"),
    "sensitivity": ("diamond", "◆", "#2a76bd", "#3f90da"),
    "mixture": ("square", "■", "#6600b7", "#a0b1ff"),
    "lightweight": ("triangle-up", "▲", "#bd1f01", "#ff7b5c"),
    "leverage": ("triangle-down", "▼", "#d86816", "#ffad01"),
    "representative": ("x", "✖", "#065e68", "#80e8fd"),
}
"""Scheme -> marker, the same as a letter, its colour in the light theme, in the dark theme."""
_GAP = 0.052  # share of the axis between two labels at the right end
_NEAR_ONE = 0.5  # the largest error from which on error 1 is in the picture
_TICKS = {"dtick": "D2", "tickformat": ".2~g"}


def error_curves(sizes: np.ndarray, errors: dict[str, np.ndarray], *, exact: bool, dark: bool) -> go.Figure:
    """Median of the errors (M, R) of each scheme over `sizes` (M,), in a band from the 10 % to the 90 % quantile.

    Both axes are logarithmic. A dotted line falls as 1/sqrt(m) from the first median of the first scheme; a dashed one
    marks error 1, unless that is far above (see `shows_one`). An error of 0 does not fit on such an axis and is left
    out. `exact`: whether an error is a supremum, or the worst that was found.
    """
    inks = inks_of(dark)
    figure = empty_figure(inks, height=480, showlegend=False)
    figure.update_layout(margin={"r": 132, "t": 12})
    shown = {name: np.where(values > 0, values, np.nan) for name, values in errors.items()}
    middles = {name: quantiles(values, 0.5)[0] for name, values in shown.items()}
    rate = next(iter(middles.values()))[0] * np.sqrt(sizes[0] / sizes)
    low, high = _span(errors)
    for name, values in shown.items():
        if name not in DETERMINISTIC:
            _add_band(figure, sizes, values, _colour(name, dark))
    _add_guides(figure, inks, sizes, rate)
    if shows_one(errors):
        _mark_one(figure, inks, high, exact=exact)
    for name, values in shown.items():
        _add_line(figure, name, sizes, values, _colour(name, dark))
    ends = {_named(name, dark): (_last(middle), inks.text) for name, middle in middles.items()}
    _label_ends(figure, ends | {"∝ 1/√m": (rate[-1], inks.faint)}, low, high)
    title = "error ε, exact" if exact else "worst error found"
    figure.update_yaxes(title=title, type="log", range=np.log10([low, high]), **_TICKS)
    room = np.log10(sizes[-1] / sizes[0]) * 0.04 or 0.1
    span = [np.log10(sizes[0]) - room, np.log10(sizes[-1]) + room]
    ticks = {"tickvals": sizes, "ticktext": [f"{m:,}" for m in sizes]}
    figure.update_xaxes(title="images in the coreset, m", type="log", range=span, **ticks)
    return figure


def shows_one(errors: dict[str, np.ndarray]) -> bool:
    """Whether error 1 is near enough to be in the picture: beyond, it would only press the lines together."""
    return max(float(np.max(values)) for values in errors.values()) >= _NEAR_ONE


def quantiles(values: np.ndarray, *shares: float) -> np.ndarray:
    """(len(shares), M) quantiles of `values` (M, R) over the draws; NaN if all of them are."""
    known = ~np.isnan(values).all(axis=1)
    found = np.full((len(shares), len(values)), np.nan)
    found[:, known] = np.nanquantile(values[known], shares, axis=1)
    return found


def _colour(name: str, dark: bool) -> str:
    return MARKS[name][3 if dark else 2]


def _named(name: str, dark: bool) -> str:
    """The scheme's mark in its colour, and its name, which is read as text and so is in the ink of text."""
    return f'<span style="color:{_colour(name, dark)}">{MARKS[name][1]}</span> {name}'


def _span(errors: dict[str, np.ndarray]) -> tuple[float, float]:
    """Ends of the error axis: all bands, and error 1 where it is shown, with some room."""
    found = np.concatenate([quantiles(values, *BAND).ravel() for values in errors.values()])
    shown = [*found[found > 0], *([1.0] if shows_one(errors) else [])] or [1.0]
    return min(shown) / 1.15, max(shown) * 1.25


def _add_band(figure: go.Figure, sizes: np.ndarray, values: np.ndarray, colour: str) -> None:
    low, high = quantiles(values, *BAND)
    band = go.Scatter(x=[*sizes, *sizes[::-1]], y=[*high, *low[::-1]], fill="toself", hoverinfo="skip", mode="none")
    red, green, blue = bytes.fromhex(colour[1:])
    figure.add_trace(band.update(fillcolor=f"rgba({red},{green},{blue},0.12)", line={"width": 0}))


def _add_line(figure: go.Figure, name: str, sizes: np.ndarray, values: np.ndarray, colour: str) -> None:
    low, middle, high = quantiles(values, BAND[0], 0.5, BAND[1])
    told = "one set per size" if name in DETERMINISTIC else "%{customdata[0]:.3g} to %{customdata[1]:.3g}"
    hover = f"{name}, m = %{{x:,}}<br>ε = %{{y:.3g}} ({told})<extra></extra>"
    line = go.Scatter(x=sizes, y=middle, mode="lines+markers", name=name, customdata=np.stack([low, high], axis=1))
    line.update(line={"color": colour, "width": 2.5}, hovertemplate=hover)
    figure.add_trace(line.update(marker={"symbol": MARKS[name][0], "size": 9, "color": colour}))


def _add_guides(figure: go.Figure, inks: Inks, sizes: np.ndarray, rate: np.ndarray) -> None:
    line = go.Scatter(x=sizes, y=rate, mode="lines", name="1/√m", hoverinfo="skip")
    figure.add_trace(line.update(line={"color": inks.faint, "width": 1.5, "dash": "dot"}))


def _mark_one(figure: go.Figure, inks: Inks, high: float, *, exact: bool) -> None:
    """Error 1, with its words at the upper right, under the end `high` of the axis: lines fall, and stay clear."""
    text = "no lower guarantee above ε = 1" if exact else "at 1 as large as the cost"
    figure.add_hline(1.0, line={"color": inks.text, "width": 1.5, "dash": "dash"})
    figure.add_annotation(
        text=text, showarrow=False, font={"color": inks.text, "size": 12},
        xref="paper", x=1.0, xanchor="right", y=np.log10(high), yanchor="top",
    )  # fmt: skip


def _label_ends(figure: go.Figure, ends: dict[str, tuple[float, str]], low: float, high: float) -> None:
    """Each name with its (value, colour) where its line ends, moved apart where they would overlap."""
    known = {name: end for name, end in ends.items() if np.isfinite(end[0])}
    names = sorted(known, key=lambda name: known[name][0])
    places = [float(np.log(known[name][0] / low) / np.log(high / low)) for name in names]
    for name, place in zip(names, spread(places, _GAP), strict=True):
        figure.add_annotation(
            text=name, x=1.0, xref="paper", y=place, yref="paper", xanchor="left", yanchor="middle", showarrow=False,
            font={"color": known[name][1], "size": 14}, xshift=4,
        )  # fmt: skip


def _last(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known[-1]) if len(known) else np.nan


def spread(places: list[float], gap: float) -> list[float]:
    """Ascending `places` in [0, 1], moved as little as needed so that neighbours are `gap` apart.

    Groups that collide are laid out around their common middle.
    """
    groups: list[tuple[float, int]] = []  # (middle, size)
    for place in places:
        middle, size = place, 1
        while groups and middle - groups[-1][0] < gap * (size + groups[-1][1]) / 2:
            before, count = groups.pop()
            middle, size = (before * count + middle * size) / (count + size), count + size
        groups.append((middle, size))
    return [middle + gap * (i - (size - 1) / 2) for middle, size in groups for i in range(size)]
