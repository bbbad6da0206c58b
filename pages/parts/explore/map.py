"""The map of Explore with its legend and its caption."""

from html import escape
from pathlib import Path

import numpy as np
import streamlit as st

from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.figures.colours import PALETTE, class_colours, ramp
from ddcore.methods import ScoreAbout
from ddcore.runs.folder import RunFolder
from pages.parts import selection
from pages.parts.address import follow, held
from pages.parts.browser.point_map import MapEvent, point_map
from pages.parts.explore.on_the_map import Colouring, Placed, points, synthetic_on
from pages.parts.explore.planted import planted_colouring
from pages.parts.explore.scored import ALWAYS, PIXEL_QUANTITIES, Scored, pixel_quantity, thinned
from pages.parts.spelling import one_of, several

_CLASS, _IMPORTANCE = "class", "importance"


def choose_colouring(dataset: Dataset, scored: Scored, words: ScoreAbout, first: Colouring | None = None) -> Colouring:
    """Choose what colours the points; by default importance, unless all scores are equal. `first`: what a view adds."""
    parts = {words.terms.get(name, (name,))[0]: values for name, values in scored.terms.items()}
    whole = {group.name: group for group in (first, planted_colouring(dataset)) if group is not None}
    names = [*whole, _CLASS, *([] if scored.alike else [_IMPORTANCE, *parts]), *PIXEL_QUANTITIES]
    key = "explore_colour" if first is None else f"explore_colour_{first.name}"
    key += "_alike" if scored.alike else ""  # the choice survives the wait for the scores
    usual = first.name if first else _CLASS if scored.alike else _IMPORTANCE
    if not scored.waiting:  # else the colours that a link may name are not known yet
        follow(held("colour", key, one_of(names), usual))
    if st.session_state.get(key) not in names:
        st.session_state[key] = usual
    name = st.selectbox("Colour by", names, key=key, persist_state="session")
    if name in whole:
        return whole[name]
    if name == _CLASS:
        return Colouring(_CLASS, None, dataset.train.labels, dataset.classes, _choose_focus(dataset))
    if name == _IMPORTANCE:
        return Colouring(scored.title, scored.scores)
    return Colouring(name, parts[name] if name in parts else pixel_quantity(dataset.hash, name))


def _choose_focus(dataset: Dataset) -> tuple[int, ...]:
    """The classes in colour: all of them, or up to ten chosen ones if there are more than ten."""
    most = len(PALETTE)
    if dataset.num_classes <= most:
        return tuple(range(dataset.num_classes))
    key = f"explore_focus_{dataset.hash}"
    follow(held("focus", key, several(dataset.num_classes, most=most), list(range(most))))
    st.session_state.setdefault(key, list(range(most)))
    chosen = st.multiselect(
        "Classes in colour", range(dataset.num_classes), max_selections=most,
        format_func=lambda k: dataset.classes[k], key=key, persist_state="session",
        help="At most ten, since more colours are hard to distinguish. The other classes stay grey.",
    )  # fmt: skip
    return tuple(chosen)


def show_map(
    map: dict[str, np.ndarray], map_path: Path, dataset: Dataset, scored: Scored, inside: np.ndarray,
    colouring: Colouring, count: int, run: RunFolder | None, primary: int | None, *, dark: bool,
) -> MapEvent:  # fmt: skip
    """Draw `count` of the images, those not `inside` (N,) in grey; returns what the user did on the map."""
    ringed = [primary] if primary is not None and inside[primary] else []
    drawn = np.union1d(thinned(scored.order, count), np.array(ringed, np.int64))  # the card's image is always drawn
    shown = points(dataset, drawn, inside, colouring, scored.ranks, dark=dark)
    placed = _placed(map_path, dataset, run)
    show_legend(colouring, dark=dark)
    event = point_map(
        map["xy"][shown.ids], shown.ids, shown.shade, shown.palette, key="explore_points",
        thumbs=f"/thumb/{dataset.hash}/", captions=shown.captions, highlight=ringed,
        synthetic=placed.synthetic if placed else None, within=None if inside.all() else int(inside[drawn].sum()),
        height=560,
    )  # fmt: skip
    selection.hear(dataset.hash, "explore_points", event.selected)
    words = [_counted(len(drawn), len(dataset.train), scored), _about(placed)]
    st.caption(" ".join(filter(None, words)), help=" ".join(filter(None, [_CAVEAT, on_top(colouring, scored)])))
    return event


_CAVEAT = (
    "The map (UMAP) keeps neighbours together. Its axes, the sizes of clusters and the distances between them "
    "have no meaning."
)


def on_top(colouring: Colouring, scored: Scored) -> str:
    """Which of several overlapping points is on top (see `points`), and how that biases the picture."""
    if colouring.values is not None:
        return (
            f"Where points overlap, the highest {colouring.name} is on top, so a dense cluster looks higher than most "
            "of its images are."
        )
    return "" if scored.alike else "Where points overlap, the more important images are on top."


def _counted(drawn: int, count: int, scored: Scored) -> str:
    if drawn == count:
        return f"All {count:,} training images."
    always = "" if scored.alike else f", {100 * ALWAYS:.0f}\u00a0% of them the most important of all"
    return f"{drawn:,} of {count:,} training images are drawn{always}; the lasso selects only drawn ones."


def _placed(map_path: Path, dataset: Dataset, run: RunFolder | None) -> Placed | None:
    if run is None:
        return None
    try:
        return synthetic_on(map_path, dataset, run)
    except BadInput as error:
        st.info(str(error))
    except (KeyError, OSError, ValueError):  # a damaged snapshot
        st.info(f"The newest snapshot of run {run.id} cannot be read, so its images are not on the map.")
    return None


def _about(placed: Placed | None) -> str:
    if placed is None:
        return ""
    count = len(placed.synthetic.xy)
    what = f"the {count:,} tiles of {count // placed.tiles:,}" if placed.tiles > 1 else f"{count:,}"
    words = f"Diamonds: {what} synthetic images at step {placed.step:,}, placed by neighbours."
    if placed.odd:
        words += (
            f" The {placed.odd} faded ones are farther from every real image than real images are from each other, as "
            "noise is, so their place means little."
        )
    return words


def show_legend(colouring: Colouring, *, dark: bool) -> None:
    """Draw the groups with their colours, or the colour scale with its ends named."""
    if colouring.values is None:
        colours = class_colours(dark=dark)
        entries = [(colours[place], colouring.names[k]) for place, k in enumerate(colouring.focus)]
        if rest := [name for k, name in enumerate(colouring.names) if k not in colouring.focus]:
            entries.append((colours[-1], rest[0] if len(rest) == 1 else "other classes"))
        chips = "".join(
            f'<span style="white-space:nowrap"><span style="color:{colour}">●</span> {escape(name)}</span>'
            for colour, name in entries
        )
        body = f'<div style="display:flex;flex-wrap:wrap;gap:0.1rem 0.9rem">{chips}</div>'
    else:
        steps = ", ".join(ramp(dark=dark)[1::50])
        bar = f"width:9rem;height:0.7rem;border-radius:0.35rem;background:linear-gradient(90deg, {steps})"
        body = (
            '<div style="display:flex;align-items:center;gap:0.6rem"><span>lowest</span>'
            f'<span style="{bar}"></span><span>highest {escape(colouring.name)}, by rank</span></div>'
        )
    st.html(f'<div style="font-size:0.9rem;opacity:0.9">{body}</div>')
