"""What a run drew of its real images, as pages show it. N: training images."""

from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from ddcore.commands.schema_cache import schema
from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.experiments.settings import DistillSettings, split
from ddcore.files import last_change
from ddcore.importance import SCORES, UNIFORM
from ddcore.importance.scoring import cached_importance_path, kept_importance
from ddcore.parameters import named
from ddcore.runs.draws import FOLDER, Draws, last_draws
from ddcore.runs.folder import RunFolder
from ddcore.sampling.following import FOLLOWERS
from pages.parts.run_history import RunHistory

if TYPE_CHECKING:
    import numpy as np


class Drawn(NamedTuple):
    """The newest record of draws up to a step; `step` is its own."""

    step: int
    draws: Draws


class Ranked(NamedTuple):
    """The scores (N,) that a run draws by; rank 1 is the most important."""

    name: str  # of the score
    scores: "np.ndarray"
    ranks: "np.ndarray"

    @property
    def title(self) -> str:
        return SCORES.about(self.name).title


def drawn_by(run: RunFolder, step: int) -> Drawn | None:
    """What the run had drawn by `step`; None if none was recorded. BadInput if the record is damaged."""
    images = (run.config().get("dataset") or {}).get("train")
    found = last_draws(run, step, images) if images else None
    return None if found is None else Drawn(*found)


def draw_counts(history: RunHistory, step: int) -> "np.ndarray | None":
    """(N,) how often each training image was drawn by `step`; None if it was not recorded. BadInput if damaged."""
    found = drawn_by(history.run, step)
    return None if found is None else found.draws.counts


def has_draws(run: RunFolder) -> bool:
    """Whether anything is recorded of the run's draws."""
    return bool(run.snapshot_steps(FOLDER))


def times_drawn(run: RunFolder, step: int, images: int) -> "dict[str, np.ndarray]":
    """Name -> how often a run drew each of its `images` training images by `step`, as a colouring of a map; damage is
    told."""
    import numpy as np

    if not has_draws(run):
        return {}
    try:
        found = drawn_by(run, step)
    except BadInput as error:
        st.caption(str(error))
        return {}
    counts = np.zeros(images, np.int64) if found is None else found.draws.counts
    return {"draws of the run": counts} if len(counts) == images else {}  # one name: the choice stays at every step


def why_none_drawn(history: RunHistory) -> str:
    """The sentence in place of a run's draws."""
    about = history.about
    if about.selects:
        return "Nothing is distilled in this run, so it draws no real batches."
    if about.distiller.closed_form:
        return f"This set is solved in closed form on {about.solved_on}: no real batches are drawn."
    if about.distiller.experts:
        return "This method learns from experts trained before its first step: it draws no real batches itself."
    return "How often this run drew each real image was not recorded: it was made by an earlier version."


def scores_of_run(history: RunHistory, dataset: Dataset) -> Ranked | None:
    """The scores that its batches are drawn by, where this machine keeps them; None for batches without scores too.

    SchemaUnreadable if the parameters of scores cannot be known.
    """
    settings = history.about.settings
    name = settings["importance"]
    if not has_scores(history) or (known := schema()) is None or name not in known["scores"]:
        return None
    parameters = named(known["scores"][name], {"device": None} | settings)
    path = cached_importance_path(dataset.hash, name, parameters, settings["seed"])
    written = last_change(path)
    return _ranked(str(path), written, len(dataset.train), name) if written else None


def has_scores(history: RunHistory) -> bool:
    """Whether the run draws by a score of each image: not uniformly, nor by a rule that follows the set."""
    return history.about.settings["importance"] not in (UNIFORM, *FOLLOWERS.names())


def expected_of_run(history: RunHistory, dataset: Dataset, drawn: Drawn, ranked: Ranked | None) -> "np.ndarray | None":
    """(N,) the draws expected under the run's law; None where it has none, or its scores are not here."""
    import numpy as np

    from ddcore.sampling.counting import expected_counts

    about, labels, counts = history.about, dataset.train.labels, drawn.draws.counts
    if about.settings["importance"] in FOLLOWERS.names() or (has_scores(history) and ranked is None):
        return None
    settings = DistillSettings(**split(about.settings)[0])
    scores = np.ones(len(labels)) if ranked is None else ranked.scores
    across = bool(about.distiller.predictor)

    def law(which):
        return which.across(scores, labels) if across else which.of(scores, labels)

    probabilities = law(settings.law)
    if settings.later_law is not None and drawn.step > drawn.draws.since:
        turn, later = settings.later_law
        share = max(0, drawn.step - max(turn, drawn.draws.since)) / (drawn.step - drawn.draws.since)
        probabilities = (1 - share) * probabilities + share * law(later)
    return expected_counts(counts, probabilities, None if across else labels)


@st.cache_resource(max_entries=12, show_spinner=False)
def _ranked(path: str, written: int, count: int, name: str) -> Ranked | None:
    """`written` changes with the file."""
    from pathlib import Path

    import numpy as np

    kept = kept_importance(Path(path), count)
    if kept is None:
        return None
    ranks = np.empty(count, np.int64)
    ranks[np.argsort(-kept.scores, kind="stable")] = np.arange(1, count + 1)
    return Ranked(name, kept.scores, ranks)
