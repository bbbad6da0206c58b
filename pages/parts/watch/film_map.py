"""The map beside the synthetic images: real images, synthetic ones at their places, and their trails."""

from dataclasses import asdict
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.maps.embedding import NETWORK_FEATURES, MapSettings, cached_map_path
from ddcore.maps.projection import flat
from ddcore.randomness import numpy_generator
from ddcore.runs import states
from ddcore.runs.folder import RunFolder, job_folder
from pages.parts import selection
from pages.parts.address import Choice, held
from pages.parts.browser.film import Film, Trails
from pages.parts.browser.point_map import View, point_map
from pages.parts.job_view import begin, job_line
from pages.parts.maps import UNASKED, Map, Placement, map_at, places_of, sketched
from pages.parts.run_dataset import dataset_of, why_no_dataset
from pages.parts.run_history import RunHistory
from pages.parts.spelling import numbers, one_of
from pages.parts.trails import about_trails, trails_of
from pages.parts.watch.map_colours import CLASSES, COLOURS, Coloured, coloured, offered
from pages.parts.watch.picking import Picked
from pages.parts.watch.real_selection import show_real_selection, tell_real
from pages.parts.words import plain

SEEN_BY = {"pca": "50 components", "pixels": "pixels", "random": "random network", "network": "trained network"}
_UMAP, _PCA = "UMAP", "PCA"
_MAP, _BUSY = "film_map", "film_map_busy"
_PLACE = "film_place"  # session key of the part that is shown: (x, y of its centre, zoom); None shows everything
_DRAWN = 10_000  # real images behind the synthetic ones, so that a live run can send the map again


class Said(NamedTuple):
    """What is to be said under the film of its map."""

    words: str = ""
    help: str = ""


def film_map(read: list[RunHistory], cursor: int, picked: Picked | None, height: int = 520) -> Said:
    """Draw the map of the first run's data with the images of the runs `read` on it, at step `cursor`."""
    dataset = dataset_of(read[0])
    if dataset is None:
        st.caption(plain(why_no_dataset(read[0])))
        st.page_link("explore.py", label="Open the data in Explore", query_params=_link(read[0]))
        return Said()
    features, layout, colours, beside = _choose(read[0])
    map = _map_of(dataset, features, beside)
    linear = layout == _PCA or map.linear
    known = dataset_hash_of(read[0])
    fitting = [history for history in read if dataset_hash_of(history) == known]
    placements = [places_of(history.run, map, dataset) for history in fitting]
    for placement in placements:
        _show_placing(placement)
    dark = st.context.theme.type == "dark"
    shown = [
        trails_of(history.run, placement.trail, linear=linear, dark=dark)
        for history, placement in zip(fitting, placements, strict=True)
        if len(placement.trail.steps)
    ]
    letter = "A" if len(read) > 1 else ""
    real = coloured(colours, read[0], cursor, dataset, _behind(len(dataset.train)), letter, dark=dark)
    _draw(dataset, map, real, shown, picked, read, linear=linear, height=height)
    show_real_selection(dataset, _link(read[0]))
    jobs = [_wish(dataset, features)[0], *(placement.job for placement in placements if placement.job)]
    busy = any(_state(job) in states.LIVE for job in jobs)
    if busy != film_map_is_busy():
        st.session_state[_BUSY] = busy
        st.rerun()  # the interval between looks changes
    return _said(dataset, map, features, linear, real, placements, len(read) - len(fitting))


def film_map_is_busy() -> bool:
    """Whether the map waits for a job, which is looked at often."""
    return st.session_state.get(_BUSY, False)


def dataset_hash_of(history: RunHistory) -> str | None:
    return (history.run.config()["dataset"] or {}).get("hash")


def _link(history: RunHistory) -> dict[str, str]:
    """The address of the run's data on Explore."""
    settings = history.run.config()["settings"]
    return {name: settings[name] for name in ("dataset", "variant") if settings.get(name)}


def map_choices() -> list[Choice]:
    """What of the map is in the address."""
    return [
        held("map", "film_features", one_of(list(SEEN_BY)), next(iter(SEEN_BY))),
        held("layout", "film_layout", one_of([_UMAP, _PCA]), _UMAP),
        held("real", "film_colours", one_of(list(COLOURS)), CLASSES),
        held("place", _PLACE, numbers(3)),
    ]


def _choose(history: RunHistory) -> tuple[str, str, str, DeltaGenerator]:
    """Choose the features behind the map, its layout and the colours of the real images; last, the room beside."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.session_state.setdefault("film_layout", _UMAP)
        st.session_state.setdefault("film_colours", CLASSES)
        features = st.selectbox(
            "Map of", list(SEEN_BY), format_func=SEEN_BY.get, key="film_features", persist_state="session",
            label_visibility="collapsed", width=170, help="What makes images alike on the map.",
        )  # fmt: skip
        layout = st.segmented_control(
            "Layout", [_UMAP, _PCA], required=True, key="film_layout", persist_state="session",
            label_visibility="collapsed",
        )  # fmt: skip
        colours = st.selectbox(
            "Real images", offered(history, st.session_state["film_colours"]), key="film_colours",
            persist_state="session", label_visibility="collapsed", width=120,
            help="What the colours of real images say.",
        )  # fmt: skip
        beside = st.container(width="content")
    return features, layout, colours, beside


def _map_of(dataset: Dataset, features: str, beside: DeltaGenerator) -> Map:
    """The map of these features; until it is drawn the sketch, with the job of drawing it or an offer `beside`."""
    settings = MapSettings(features)
    path = cached_map_path(dataset.hash, settings)
    if (arrays := map_at(path, dataset.hash)) is not None:
        return Map(path, arrays)
    job, wish = _wish(dataset, features)
    queue = "cuda:0" if features in NETWORK_FEATURES else None
    if _state(job) in (None, "finished") and len(dataset.train) <= UNASKED:
        begin("embedding", wish, queue)
    if _state(job) in (None, "finished"):
        beside.button("Draw the map", key="film_draw", on_click=begin, args=("embedding", wish, queue))
    else:
        job_line(job, "Drawing the map", "Draw it again")
    return sketched(dataset)


def _wish(dataset: Dataset, features: str) -> tuple[RunFolder, dict[str, Any]]:
    """The job that draws the map of these features, and its settings."""
    wish = {"dataset": dataset.hash} | asdict(MapSettings(features))
    return job_folder("embedding", wish), wish


def _state(job: RunFolder) -> str | None:
    return job.state() if (job.path / "config.json").exists() else None


def _show_placing(placement: Placement) -> None:
    if placement.trouble:
        st.caption(plain(placement.trouble))
    elif placement.job is not None:
        job_line(placement.job, f"{placement.left:,} more steps to place", "Place them")
    if damaged := placement.damaged:
        which = ", ".join(f"{step:,}" for step in damaged[:5]) + (" ..." if len(damaged) > 5 else "")
        st.caption(f"The snapshots of these steps are damaged and left out: {which}.")


def _draw(
    dataset: Dataset, map: Map, real: Coloured, shown: list[Trails], picked: Picked | None, read: list[RunHistory], *,
    linear: bool, height: int,
) -> None:  # fmt: skip
    xy = flat(map.arrays["reduced"]) if linear else map.arrays["xy"]
    on_top = (read[picked.run].run.id, picked.image) if picked is not None else None
    place, chosen = st.session_state.get(_PLACE), selection.is_of(dataset.hash)
    ringed = selection.primary_of(dataset.hash)
    try:
        event = point_map(
            xy[real.ids], real.ids, real.shade, real.palette, key=_MAP, thumbs=f"/thumb/{dataset.hash}/",
            form=real.form, captions=real.captions, film=Film(shown, on_top) if shown else None, height=height,
            fill=True, highlight=[] if ringed is None else [ringed],
            view=View(*place) if place else None,
            selection=selection.for_map(dataset.hash, _MAP) if chosen else None,
            on_click=partial(selection.make_primary, dataset.hash),
        )  # fmt: skip
    except BadInput as error:  # sets that no map can show
        st.caption(plain(str(error)))
        return
    st.session_state[_PLACE] = event.view and tuple(event.view)
    # Real images chosen or clicked here are those of every page; a selection in other data stays until then.
    if chosen or event.selected is not None:
        selection.hear(dataset.hash, _MAP, event.selected)
    tell_real(dataset)


def _behind(count: int) -> np.ndarray:
    """Ids of the real images that are drawn, in an order in which no class hides another."""
    return numpy_generator(0, "film map").permutation(count)[:_DRAWN]


def _said(
    dataset: Dataset, map: Map, features: str, linear: bool, real: Coloured, placements: list[Placement], elsewhere: int
) -> Said:  # fmt: skip
    part, count = len(real.ids), len(dataset.train)
    shown = f"{part:,} of {count:,}" if part < count else f"all {count:,}"
    words = [f"The map shows {shown} real images."]
    if map.linear:
        words = [f"UMAP of {SEEN_BY[features]} is not drawn yet; this is PCA of the pixels."]
    if real.about:
        words.append(plain(real.about))
    if elsewhere:
        words.append("B is made from other data, so only A is on it.")
    about = (
        "Axes: the first two principal components, each with its own scale." if linear else
        "UMAP keeps neighbours together; its axes and the distances between groups mean nothing."
    )  # fmt: skip
    placed = [about_trails(placement.trail) for placement in placements if len(placement.trail.steps)]
    return Said(" ".join(words), " ".join([*placed[:1], about]))
