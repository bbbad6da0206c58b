"""The result of a bench study: from the cache, from the recorded ones that came with the project, or from a job."""

from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from ddcore.bench.results import BenchResult, kept_result, read_result, result_path
from ddcore.bench.settings import DETERMINISTIC, ON_NETWORKS, SCHEMES, BenchSettings, most_images
from ddcore.data.dataset import Dataset
from ddcore.runs.folder import job_folder
from pages.parts.job_view import is_kept, result_of_job
from pages.parts.routes import EXAMPLES


def recorded(cost: str) -> BenchResult:
    """The study of digits that came with the project."""
    return _loaded(str(EXAMPLES / f"bench-digits-{cost}.npz"))


def result_of(dataset: Dataset, settings: BenchSettings) -> BenchResult | None:
    """The result once it exists; until then None, with an offer to measure or the job's progress on the page."""
    known = recorded(settings.cost)
    if known.about["hash"] == dataset.hash and known.settings.named() == settings.named():
        return known
    path, job = result_path(dataset.hash, settings), {"dataset": dataset.hash} | settings.named()
    asked = st.session_state.pop("bench_asked", None) == job
    queue = "cuda:0" if settings.cost == "ridge" and settings.features in ON_NETWORKS else None
    label = f"Measuring coresets of {dataset.name}"
    offer = st.empty()
    if result_of_job("bench", job, partial(is_kept, path, kept_result), label=label, start=asked, queue=queue):
        return _loaded(str(path))
    if not asked and not (job_folder("bench", job).path / "config.json").exists():
        with offer.container(border=True):
            st.markdown(_offer(dataset, settings))
            st.button("Measure", type="primary", on_click=_ask, args=(job,), key="bench_measure")
    return None


@st.cache_resource(max_entries=8, show_spinner=False)
def _loaded(path: str) -> BenchResult:
    """Cached for good: a result's name says what it was made from."""
    return read_result(Path(path))


def _offer(dataset: Dataset, settings: BenchSettings) -> str:
    sizes, drawn = len(settings.points), len(SCHEMES) - len(DETERMINISTIC)
    coresets = sizes * (drawn * settings.draws + len(DETERMINISTIC))
    return (
        f"This study of **{dataset.name}** has not been run yet: {coresets:,} coresets ({sizes} sizes from "
        f"{settings.smallest:,} to {settings.largest:,}), each drawn from and measured against "
        f"{images_in_words(dataset, settings)}."
    )


def images_in_words(dataset: Dataset, settings: BenchSettings) -> str:
    """The images that coresets are drawn from and measured against."""
    total, most = len(dataset.train), most_images(settings, dataset.train.images[0].size)
    if total <= most:
        return f"all {total:,} training images"
    return f"{most:,} of the {total:,} training images (drawn once, by the seed)"


def _ask(job: dict[str, Any]) -> None:
    st.session_state["bench_asked"] = job
