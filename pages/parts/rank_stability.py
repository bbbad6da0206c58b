"""How far an image's rank depends on the seed of its score: the range of its ranks over several seeds."""

import math
from pathlib import Path

import numpy as np
import streamlit as st

from ddcore.data.dataset import Dataset
from ddcore.files import read_npz
from ddcore.schema_cache import Schema
from ddcore.stability import rank_interval
from pages.parts.exploring import are_kept
from pages.parts.job_view import result_of_job
from pages.parts.score_choice import Settings, line_of, path_of

SEEDS = 5
STABLE = 0.1  # of all images: a rank whose range is wider says little
_ASKED = "explore_stability_asked"


def ranks_over_seeds(dataset: Dataset, name: str, settings: Settings) -> tuple[np.ndarray, np.ndarray] | None:
    """(lowest, highest) ranks (N,), 1 the most important, over as many seeds as `SEEDS`, that of the settings
    the first; None until all are computed."""
    paths = _paths(dataset, name, settings)
    if name == "uniform" or not all(are_kept(path, len(dataset.train)) for path in paths):
        return None
    return _interval(tuple(map(str, paths)))


def _paths(dataset: Dataset, name: str, settings: Settings) -> list[Path]:
    first = settings["seed"]
    return [path_of(dataset, name, settings, seed) for seed in range(first, first + SEEDS)]


@st.cache_resource(max_entries=12, show_spinner=False)
def _interval(paths: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    return rank_interval(np.stack([read_npz(Path(path))["scores"] for path in paths]))


def span_of(dataset: Dataset, name: str, settings: Settings, id: int) -> str:
    """ "8 to 31 over 5 seeds" for image `id`; empty as long as that is not known."""
    found = ranks_over_seeds(dataset, name, settings)
    return span_in_words(found[0][id], found[1][id]) if found else ""


def span_in_words(low: float, high: float) -> str:
    """ "8 to 31 over 5 seeds", to stand behind a rank."""
    if high == low:
        return f"the same over {SEEDS} seeds"
    return f"{math.floor(low):,} to {math.ceil(high):,} over {SEEDS} seeds"


def verdict(low: np.ndarray, high: np.ndarray, id: int) -> str:
    """Whether the rank of image `id` may be relied upon, given the ranges (N,) of all ranks."""
    count, span = len(low), high[id] - low[id]
    if (low == high).all():
        return "This score does not depend on its seed: every rank is the same over all of them."
    told = f"rank {span_in_words(low[id], high[id])}, {100 * span / count:.2g}\u00a0% of all {count:,} images"
    typical = f"the median image's range is {100 * np.median(high - low) / count:.2g}\u00a0%"
    if span > STABLE * count:
        return f":orange[**Not stable**]: {told} ({typical}). One number says little about this image."
    return f"**Stable**: {told} ({typical})."


def show_stability(dataset: Dataset, schema: Schema, name: str, settings: Settings, id: int) -> None:
    """The verdict where the seeds are computed; until then the offer to do so, or the job."""
    found = ranks_over_seeds(dataset, name, settings)
    if found is not None:
        st.caption(verdict(*found, id))
        return
    job = settings | {"dataset": dataset.hash, "score": name, "seeds": SEEDS}
    asked = st.session_state.get(_ASKED) == job
    offer = st.empty()
    shown = offer.button(
        "How stable is its rank?", key="explore_stability",
        help=f"Computes the score for {SEEDS} seeds and shows how far the rank moves.",
    )  # fmt: skip
    if shown or asked:
        offer.empty()
        st.session_state[_ASKED] = job
        ready = lambda: ranks_over_seeds(dataset, name, settings) is not None  # noqa: E731
        if result_of_job(
            "stability", job, ready, label=f"Scoring {dataset.name} for {SEEDS} seeds", queue=line_of(schema, name)
        ):
            st.rerun()
