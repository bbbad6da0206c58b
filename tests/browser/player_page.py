"""The page of `harness_player.py`: `?show=` names what the player is given."""

from dataclasses import replace

import numpy as np
import streamlit as st

from pages.parts.browser.player import Parting, Track, film_places, player
from pages.parts.browser.point_map import point_map

LAST = 200
LONG = "k-means coreset start, k-means sensitivity emphasis"
NAMES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]


def track(
    run: str, title: str, gain: float, *, side: int = 8, columns: int = 1, until: int = LAST, live: bool = False
) -> Track:
    steps = list(range(0, until + 1, 10))
    measured = [step for step in steps if step % 20 == 0]
    rng = np.random.default_rng(len(run))
    loss_steps = range(1, until + 1)
    return Track(
        run=run,
        title=title,
        frames=f"/made/{run}/{side}/{columns}/",
        steps=steps,
        tile=(side, side),
        rows=10,
        columns=columns,
        class_names=[str(digit) for digit in range(10)] if side == 8 else NAMES,
        loss=(loss_steps, [float(40 * np.exp(-step / 30) + 0.6 + 0.4 * rng.random()) for step in loss_steps]),
        accuracy=(measured, [0.45 + gain * (1 - np.exp(-step / 50)) for step in measured], [0.02] * len(measured)),
        random=(0.412, 0.058, 3),
        full=(0.979, 0.0, 1),
        repeats=3,
        live=live,
    )


def tracks(show: str) -> list[Track]:
    until = st.session_state.get("until", 100)
    return {
        "one": [track("one", "k-means coreset, loss emphasis", 0.35)],
        "images": [track("images", "k-means coreset, loss emphasis", 0.35, side=28, columns=10)],
        "two": [track("uniform", "uniform batches", 0.22), track("emphasis", "loss emphasis", 0.35)],
        "sheets": [
            track("uniform", "uniform batches", 0.22, side=28, columns=10),
            track("emphasis", "loss emphasis", 0.35, side=28, columns=10),
        ],
        "live": [track("growing", "loss emphasis", 0.35, until=until, live=until < LAST)],
        "film": [track("images", "loss emphasis", 0.35)],
        "film10": [track("images", "loss emphasis", 0.35, side=28, columns=10)],
        "films": [track("one", "uniform batches", 0.22), track("later", "loss emphasis", 0.35)],
        "films10": [
            track("one", "uniform batches", 0.22, side=28, columns=10),
            track("later", "loss emphasis", 0.35, side=28, columns=10),
        ],
        "filmkernel": [
            replace(
                track("images", "loss emphasis", 0.0),
                accuracy=(list(range(0, LAST + 1, 50)), [0.842, 0.89, 0.87, 0.78, 0.755], [0.012] * 5),
                random=(0.745, 0.01, 2),
                full=(0.919, 0.0, 1),
                repeats=1,
                kernel=([0, 40, 80, 120, 160, LAST], [0.86, 0.92, 0.93, 0.94, 0.95, 0.953], [float("nan")] * 6),
                kernel_random=(0.691, 0.01, 2),
            )
        ],
        "filmsapart": [
            replace(track("one", LONG, 0.35), random=(0.745, 0.01, 2), full=(0.919, 0.0, 1)),
            replace(track("later", "uniform batches", 0.22), random=(0.46, 0.01, 2), full=(0.827, 0.0, 1)),
        ],
        "shuffled": [replace(track("images", "", 0.35), images=[9, 8, 7, 6, 5, 4, 3, 2, 1, 0])],
        "narrow": [
            replace(
                track("narrow", "hardly anything gained", 0.0),
                accuracy=([0, 100, 200], [0.9800, 0.9812, 0.9815], [0.001] * 3),
                random=None,
                full=(0.983, 0.0, 1),
            )
        ],
        "torn": [track("torn", "loss emphasis", 0.35)],
        "new": [
            replace(track("new", "loss emphasis", 0.35, live=True), steps=[], loss=([], []), accuracy=([], [], []))
        ],
    }[show]


st.set_page_config(layout="wide")
show = st.query_params.get("show", "one")
st.session_state.runs = st.session_state.get("runs", 0) + 1
if st.button("More"):
    st.session_state.until = min(LAST, st.session_state.get("until", 100) + 20)
film = show.startswith("film") or show == "shuffled"
step, picked, _ = player(
    tracks(show),
    total_steps=LAST,
    key="player",
    autoplay="play" in st.query_params,
    seconds=2.0,
    parting=Parting(40, 50) if show.startswith("films") else None,
    places=(places := film_places() if film else None),
)
if film:
    with places.map:
        st.segmented_control("Features", ["pixels", "PCA"], default="PCA")
        spread = np.random.default_rng(0).normal(size=(100, 2))
        point_map(spread, np.arange(100), np.zeros(100, int), ["#888888"], key="map")
        st.caption("A map of points.")
st.text(f"cursor {step}, run {st.session_state.runs}, picked {picked}")
