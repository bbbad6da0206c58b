"""Settings of the map of Explore, how many points it draws, and the run whose synthetic images it shows."""

from dataclasses import asdict
from typing import Any, NamedTuple

import streamlit as st

from ddcore.data.dataset import Dataset
from ddcore.maps.embedding import FEATURES, NETWORK_FEATURES, MapSettings, cached_map_path
from ddcore.parameters import schema
from ddcore.runs.folder import RunFolder, job_folder
from pages.parts.address import Choice, follow, held
from pages.parts.explore.scored import DRAWN
from pages.parts.job_view import result_of_job
from pages.parts.maps import UNASKED, Map, loaded_map, map_at, sketched
from pages.parts.parameter_form import field_input
from pages.parts.sound_runs import sound_runs
from pages.parts.spelling import one_of, record

_ONLY_NETWORK = "Only for features of a network: its kind and, after a colon, its parameters."


class MapChoice(NamedTuple):
    """Settings of the map, how many points to draw, and the run whose synthetic images to show, up to which step."""

    settings: MapSettings
    count: int
    run: RunFolder | None
    step: int | None


def choose_map(dataset: Dataset) -> MapChoice:
    """Choose them in a popover."""
    _follow(dataset)
    settings = st.session_state.get("explore_map") or MapSettings()
    with st.popover("Map settings", help="How the map is made and what it shows", key="explore_map_popover"):
        count = DRAWN
        if len(dataset.train) > DRAWN:
            st.session_state.setdefault(f"explore_drawn_{dataset.hash}", DRAWN)
            count = st.segmented_control(
                "Points drawn", [DRAWN, len(dataset.train)], required=True, persist_state="session",
                format_func=lambda n: f"{n:,}" if n == DRAWN else f"all {n:,}", key=f"explore_drawn_{dataset.hash}",
            )  # fmt: skip
        run = _choose_run(dataset)
        step = None if run is None else _choose_step(dataset, run)
        settings = st.session_state["explore_map"] = _form(settings)
    return MapChoice(settings, count, run, step)


def _follow(dataset: Dataset) -> None:
    """Bind the map's settings, under one name, and how many points it draws."""
    usual = MapSettings()

    def put(values: dict[str, Any]) -> None:
        chosen = st.session_state["explore_map"] = MapSettings(**values)
        st.session_state["map_network"], st.session_state["map_seed"] = chosen.feature_network, chosen.seed

    def get() -> dict[str, Any]:
        return asdict(st.session_state.get("explore_map") or usual)

    follow(Choice("map", record(schema(MapSettings), asdict(usual)), asdict(usual), get, put))
    if (most := len(dataset.train)) > DRAWN:
        follow(held("points", f"explore_drawn_{dataset.hash}", one_of([DRAWN, most]), DRAWN))


def _form(settings: MapSettings) -> MapSettings:
    with st.form("map_form", border=True):
        st.markdown("**Similarity of images**")
        rows = {row["name"]: row for row in schema(MapSettings)}
        index = list(FEATURES).index(settings.features)
        features = st.radio("Features", FEATURES, index, format_func=FEATURES.get, label_visibility="collapsed")
        network = field_input(rows["feature_network"], "map_network", help=_ONLY_NETWORK)
        neighbours = st.slider("Neighbours kept close", 2, 200, settings.neighbours)
        min_dist = st.slider("Minimum distance between points", 0.0, 0.99, settings.min_dist)
        st.session_state.setdefault("map_seed", settings.seed)
        seed = st.number_input("Seed", 0, 2**31 - 1, key="map_seed")
        if st.form_submit_button("Draw this map", type="primary"):
            st.session_state["explore_map_asked"] = True
            return MapSettings(features, neighbours, min_dist, settings.components, seed, network)
    return settings


def map_of(dataset: Dataset, settings: MapSettings) -> Map:
    """The map; until it is drawn its sketch, with the job that draws it or an offer to do so in a line above it.

    Small maps are drawn without asking.
    """
    path = cached_map_path(dataset.hash, settings)
    job = {"dataset": dataset.hash} | asdict(settings)
    asked = len(dataset.train) <= UNASKED or st.session_state.pop("explore_map_asked", False)
    queue = "cuda:0" if settings.features in NETWORK_FEATURES else None
    label = f"Shown: principal components. Drawing the map of {dataset.name}"
    offer = st.empty()
    if result_of_job(
        "embedding", job, lambda: map_at(path, dataset.hash) is not None, label=label, start=asked, queue=queue,
        line="Draw it again",
    ):  # fmt: skip
        return Map(path, loaded_map(str(path), dataset.hash))
    if not asked and not (job_folder("embedding", job).path / "config.json").exists():
        with offer.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(
                "Shown: the first two principal components. UMAP, which keeps neighbours together, takes about a "
                f"minute for {len(dataset.train):,} images.", width="stretch",
            )  # fmt: skip
            st.button("Draw the map", on_click=_ask, key="explore_draw")
    return sketched(dataset)


def _ask() -> None:
    st.session_state["explore_map_asked"] = True


def _choose_run(dataset: Dataset) -> RunFolder | None:
    runs = {run.id: run for run in sound_runs() if _shows(run, dataset)}
    key = f"explore_run_{dataset.hash}"
    one_of_these = one_of(list(runs))._replace(allowed="a run of these data; the Library adds runs from their zip")
    follow(held("run", key, one_of_these))
    if not runs:
        st.caption("Distill this dataset to show its synthetic images on the map.")
        return None
    chosen = st.selectbox(
        "Synthetic images of", [None, *runs], format_func=lambda id: id or "no run", key=key, persist_state="session",
    )  # fmt: skip
    return runs.get(chosen)


def _choose_step(dataset: Dataset, run: RunFolder) -> int:
    """A step of which there is a snapshot; the last one at first."""
    steps, key = run.snapshot_steps(), f"explore_step_{dataset.hash}"
    follow(held("step", key, one_of(steps), steps[-1]))
    if st.session_state.get(key) not in steps:
        st.session_state[key] = steps[-1]
    if len(steps) == 1:
        return steps[0]
    return st.select_slider("Step", steps, key=key, format_func=lambda step: f"{step:,}", persist_state="session")


def _shows(run: RunFolder, dataset: Dataset) -> bool:
    return (run.config().get("dataset") or {}).get("hash") == dataset.hash and bool(run.snapshot_steps())
