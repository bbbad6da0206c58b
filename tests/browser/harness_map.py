"""The map and the sheet on made-up points: a square lattice with known ids, or (?n=60000) ten clouds."""

import numpy as np
import streamlit as st

from ddcore.places import cache_root
from pages.parts.browser.image_sheet import image_sheet
from pages.parts.browser.point_map import Captions, MapEvent, point_map

PETROFF = ["#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6", "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd"]
VIRIDIS = ["#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"]
DATASET = "0123456789abcdef"
CLASSES = [f"class {digit}" for digit in range(10)]


def lattice(side: int = 20) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """side x side points at whole coordinates; point (x, y) is image 2 (side y + x), so ids are even."""
    y, x = np.divmod(np.arange(side * side), side)
    return np.stack([x, y], 1), 2 * np.arange(side * side), (x + y) % 10


@st.cache_resource
def clouds(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = rng.integers(10, size=n)
    centres = rng.uniform(-9, 9, (10, 3, 2))
    parts = rng.integers(3, size=n)
    spread = rng.gamma(2.0, 0.35, (n, 1))
    return centres[labels, parts] + spread * rng.normal(size=(n, 2)), np.arange(n), labels


st.set_page_config(page_title="Harness", layout="wide")
st.session_state.runs = st.session_state.get("runs", 0) + 1
n = int(st.query_params.get("n", 0))
xy, ids, labels = clouds(n) if n else lattice()
score = np.argsort(np.argsort(np.hypot(*(xy - xy.mean(0)).T))) / len(ids)
colour = st.radio("Colour", ["class", "score"], horizontal=True)
order = np.argsort(score) if colour == "score" else np.arange(len(ids))
shade = np.minimum(score * 10, 9).astype(int) if colour == "score" else labels
show = st.checkbox("Show the map", value=True)
left, right = st.columns([3, 2])
event = MapEvent(None, None)
if show:
    with left:
        event = point_map(
            xy[order],
            ids[order],
            shade[order],
            PETROFF if colour == "class" else VIRIDIS,
            key="map",
            thumbs=f"/thumb/{DATASET}/" if (cache_root() / "datasets" / DATASET).is_dir() else None,
            captions=Captions(CLASSES, labels[order], "score", score[order]),
            highlight=[int(ids[5])],
        )
with right:
    rng = np.random.default_rng(1)
    count = int(st.query_params.get("tiles", 30))
    pixels = rng.integers(0, 256, (count, 8, 8, 3), dtype=np.uint8)
    captions = [f"picture number {i} with a long caption" for i in range(count)]
    marks = [PETROFF[i % 10] for i in range(count)]
    with st.container(height=560):
        clicked = image_sheet(pixels, range(100, 100 + count), captions, key="sheet", marks=marks)
if event.clicked is not None:
    st.session_state.map_clicked = event.clicked
if clicked is not None:
    st.session_state.sheet_clicked = clicked
chosen = [] if event.selected is None else event.selected.tolist()
st.text(f"selected: {len(chosen)} {chosen[:400]}")
st.text(f"map clicked: {st.session_state.get('map_clicked')}")
st.text(f"sheet clicked: {st.session_state.get('sheet_clicked')}")
st.text(f"runs: {st.session_state.runs}")
