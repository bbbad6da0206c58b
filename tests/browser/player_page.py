"""The page of `harness_player.py`: `?show=` names what the player is given."""

from dataclasses import replace

import numpy as np
import streamlit as st

from pages.parts.browser.player import Track, player

LAST = 200
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
step = player(tracks(show), total_steps=LAST, key="player", autoplay="play" in st.query_params, seconds=2.0)
st.text(f"cursor {step}, run {st.session_state.runs}")
