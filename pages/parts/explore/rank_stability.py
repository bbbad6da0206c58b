"""How much an image's rank depends on the seed of its score: the range of its ranks over several seeds."""

import math
from pathlib import Path

import numpy as np
import streamlit as st

from ddcore.commands.schema_cache import Schema
from ddcore.data.dataset import Dataset
from ddcore.files import read_npz
from ddcore.importance import SCORES
from ddcore.importance.stability import rank_interval
from pages.parts.explore.map_choice import UNASKED
from pages.parts.explore.score_choice import Settings, line_of, needs_device, path_of
from pages.parts.explore.scored import are_kept
from pages.parts.job_view import result_of_job

SEEDS = 5
STABLE = 0.1  # of all images: a rank whose range is wider says little
_ASKED = "explore_stability_asked"


def ranks_over_seeds(
    dataset: Dataset, name: str, settings: Settings, schema: Schema
) -> tuple[np.ndarray, np.ndarray] | None:
    """(lowest, highest) ranks (N,), 1 the most important, over `SEEDS` seeds from that of the settings on; None until
    all are computed."""
    paths = _paths(dataset, name, settings, schema)
    if not SCORES.about(name).chance or not all(are_kept(path, len(dataset.train)) for path in paths):
        return None
    return _interval(tuple(map(str, paths)))


def _paths(dataset: Dataset, name: str, settings: Settings, schema: Schema) -> list[Path]:
    first = settings["seed"]
    return [path_of(dataset, name, settings, schema, seed) for seed in range(first, first + SEEDS)]


@st.cache_resource(max_entries=12, show_spinner=False)
def _interval(paths: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    return rank_interval(_scores(paths))


@st.cache_resource(max_entries=12, show_spinner=False)
def _best_interval(paths: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    each = np.array([best_ranks(row) for row in _scores(paths)])
    return each.min(axis=0), each.max(axis=0)


def _scores(paths: tuple[str, ...]) -> np.ndarray:
    return np.stack([read_npz(Path(path))["scores"] for path in paths])


def best_ranks(scores: np.ndarray) -> np.ndarray:
    """(N,) int64 ranks of `scores` (N,), 1 the most important; equal scores share the best of their ranks."""
    return 1 + len(scores) - np.searchsorted(np.sort(scores), scores, side="right")


def span_of(dataset: Dataset, schema: Schema, name: str, settings: Settings, id: int) -> str:
    """ "8 to 31 over 5 seeds" for image `id`; until that is known, a note that other seeds may differ.

    Equal scores count by the best rank they share, as on the card.
    """
    if not SCORES.about(name).chance:
        return ""
    if ranks_over_seeds(dataset, name, settings, schema) is None:
        return f"seed {settings['seed']}; other seeds may differ"
    low, high = _best_interval(tuple(map(str, _paths(dataset, name, settings, schema))))
    return span_in_words(low[id], high[id])


def span_in_words(low: float, high: float) -> str:
    """ "8 to 31 over 5 seeds", to stand behind a rank."""
    if high == low:
        return f"the same over {SEEDS} seeds"
    return f"{math.floor(low):,} to {math.ceil(high):,} over {SEEDS} seeds"


def verdict(low: np.ndarray, high: np.ndarray, id: int, *, shared: bool = False) -> str:
    """Whether the rank of image `id` is stable, given the ranges (N,) of all ranks.

    `shared`: other images have the same score, so its rank here is the mean of theirs, which the text says.
    """
    count, span = len(low), high[id] - low[id]
    if (low == high).all():
        return "This score does not depend on its seed: no rank changes."
    ranks = f"rank {span_in_words(low[id], high[id])}, {100 * span / count:.2g}\u00a0% of all {count:,} images"
    typical = f"the median image's range is {100 * np.median(high - low) / count:.2g}\u00a0%"
    ties = " Images with equal scores get the mean of their ranks here." if shared else ""
    if span > STABLE * count:
        return f":orange[**Not stable**]: {ranks} ({typical}). One rank says little about this image.{ties}"
    return f"**Stable**: {ranks} ({typical}).{ties}"


def show_stability(dataset: Dataset, schema: Schema, name: str, settings: Settings, id: int) -> None:
    """Show the verdict once the seeds are computed; until then the job, or a button for it if it may take long."""
    if not SCORES.about(name).chance:
        st.caption("This score does not depend on its seed: nothing in it is random.")
        return
    ranges = ranks_over_seeds(dataset, name, settings, schema)
    if ranges is not None:
        best = _best_interval(tuple(map(str, _paths(dataset, name, settings, schema))))
        shared = any(mean[id] != one[id] for mean, one in zip(ranges, best, strict=True))
        st.caption(verdict(*ranges, id, shared=shared))
        return
    job = settings | {"dataset": dataset.hash, "score": name, "seeds": SEEDS}
    quick = len(dataset.train) <= UNASKED and not needs_device(schema, name)
    asked = quick or st.session_state.get(_ASKED) == job
    offer = st.empty()
    shown = not asked and offer.button(
        "How stable is its rank?", key="explore_stability",
        help=f"Computes the score for {SEEDS} seeds and shows how much the rank changes.",
    )  # fmt: skip
    if shown or asked:
        offer.empty()
        st.session_state[_ASKED] = job
        ready = lambda: ranks_over_seeds(dataset, name, settings, schema) is not None  # noqa: E731
        if result_of_job(
            "stability", job, ready, label=f"Scoring {dataset.name} for {SEEDS} seeds", queue=line_of(schema, name)
        ):
            st.rerun()
