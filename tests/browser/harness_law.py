"""The sliders on made-up scores of images with ties and zeros, or (?n=60000) of many; see `test_law.py`."""

import numpy as np
import streamlit as st

from pages.parts.browser.law import LawSettings, law_sliders

CLASSES = [f"class {digit}" for digit in range(10)]


def made(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores (n,) with ties and zeros, and labels (n,) of ten classes of unequal sizes."""
    rng = np.random.default_rng(1)
    scores = np.round(rng.gamma(0.5, size=n), 2)
    return scores, rng.choice(10, n, p=np.arange(1, 11) / 55)


if __name__ == "__main__":
    st.set_page_config(page_title="Harness", layout="wide")
    scores, labels = made(int(st.query_params.get("n", 500)))
    start = LawSettings(uniform=float(st.query_params.get("uniform", 0.5)))
    event = law_sliders(
        scores, labels, CLASSES, key="law", source="made", thumbs="/thumb/0123456789abcdef/", shape=(8, 8),
        settings=st.session_state.get("taken", start), pick=True,
        take="Use these settings" if "take" in st.query_params else None,
    )  # fmt: skip
    if event.taken:
        st.session_state.taken = event.taken
        st.rerun()
    if event.clicked is not None:
        st.session_state.clicked = event.clicked
    st.session_state.runs = st.session_state.get("runs", 0) + 1
    st.text(f"now: {event.settings}")
    st.text(f"taken: {st.session_state.get('taken')}")
    st.text(f"clicked: {st.session_state.get('clicked')}")
    st.text(f"runs: {st.session_state.runs}")
