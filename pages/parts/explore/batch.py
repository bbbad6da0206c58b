"""What a batch would be: sampling-law sliders over the score that Explore shows."""

import streamlit as st

from ddcore.data.dataset import Dataset
from pages.parts import selection
from pages.parts.address import follow, held, write
from pages.parts.browser.law import DRAWS, LawSettings, law_sliders
from pages.parts.explore.scored import Scored
from pages.parts.spelling import Spelling

LAW = "explore_law"
"""Session key of the sliders' `LawSettings`."""
_KEY, _GIVEN, _TOLD = "explore_batch", "explore_law_given", "explore_law_told"
_HELP = (
    "p = (1 − u) sᵗ / Σ sᵗ + u / n: the scores s to the power of the temperature t, mixed with a uniform share u. This "
    "is the law that distilling draws real images by; “easy” gives each image the score of the reversed rank. The "
    "effective sample size is 1 / Σ p²: so many equally likely images would vary as much. The band spans the least and "
    "the most likely image among those of nearly the same score, and a mark shows what the uniform law gives a class."
)


def show_batch(dataset: Dataset, scored: Scored) -> None:
    """Draw the sliders, with the images of the next batch."""
    follow(held("law", LAW, _law(), LawSettings()))
    st.subheader("What would a batch be?", anchor=False, help=_HELP)
    if scored.waiting:
        st.caption("The scores are still being computed.")
        return
    if scored.alike:
        st.caption("Every image has the same score, so every law is uniform.")
    _sliders(dataset, scored)


@st.fragment
def _sliders(dataset: Dataset, scored: Scored) -> None:
    """The session holds where the sliders stand. They are given it anew where it comes from elsewhere, such as the
    visit before: what the browser told itself is nothing new, and would send all scores again."""
    state = st.session_state
    law = state.setdefault(LAW, LawSettings())
    if _KEY not in state or law != state.get(_TOLD):
        state[_GIVEN] = law
    event = law_sliders(
        scored.scores, dataset.train.labels, dataset.classes, key=_KEY, source=scored.key or scored.title,
        thumbs=f"/thumb/{dataset.hash}/", shape=dataset.train.images.shape[1:3], settings=state[_GIVEN], pick=True,
    )  # fmt: skip
    state[LAW] = state[_TOLD] = event.settings
    if event.settings != law:
        write()
    if event.clicked is not None:
        selection.make_primary(dataset.hash, event.clicked)
        st.rerun()


def _law() -> Spelling:
    """ "all;0.1;2;easy": draws, uniform share, temperature and direction."""

    def read(text: str) -> LawSettings:
        names = ("draws", "uniform", "temperature", "direction")
        law = LawSettings.of(dict(zip(names, text.split(";"), strict=True)))
        if law is None:
            raise ValueError(text)
        return law

    def write(law: LawSettings) -> str:
        return f"{law.draws};{law.uniform:g};{law.temperature:g};{law.direction}"

    allowed = f"one of {', '.join(DRAWS)}, a uniform share, a temperature and a direction, as all;0.1;2;easy"
    return Spelling(read, write, allowed)
