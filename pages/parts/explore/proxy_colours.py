"""Colours by what a proxy network says of each image: whether it was right, and by which margin.

Both are kept with the margin score, whose job computes them.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import streamlit as st

from ddcore.commands.schema_cache import Schema
from ddcore.data.dataset import Dataset
from ddcore.files import last_change
from ddcore.importance.scoring import kept_importance
from ddcore.runs.folder import job_folder
from pages.parts.explore.on_the_map import Colouring
from pages.parts.explore.score_choice import Settings, importance_job, line_of, path_of, settings_of
from pages.parts.job_view import begin, show_job

RIGHT, MARGIN = "right or wrong", "margin of a network"
_SCORE = "margin"
_GROUPS = ("always right", "right at times", "always wrong")


class _Said(NamedTuple):
    """What proxies said of each image (N,)."""

    margin: np.ndarray  # of the label's probability over the next best, in [-1, 1], mean over all looks
    right: np.ndarray | None  # share of looks at which the label was the likeliest class; None: not kept at the time


def proxy_colours(schema: Schema | None) -> list[str]:
    """Names of these colourings; none until the scores are known by name."""
    return [RIGHT, MARGIN] if schema and _SCORE in schema["scores"] else []


def proxy_colouring(dataset: Dataset, schema: Schema, name: str) -> Colouring | None:
    """The colouring called `name`; None until it is computed, with an offer to do so, or the job, on the page."""
    settings = settings_of(schema, _SCORE)
    path = path_of(dataset, _SCORE, settings, schema)
    said = _said(str(path), last_change(path), len(dataset.train))
    if said is None or (name == RIGHT and said.right is None):
        _offer(dataset, schema, settings, name)
        return None
    if name == MARGIN:
        return Colouring(name, said.margin, about=_network(settings))
    groups = np.where(said.right == 1, 0, np.where(said.right == 0, 2, 1))
    return Colouring(name, None, groups, _GROUPS, (0, 1, 2), _network(settings))


def _offer(dataset: Dataset, schema: Schema, settings: Settings, name: str) -> None:
    wish = importance_job(dataset, _SCORE, settings)
    job = job_folder("importance", wish)
    state = job.state() if (job.path / "config.json").exists() else None
    if state not in (None, "finished"):
        show_job(job, label=f"Training a network on {dataset.name}", line="Try again")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"Colour by {name}: a small network has to be trained on the data first.", width="stretch")
        st.button(
            "Train it", key="explore_proxy", on_click=begin, args=("importance", wish, line_of(schema, _SCORE)),
            help=_network(settings),
        )  # fmt: skip


def _network(settings: Settings) -> str:
    """Which network says so."""
    networks, passes = settings["networks"], settings["passes"]
    who = "A proxy network" if networks == 1 else f"{networks} proxy networks"
    looks = "once" if passes == 1 else f"{passes} times"
    return (
        f"{who} ({settings['proxy_network']}, width {settings['proxy_width']}, {settings['proxy_steps']:,} steps, seed "
        f"{settings['seed']}) looked at every image {looks} while it trained on these images. Margin: the probability "
        "of the label minus the highest of the other classes."
    )


@st.cache_resource(max_entries=12, show_spinner=False)
def _said(path: str, changed: int, count: int) -> _Said | None:
    kept = kept_importance(Path(path), count) if changed else None
    return None if kept is None else _Said(1 - 2 * kept.scores, kept.right)
