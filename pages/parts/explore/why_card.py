"""Why an image has its score: its terms, how stable its rank is, and what other scores say."""

import numpy as np
import streamlit as st

from ddcore.commands.schema_cache import Schema
from ddcore.data.dataset import Dataset
from ddcore.figures.scores import rank_dots, score_terms
from ddcore.importance import SCORES
from pages.parts.explore.all_scores import offer_missing, scores_there
from pages.parts.explore.rank_stability import show_stability
from pages.parts.explore.score_choice import Settings
from pages.parts.explore.scored import Scored
from pages.parts.figure import show_figure
from pages.parts.score_words import measure_of


def show_why(
    dataset: Dataset, schema: Schema | None, name: str, settings: Settings, scored: Scored, id: int, *, dark: bool
) -> None:
    st.markdown("##### Why this score?")
    if scored.waiting:
        st.caption("The scores are still being computed.")
        return
    _show_terms(name, scored, id, dark=dark)
    groups = SCORES.about(name).groups
    if groups and settings[groups] >= len(dataset.train):
        st.caption(f"Every image is its own group: choose fewer {groups} under ⚙ to rank images.")
    if scored.alike or schema is None:
        return
    show_stability(dataset, schema, name, settings, id)
    _show_others(dataset, schema, name, scored, id, dark=dark)


def _show_terms(name: str, scored: Scored, id: int, *, dark: bool) -> None:
    """Show the parts of the score as bars beside their medians over all images, and what each means."""
    known = SCORES.about(name).terms
    if not scored.terms:
        whole = "" if scored.alike else " It is not a sum of parts."
        st.caption(f"{SCORES.about(name).heading}: {measure_of(name)}.{whole}")
        return
    named = {name: known.get(name, (name, "")) for name in scored.terms}
    values = np.array([terms[id] for terms in scored.terms.values()])
    typical = np.array([np.median(terms) for terms in scored.terms.values()])
    figure = score_terms(tuple(title for title, _ in named.values()), values, typical, dark=dark)
    show_figure(figure, key="explore_terms")
    meanings = "; ".join(f"*{title}*: {meaning}" for title, meaning in named.values() if meaning)
    st.caption("The score is the sum of these parts." + (f" {meanings}." if meanings else ""))


def _show_others(dataset: Dataset, schema: Schema, name: str, scored: Scored, id: int, *, dark: bool) -> None:
    """Show where the image stands under every computed score, the chosen one first."""
    st.markdown("##### Do other scores agree?")
    there = {name: scored} | scores_there(dataset, schema)
    if len(there) > 1:
        titles = tuple(found.title for found in there.values())
        shares = np.array([standing(found.scores, id) for found in there.values()])
        show_figure(rank_dots(titles, shares, dark=dark), key="explore_others")
        st.caption(_agreement_in_words(shares))
    else:
        st.caption("No other score has been computed for this dataset yet.")
    offer_missing(dataset, schema, "others")


def standing(scores: np.ndarray, id: int) -> float:
    """Percentage of images with lower scores than image `id`; equal scores count half."""
    lower, equal = (scores < scores[id]).sum(), (scores == scores[id]).sum() - 1
    return 100 * float(lower + equal / 2) / len(scores)


def _agreement_in_words(shares: np.ndarray) -> str:
    spread = shares.max() - shares.min()
    if spread <= 20:
        verdict = f"The {len(shares)} scores agree about this image"
    elif spread <= 50:
        verdict = f"The {len(shares)} scores agree roughly about this image"
    else:
        verdict = f"The {len(shares)} scores disagree about this image"
    return f"{verdict}: it is more important than {shares.min():.0f} to {shares.max():.0f}\u00a0% of all images."
