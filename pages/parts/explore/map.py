"""The map of Explore with its legend and its caption."""

from functools import partial
from html import escape

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ddcore.commands.schema_cache import Schema
from ddcore.data.dataset import Dataset
from ddcore.figures.colours import GREYISH, PALETTE, class_colours, ramp
from ddcore.methods import ScoreAbout
from ddcore.runs.folder import RunFolder
from pages.parts import selection
from pages.parts.address import follow, held
from pages.parts.browser.film import Film
from pages.parts.browser.point_map import View, point_map
from pages.parts.draws import times_drawn
from pages.parts.explore.addressed import PLACE
from pages.parts.explore.map_choice import MapChoice
from pages.parts.explore.on_the_map import Colouring, points, synthetic_on
from pages.parts.explore.planted import planted_colouring
from pages.parts.explore.proxy_colours import proxy_colouring, proxy_colours
from pages.parts.explore.scored import ALWAYS, PIXEL_QUANTITIES, Scored, pixel_quantity, thinned
from pages.parts.job_view import show_job
from pages.parts.maps import Map, Placement
from pages.parts.spelling import one_of, several
from pages.parts.trails import about_trails

_MAP = "explore_points"
_CLASS, _IMPORTANCE = "class", "importance"


def choose_colouring(
    dataset: Dataset, schema: Schema | None, scored: Scored, words: ScoreAbout, below: DeltaGenerator,
    first: Colouring | None = None, run: RunFolder | None = None, step: int | None = None,
) -> Colouring:  # fmt: skip
    """Choose what colours the points; by default importance, unless all scores are equal. `first`: what a view adds;
    `run`: a run whose draws up to `step` are among the choices.

    What a colour waits for is shown in `below`.
    """
    parts = {words.terms.get(name, (name,))[0]: values for name, values in scored.terms.items()}
    drawn = {} if run is None or step is None else times_drawn(run, step, len(dataset.train))
    whole = {group.name: group for group in (first, planted_colouring(dataset)) if group is not None}
    proxied = proxy_colours(schema)
    names = [*whole, _CLASS, *([] if scored.alike else [_IMPORTANCE, *parts]), *drawn, *PIXEL_QUANTITIES, *proxied]
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
    if schema and name in proxied:
        with below:
            found = proxy_colouring(dataset, schema, name)
        if found is not None:
            return found
    if name == _CLASS or name in proxied:
        return Colouring(_CLASS, None, dataset.train.labels, dataset.classes, _choose_focus(dataset))
    if name in drawn:
        return Colouring(name, drawn[name])
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
    map: Map, dataset: Dataset, scored: Scored, inside: np.ndarray, colouring: Colouring, choice: MapChoice,
    primary: int | None, *, dark: bool,
) -> None:  # fmt: skip
    """Draw as many images as were chosen, those not `inside` (N,) faint."""
    ringed = [primary] if primary is not None and inside[primary] else []
    always = np.array(ringed, np.int64)  # the card's image is always drawn
    drawn = np.union1d(thinned(scored.order, choice.count), always)
    shown = points(dataset, drawn, inside, colouring, scored.ranks, dark=dark)
    film, placement = _film(map, dataset, choice, dark=dark)
    show_legend(colouring, dark=dark)
    event = point_map(
        map.arrays["xy"][shown.ids], shown.ids, shown.shade, shown.palette, key=_MAP, form=shown.form,
        priority=scored.scores[shown.ids], thumbs=f"/thumb/{dataset.hash}/", captions=shown.captions,
        highlight=ringed, film=film, view=View(*place) if (place := st.session_state.get(PLACE)) else None,
        selection=selection.for_map(dataset.hash, _MAP), within=None if inside.all() else int(inside[drawn].sum()),
        on_click=partial(selection.make_primary, dataset.hash), height=560,
    )  # fmt: skip
    selection.hear(dataset.hash, _MAP, event.selected)
    st.session_state[PLACE] = event.view and tuple(event.view)
    words = [_counted(len(drawn), len(dataset.train), scored), _about(placement, film)]
    more = [_SKETCH if map.linear else _CAVEAT, on_top(colouring, scored), colouring.about]
    if film is not None and placement is not None:
        more.append(about_trails(placement.trail))
    st.caption(" ".join(filter(None, words)), help=" ".join(filter(None, more)))


_CAVEAT = (
    "The map (UMAP) keeps neighbours together. Its axes, the sizes of clusters and the distances between them "
    "have no meaning."
)
_SKETCH = "The axes are the first two principal components of the pixels."


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


def _film(map: Map, dataset: Dataset, choice: MapChoice, *, dark: bool) -> tuple[Film | None, Placement | None]:
    """The chosen run's images on the map; what keeps them from it is said."""
    if choice.run is None or choice.step is None:
        return None, None
    film, placement = synthetic_on(map, dataset, choice.run, choice.step, dark=dark)
    if placement.trouble:
        st.info(placement.trouble)
    elif placement.job is not None:
        show_job(placement.job, label=f"Placing {placement.left:,} more steps of the run", line="Place them")
    if choice.step in placement.damaged:
        st.info(f"The snapshot of step {choice.step:,} of run {choice.run.id} is damaged: its images are not here.")
    return film, placement


def _about(placement: Placement | None, film: Film | None) -> str:
    if film is None or placement is None:
        return ""
    trail = placement.trail
    odd, tiles = int(trail.odd[-1].sum()), int(trail.factor) ** 2
    what = "tiles of synthetic images" if tiles > 1 else "synthetic images"
    words = f"{len(trail.classes):,} {what} at step {trail.steps[-1]:,}, with the way they came"
    return f"{words}; {odd:,} hollow." if odd else f"{words}."


def show_legend(colouring: Colouring, *, dark: bool) -> None:
    """Draw the groups with their colours, or the colour scale with its ends named."""
    if colouring.values is None:
        colours = class_colours(dark=dark)
        entries = [
            ("○" if place in GREYISH else "●", colours[place], colouring.names[k])
            for place, k in enumerate(colouring.focus)
        ]
        if rest := [name for k, name in enumerate(colouring.names) if k not in colouring.focus]:
            entries.append(("•", colours[-1], rest[0] if len(rest) == 1 else "other classes"))
        chips = "".join(
            f'<span style="white-space:nowrap"><span style="color:{colour}">{mark}</span> {escape(name)}</span>'
            for mark, colour, name in entries
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
