"""Figures of classes: the accuracy of each, and which of them are taken for which. Letters: K classes."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from ddcore.figures.canvas import PERCENT, Inks, add_ticks, distinct, empty_figure, inks_of, sequential

MOST_ROWS = 30  # classes of a chart
MOST_MAPPED = 200  # classes of a map: of more, a cell would be less than two pixels
_MOST_WITH_NUMBERS = 14  # classes up to which a cell has room for its number
_MOST_NAMES = 30
_LONGEST_NAME = 22
_ROW, _FRAME = 36, 110  # pixels of a class, and of what surrounds them
_PICTURE, _MOST_OF_WIDTH = 0.06, 0.24  # share of the width that an image of a class takes, and all of them
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # of linear red, green and blue (WCAG)
_BLACK_FROM = 0.179  # luminance on which black and white have the same contrast, 4.6
_TICKS = (0, 1, 5, 20, 50, 100)


class Counted(NamedTuple):
    """Test images of each class, and how many of them were taken for it; over all repeats. NaN shares draw nothing."""

    name: str
    right: np.ndarray  # (K,)
    tested: np.ndarray  # (K,)

    @property
    def percent(self) -> np.ndarray:
        """(K,); NaN for a class without test images."""
        return np.where(self.tested > 0, 100 * self.right / np.maximum(self.tested, 1), np.nan)

    @property
    def mean(self) -> float:
        """Percent of all test images."""
        return 100 * float(self.right.sum()) / float(self.tested.sum())


def class_accuracies(
    shown: Sequence[Counted], names: Sequence[str], order: Sequence[int], *, dark: bool,
    later: Counted | None = None, random: Sequence[Counted] = (), full: Sequence[Counted] = (),
    pictures: Sequence[str] = (), images: int = 1, note: str = "",
) -> go.Figure:  # fmt: skip
    """Accuracies of the classes in `order`, a row each, from 0 to 100 %: of one set or two that are `shown`.

    A dashed line is the mean of each. `later` is the same set at another step, joined to the first; `random` images and
    `full` data are marks to compare with, of both sets or one for all. `pictures`: an address for each row, drawn
    beside the names, with so many `images` side by side. `note` ends the title of the axis.
    """
    inks = inks_of(dark)
    rows, places = [_shown(names[k]) for k in order], np.asarray(order, int)
    height = _FRAME + _ROW * len(rows)
    figure = empty_figure(inks, height=height, showlegend=True)
    for one, colour in zip(random, _of_baselines(random, inks), strict=True):
        add_ticks(figure, inks, one.percent[places], _places(rows), one.name, _hover(one), _data(one, places, rows))
        figure.data[-1].update(marker={"color": colour, "line": {"color": colour}})
    for one, colour in zip(full, _of_baselines(full, inks), strict=True):
        _dots(figure, one, places, rows, {"symbol": "square-open", "size": 11, "color": colour})
    if later is not None:
        _join(figure, shown[0].percent[places], later.percent[places], inks)
        ring = {"symbol": "circle-open", "size": 13, "color": inks.accent, "line": {"width": 2}}
        _dots(figure, later, places, rows, ring)
    for one, (colour, symbol, dash) in [*zip(shown, _styles(inks), strict=False)][::-1]:  # the first on top
        _dots(figure, one, places, rows, {"symbol": symbol, "size": 13, "color": colour})
        figure.add_vline(one.mean, line={"color": colour, "width": 1.5, "dash": dash}, layer="below")
    figure.update_xaxes(title=f"accuracy of the class{note}", **PERCENT, range=[-2, 102], tickangle=0)
    figure.update_yaxes(range=[len(rows) - 0.5, -0.5], showgrid=True, tickvals=_places(rows), ticktext=rows)
    figure.update_layout(legend={"traceorder": "reversed", "y": 1.01})
    if pictures:
        _add_pictures(figure, pictures, min(_PICTURE * images, _MOST_OF_WIDTH))
    return figure


def confusion_map(counts: np.ndarray, names: Sequence[str], *, dark: bool) -> go.Figure:
    """`counts` (K,K) as a heat map in percent of the row: a row is a true class, a column what it is taken for.

    Colours go by square root, so that rare confusions are seen beside the diagonal.
    """
    inks, counts, labels = inks_of(dark), np.asarray(counts), distinct([_shown(name) for name in names])
    count, of_row = len(counts), counts.sum(1, keepdims=True)
    percent = 100 * counts / np.maximum(of_row, 1)
    figure = empty_figure(inks, height=int(np.clip(170 + 32 * count, 300, 520)))
    about = np.stack([counts, np.broadcast_to(of_row, counts.shape), percent], -1).astype(np.float32)
    hover = "%{y} taken for %{x}: %{customdata[2]:.1f} %<br>%{customdata[0]:,} of %{customdata[1]:,}<extra></extra>"
    heat = go.Heatmap(z=np.sqrt(percent), x=labels, y=labels, customdata=about, hovertemplate=hover, zmin=0, zmax=10)
    gap = 1 if count <= MOST_ROWS else 0
    heat.update(colorscale=sequential(dark), xgap=gap, ygap=gap)
    ticks = {"tickvals": [tick**0.5 for tick in _TICKS], "ticktext": [f"{tick} %" for tick in _TICKS]}
    heat.update(colorbar={**ticks, "tickfont": {"color": inks.faint}, "outlinewidth": 0, "thickness": 12})
    figure.add_trace(heat)
    if count <= _MOST_WITH_NUMBERS:
        figure.data[0].update(showscale=False)
        figure.add_trace(_numbers(percent, labels, dark))
    axis = {"type": "category", "tickvals": labels[:: -(-count // _MOST_NAMES)], "showgrid": False}
    figure.update_xaxes(axis, title="taken for", side="top")
    figure.update_yaxes(axis, title="true class", autorange="reversed")
    figure.update_layout(margin={"t": 20})
    return figure


def _styles(inks: Inks) -> tuple[tuple[str, str, str], ...]:
    """Colour, symbol and dash of the first and the second set."""
    return (inks.accent, "circle", "dash"), (inks.mark, "diamond", "dot")


def _of_baselines(several: Sequence[Counted], inks: Inks) -> tuple[str, ...]:
    """Colours: those of the two sets, or one that is neither's."""
    return (inks.accent, inks.mark) if len(several) == 2 else (inks.faint,) * len(several)


def _dots(figure: go.Figure, one: Counted, order: np.ndarray, rows: list[str], marker: dict) -> None:
    dots = go.Scatter(x=one.percent[order], y=_places(rows), mode="markers", name=one.name, marker=marker)
    dots.update(customdata=_data(one, order, rows), hovertemplate=_hover(one), cliponaxis=False)
    figure.add_trace(dots)


def _join(figure: go.Figure, first: np.ndarray, second: np.ndarray, inks: Inks) -> None:
    """A thin line in each row between two of its points."""
    gap = np.full(len(first), np.nan)
    x = np.stack([first, second, gap], 1).ravel()
    y = np.repeat(np.arange(len(first)), 3)
    line = go.Scatter(x=x, y=y, mode="lines", line={"color": inks.accent, "width": 1.5}, hoverinfo="skip")
    figure.add_trace(line.update(showlegend=False))


def _add_pictures(figure: go.Figure, pictures: Sequence[str], width: float) -> None:
    """Draw them between the names and the points, in a share `width` of the figure."""
    figure.update_xaxes(domain=[width + 0.02, 1])
    figure.update_yaxes(anchor="free", position=0)
    for row, source in enumerate(pictures):
        place = {"xref": "paper", "x": 0.0, "sizex": width, "xanchor": "left", "yref": "y", "y": row}
        figure.add_layout_image(place, source=source, sizey=0.86, yanchor="middle", sizing="contain")


def _places(rows: Sequence[str]) -> list[int]:
    return list(range(len(rows)))


def _data(one: Counted, order: np.ndarray, rows: list[str]) -> np.ndarray:
    return np.array([rows, one.right[order].tolist(), one.tested[order].tolist()], object).T


def _hover(one: Counted) -> str:
    return (
        f"%{{customdata[0]}}: %{{x:.1f}} %<br>%{{customdata[1]:,}} of %{{customdata[2]:,}}<br>{one.name}<extra></extra>"
    )


def _numbers(percent: np.ndarray, labels: list[str], dark: bool) -> go.Scatter:
    """Whole percent in the cells of the map, in black or white: whichever can be read on the colour of the cell."""
    scale = np.array([list(bytes.fromhex(colour[1:])) for _, colour in sequential(dark)]) / 255
    place = np.sqrt(percent.ravel() / 100) * (len(scale) - 1)
    cell = np.stack([np.interp(place, np.arange(len(scale)), channel) for channel in scale.T], 1)
    linear = np.where(cell <= 0.04045, cell / 12.92, ((cell + 0.055) / 1.055) ** 2.4)
    ink = np.where(linear @ _LUMINANCE > _BLACK_FROM, "#000000", "#ffffff")
    y, x = np.indices(percent.shape).reshape(2, -1)
    text = go.Scatter(x=[labels[k] for k in x], y=[labels[k] for k in y], mode="text", text=_whole(percent).ravel())
    return text.update(textfont={"size": 12, "color": ink}, hoverinfo="skip", showlegend=False)


def _whole(percent: np.ndarray) -> np.ndarray:
    """Whole percent as text, nothing where that is 0."""
    return np.where(percent >= 0.5, (percent + 0.5).astype(int).astype(str), "")


def _shown(name: str) -> str:
    """A name as text: what comes from a file is no markup."""
    return escape(name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…", quote=False)
