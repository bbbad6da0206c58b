"""How well the computed scores agree, pair by pair."""

import numpy as np
import streamlit as st

from ddcore.commands.schema_cache import Schema
from ddcore.data.dataset import Dataset
from ddcore.importance.agreement import spearman_matrix
from pages.parts.explore.all_scores import offer_missing, scores_there
from pages.parts.figure import show_figure

_FEWEST = 3  # for two scores the sentence above the picture says it all


def show_all_pairs(dataset: Dataset, schema: Schema | None, *, dark: bool) -> None:
    """Show rank correlations of all computed scores in an expander, and offer to compute the others."""
    from ddcore.figures.scores import agreement_matrix

    there = scores_there(dataset, schema)
    with st.expander("Do all scores agree?"):
        if len(there) >= _FEWEST:
            titles = tuple(found.title for found in there.values())
            keys = tuple(found.key for found in there.values())
            figure = agreement_matrix(
                titles, _correlations(keys, [found.scores for found in there.values()]), dark=dark
            )
            show_figure(figure, key="explore_pairs")
            st.caption(
                "Spearman's rank correlation of each pair of scores over all training images: 1 is the same order, 0 "
                "is unrelated, −1 is the reverse."
            )
        else:
            st.caption("This needs at least three computed scores.")
        offer_missing(dataset, schema, "pairs")


@st.cache_resource(max_entries=12, show_spinner=False)
def _correlations(keys: tuple[str, ...], _scores: list[np.ndarray]) -> np.ndarray:
    return spearman_matrix(np.array(_scores))
