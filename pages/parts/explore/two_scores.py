"""The disagreement map of Explore: every image at its rank under two scores. N is the number of training images."""

from functools import partial
from html import escape
from typing import Any

import numpy as np
import streamlit as st

from ddcore.commands.schema_cache import Schema
from ddcore.data.dataset import Dataset
from ddcore.importance import SCORES
from ddcore.importance.agreement import spearman, top_overlap
from ddcore.randomness import numpy_generator
from pages.parts import selection
from pages.parts.address import Choice, follow
from pages.parts.browser.point_map import View, point_map
from pages.parts.explore.addressed import PLACE_OF_TWO
from pages.parts.explore.all_scores import ranking_scores
from pages.parts.explore.map import show_legend
from pages.parts.explore.on_the_map import Colouring, points
from pages.parts.explore.score_choice import follow_settings, importance_job, loaded, scores_of, settings_of
from pages.parts.explore.scored import Scored
from pages.parts.spelling import one_of

MAP, TWO = "Map", "Two scores"
TOP = 0.1  # of all images: what counts as important here
WIDE = 1.5  # stretches the square of ranks to the page
AGREEMENT = "agreement"


def choose_view(schema: Schema | None) -> str:
    """Choose the large picture: the map, or two scores, the second also from the address as `?against=`."""
    if schema:
        follow(Choice("against", one_of(ranking_scores(schema)), None, _rival, _put_rival))
    st.session_state.setdefault("explore_view", MAP)
    return st.segmented_control(
        "What the picture shows", [MAP, TWO], required=True, key="explore_view", persist_state="session",
        label_visibility="collapsed",
    )  # fmt: skip


def _rival() -> str | None:
    """The score compared with the chosen one; None while the picture is the map."""
    return st.session_state.get("explore_rival") if st.session_state.get("explore_view") == TWO else None


def _put_rival(rival: str | None) -> None:
    st.session_state["explore_view"] = MAP if rival is None else TWO
    if rival is not None:
        st.session_state["explore_rival"] = rival


def choose_rival(dataset: Dataset, schema: Schema | None, name: str) -> str | None:
    """Choose the score to compare `name` with; starts at one that is computed already."""
    names = [other for other in ranking_scores(schema) if other != name]
    if not names:
        return None
    if st.session_state.get("explore_rival") not in names:
        there = [other for other in names if loaded(dataset, other, settings_of(schema, other), schema) is not None]
        st.session_state["explore_rival"] = (there or names)[0]
    follow_settings("against_settings", schema, st.session_state["explore_rival"])
    return st.selectbox(
        "against", names, key="explore_rival", format_func=lambda name: SCORES.about(name).title,
        persist_state="session", help="With the parameters set for it under “Importance”.",
    )  # fmt: skip


def rival_scores(dataset: Dataset, schema: Schema, rival: str) -> Scored | None:
    """The rival's scores; until they are computed None, with a button to compute them or their job on the page."""
    settings = settings_of(schema, rival)
    wish = importance_job(dataset, rival, settings)
    offer = st.empty()
    scores = scores_of(dataset, rival, settings, schema, start=st.session_state.get("explore_rival_asked") == wish)
    if scores is None and st.session_state.get("explore_rival_asked") != wish:
        with offer.container(border=True):
            st.markdown(
                f"**{SCORES.about(rival).title}** has not been computed for {dataset.name} with these parameters yet."
            )
            st.button("Compute", type="primary", key="explore_rival_compute", on_click=_ask, args=(wish,))
    return scores


def _ask(wish: dict[str, Any]) -> None:
    st.session_state["explore_rival_asked"] = wish


def places(scores: np.ndarray, axis: str) -> np.ndarray:
    """(N,) in (0, 1): the share of images that matter less than each. Equal scores are in random order.

    `axis` names the draw, since two scores with the same ties must not order them alike.
    """
    order = np.lexsort((numpy_generator(0, f"equal scores {axis}").random(len(scores)), scores))
    shares = np.empty(len(scores))
    shares[order] = (np.arange(len(scores)) + 0.5) / len(scores)
    return shares


@st.cache_resource(max_entries=16, show_spinner=False)
def kept_places(key: str, axis: str, _scores: np.ndarray) -> np.ndarray:
    """`places` of the scores that `key` names."""
    shares = places(_scores, axis)
    shares.flags.writeable = False
    return shares


def corners(across: np.ndarray, up: np.ndarray, first: str, second: str) -> Colouring:
    """Which of two scores (`places` (N,) of each) put an image among their most important."""
    groups = (across > 1 - TOP) + 2 * (up > 1 - TOP)
    share = f"top {100 * TOP:.0f} %"
    counts = np.bincount(groups, minlength=4)
    names = ("neither", f"{share} by {first} only", f"{share} by {second} only", f"{share} by both")
    names = tuple(f"{name} ({count:,})" for name, count in zip(names, counts, strict=True))
    return Colouring(AGREEMENT, None, groups, names, focus=(1, 2, 3))


def at_random(total: int, count: int) -> np.ndarray:
    """`count` ids of 0 to `total` - 1 at random, ascending, always the same; random, to preserve densities."""
    return np.sort(numpy_generator(0, "thinning ranks").permutation(total)[:count])


def show_two(
    dataset: Dataset, scored: Scored, rival: Scored, inside: np.ndarray, across: np.ndarray, up: np.ndarray,
    colouring: Colouring, count: int, primary: int | None, *, dark: bool,
) -> None:  # fmt: skip
    """`across` and `up` (N,): `places` under `scored` and under `rival`; draws `count` of the images."""
    ringed = [primary] if primary is not None and inside[primary] else []
    drawn = np.union1d(at_random(len(across), count), np.array(ringed, np.int64))  # the card's image is always drawn
    shown = points(dataset, drawn, inside, colouring, scored.ranks, dark=dark)
    show_legend(colouring, dark=dark)
    first, second = escape(scored.title), escape(rival.title)
    _edge(f"↖ important by {second} only", f"↑ more important by <b>{second}</b>", "by both ↗")
    place = st.session_state.get(PLACE_OF_TWO)
    event = point_map(
        np.stack([WIDE * across, up], axis=1)[shown.ids], shown.ids, shown.shade, shown.palette, key="explore_two",
        form=shown.form, priority=scored.scores[shown.ids], thumbs=f"/thumb/{dataset.hash}/", captions=shown.captions,
        highlight=ringed, selection=selection.for_map(dataset.hash, "explore_two"),
        view=View(*place) if place else None, within=None if inside.all() else int(inside[drawn].sum()),
        on_click=partial(selection.make_primary, dataset.hash), height=520,
    )  # fmt: skip
    selection.hear(dataset.hash, "explore_two", event.selected)
    st.session_state[PLACE_OF_TWO] = event.view and tuple(event.view)
    _edge("↙ by neither", f"more important by <b>{first}</b> →", f"important by {first} only ↘")
    images = f"All {len(across):,} training images"
    if len(drawn) < len(across):
        images = f"{len(drawn):,} of {len(across):,} training images, drawn at random (the lasso selects only these)"
    st.caption(f"{images}; equal scores are in random order.")


def agreement_in_words(scored: Scored, rival: Scored, across: np.ndarray, up: np.ndarray) -> str:
    """Rank correlation, and overlap of the most important images."""
    correlation = spearman(scored.scores, rival.scores)
    overlap, chance = top_overlap(across, up, TOP)
    return (
        f"**{_strength(correlation)}**: Spearman's rank correlation is {round(correlation, 2) + 0.0:.2f}. "
        f"Their top {100 * TOP:.0f}\u00a0% share **{100 * overlap:.0f}\u00a0%** of images; "
        f"chance would be {100 * chance:.0f}\u00a0%."
    )


def _strength(correlation: float) -> str:
    if abs(correlation) < 0.2:
        return "The two scores hardly agree"
    if correlation < 0:
        return "The two scores contradict each other"
    return "The two scores agree " + (
        "closely" if correlation >= 0.8 else "in part" if correlation >= 0.5 else "weakly"
    )


def _edge(left: str, middle: str, right: str) -> None:
    """Label the corners and the axis in a line above or below the picture."""
    style = "display:flex;justify-content:space-between;gap:1rem;font-size:0.9rem;opacity:0.85;padding:0 0.6rem"
    st.html(f'<div style="{style}"><span>{left}</span><span>{middle}</span><span>{right}</span></div>')
