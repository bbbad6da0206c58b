"""The map beside the synthetic images: real images, synthetic ones at their places, and their trails."""

from dataclasses import asdict
from typing import Any

import numpy as np
import streamlit as st

from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.figures.colours import class_colours, shade_by_class
from ddcore.maps.embedding import NETWORK_FEATURES, MapSettings, cached_map_path
from ddcore.maps.projection import flat
from ddcore.randomness import numpy_generator
from ddcore.runs import states
from ddcore.runs.folder import RunFolder, job_folder
from pages.parts.address import follow, held
from pages.parts.browser.film import Film, Trails
from pages.parts.browser.point_map import OTHERS, Captions, point_map
from pages.parts.job_view import begin, job_line
from pages.parts.maps import UNASKED, Map, Placement, map_at, places_of, sketched
from pages.parts.run_dataset import dataset_of, why_no_dataset
from pages.parts.run_history import RunHistory
from pages.parts.selection import primary_of
from pages.parts.spelling import one_of
from pages.parts.trails import about_trails, trails_of
from pages.parts.watch.picking import Picked
from pages.parts.words import plain

SEEN_BY = {"pca": "pixels (PCA)", "pixels": "pixels", "random": "random network", "network": "trained network"}
_UMAP, _PCA = "UMAP", "PCA"
_CLASSES, _GREY = "classes", "grey"
_BUSY = "film_map_busy"
_DRAWN = 10_000  # real images behind the synthetic ones, so that a live run can send the map again


def film_map(read: list[RunHistory], cursor: int, picked: Picked | None, height: int = 520) -> None:
    """Draw the map of the first run's data with the images of the runs `read` on it, at step `cursor`."""
    dataset = dataset_of(read[0])
    if dataset is None:
        st.caption(plain(why_no_dataset(read[0])))
        st.page_link("explore.py", label="Open the data in Explore", query_params=_link(read[0]))
        return
    features, layout, colours = _choose()
    map = _map_of(dataset, features)
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
    _draw(dataset, map, shown, picked, read, linear=linear, grey=colours == _GREY, dark=dark, height=height)
    _caption(dataset, map, linear, placements, len(read) - len(fitting))
    jobs = [_wish(dataset, features)[0], *(placement.job for placement in placements if placement.job)]
    busy = any(_state(job) in states.LIVE for job in jobs)
    if busy != film_map_is_busy():
        st.session_state[_BUSY] = busy
        st.rerun()  # the interval between looks changes


def film_map_is_busy() -> bool:
    """Whether the map waits for a job, which is looked at often."""
    return st.session_state.get(_BUSY, False)


def dataset_hash_of(history: RunHistory) -> str | None:
    return (history.run.config()["dataset"] or {}).get("hash")


def _link(history: RunHistory) -> dict[str, str]:
    """The address of the run's data on Explore."""
    settings = history.run.config()["settings"]
    return {name: settings[name] for name in ("dataset", "variant") if settings.get(name)}


def _choose() -> tuple[str, str, str]:
    """Choose the features behind the map, its layout and the colours of the real images."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.session_state.setdefault("film_layout", _UMAP)
        st.session_state.setdefault("film_colours", _CLASSES)
        follow(
            held("map", "film_features", one_of(list(SEEN_BY)), next(iter(SEEN_BY))),
            held("layout", "film_layout", one_of([_UMAP, _PCA]), _UMAP),
            held("real", "film_colours", one_of([_CLASSES, _GREY]), _CLASSES),
        )
        features = st.selectbox(
            "Map of", list(SEEN_BY), format_func=SEEN_BY.get, key="film_features", persist_state="session",
            label_visibility="collapsed", width=170, help="What makes images alike on the map.",
        )  # fmt: skip
        layout = st.segmented_control(
            "Layout", [_UMAP, _PCA], required=True, key="film_layout", persist_state="session",
            label_visibility="collapsed",
        )  # fmt: skip
        colours = st.segmented_control(
            "Real images", [_CLASSES, _GREY], required=True, key="film_colours",
            persist_state="session", label_visibility="collapsed",
        )  # fmt: skip
    return features, layout, colours


def _map_of(dataset: Dataset, features: str) -> Map:
    """The map of these features; until it is drawn the sketch, with the job of drawing it or an offer above it."""
    settings = MapSettings(features)
    path = cached_map_path(dataset.hash, settings)
    if (arrays := map_at(path, dataset.hash)) is not None:
        return Map(path, arrays)
    job, wish = _wish(dataset, features)
    queue = "cuda:0" if features in NETWORK_FEATURES else None
    if _state(job) in (None, "finished") and len(dataset.train) <= UNASKED:
        begin("embedding", wish, queue)
    if _state(job) in (None, "finished"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(f"Shown: PCA of the pixels. This map ({SEEN_BY[features]}) is not drawn yet.", width="stretch")
            st.button("Draw the map", key="film_draw", on_click=begin, args=("embedding", wish, queue))
    else:
        job_line(job, "Shown: PCA of the pixels. Drawing the map", "Draw it again")
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
    dataset: Dataset, map: Map, shown: list[Trails], picked: Picked | None, read: list[RunHistory], *, linear: bool,
    grey: bool, dark: bool, height: int,
) -> None:  # fmt: skip
    ids, labels = _behind(len(dataset.train)), dataset.train.labels
    xy = flat(map.arrays["reduced"]) if linear else map.arrays["xy"]
    colours = class_colours(dark=dark)
    shade = np.full(len(ids), len(colours) - 1) if grey else shade_by_class(labels[ids])
    on_top = (read[picked.run].run.id, picked.image) if picked is not None else None
    try:
        point_map(
            xy[ids], ids, shade, colours, key="film_map", thumbs=f"/thumb/{dataset.hash}/",
            form=np.full(len(ids), OTHERS) if grey else None, captions=Captions(dataset.classes, labels[ids]),
            film=Film(shown, on_top) if shown else None, height=height, fill=True,
            highlight=[] if (ringed := primary_of(dataset.hash)) is None else [ringed],
        )  # fmt: skip
    except BadInput as error:  # sets that no map can show
        st.caption(plain(str(error)))


def _behind(count: int) -> np.ndarray:
    """Ids of the real images that are drawn, in an order in which no class hides another."""
    return numpy_generator(0, "film map").permutation(count)[:_DRAWN]


def _caption(dataset: Dataset, map: Map, linear: bool, placements: list[Placement], elsewhere: int) -> None:
    count = len(dataset.train)
    part = f"{_DRAWN:,} of {count:,}" if count > _DRAWN else f"{count:,}"
    words = [f"The synthetic images and their trails among {part} real images of {plain(dataset.name)}."]
    if elsewhere:
        words.append("B is made from other data, so only A is here.")
    about = (
        "Axes: the first two principal components." if linear else
        "UMAP keeps neighbours together; its axes and the distances between groups mean nothing."
    )  # fmt: skip
    placed = [about_trails(placement.trail) for placement in placements if len(placement.trail.steps)]
    st.caption(" ".join(words), help=" ".join([*placed[:1], about]))
