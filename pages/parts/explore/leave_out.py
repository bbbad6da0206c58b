"""Leave them out: what would change if the selected images were not there, on Explore."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from ddcore.commands.schema_cache import Schema
from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.figures.classes import MOST_ROWS
from ddcore.figures.leaving_out import class_changes, seed_slopes
from ddcore.runs import states
from ddcore.runs.folder import job_folder
from ddcore.runs.queue import queue_of
from ddcore.studies.comparing import ERROR
from ddcore.studies.leaving_out import ALL, BY, ONLY, ONLY_RANDOM, WITHOUT, WITHOUT_RANDOM, LeavingOut, Right
from ddcore.studies.pairs import Difference
from ddcore.words import duration
from pages.parts.address import follow, held
from pages.parts.figure import show_figure
from pages.parts.job_view import result_of_job
from pages.parts.spelling import one_of
from pages.parts.words import plain

_BY, _SEEDS, _ASKED = "explore_leave_by", "explore_leave_seeds", "explore_leave_asked"
_MANY = (5, 10, 20)
_POLL = 2.0  # seconds between two pictures of what is still being trained
_LEVEL = 1 - ERROR / 3  # of an interval: three comparisons are shown together
LEFT_OUT = "leaving out as many random ones"
_PROXY = {
    "features": "a linear classifier on frozen random features of the pixels: a proxy for a network",
    "network": "a small network after a short training: a proxy for a larger one",
}
_HELP = (
    "The random images are drawn anew for every seed, as many of each class as you selected, from all images of the "
    "class. All trainings of a seed share their random features, or their first weights. "
    "Nothing is tuned, and test images only measure. Intervals are Student's over the seeds, widened so that all "
    "three hold together with 95 % confidence."
)


def show_leave_out(dataset: Dataset, schema: Schema | None, ids: np.ndarray, *, dark: bool) -> None:
    """Offer to train with and without the selected images `ids`, and show what came out."""
    follow(held("train_by", _BY, one_of(list(BY)), "features"), held("train_seeds", _SEEDS, one_of(_as_text()), 5))
    st.subheader("What if they were left out?", anchor=False, help=_HELP)
    if not len(ids):
        st.caption("Select images with the lasso, a filter or a slice to train without them.")
        return
    st.markdown(
        f"Trains without the {len(ids):,} selected images and, to compare, without as many random ones of the same "
        "classes, so that only *which* images matters. Then the same with only them."
    )
    choices = st.container(horizontal=True, vertical_alignment="bottom")
    by, seeds = _choose(choices)
    try:
        study = LeavingOut.of(dataset, ids.tolist(), by=by, seeds=seeds)
    except BadInput as error:
        st.info(plain(str(error)))
        return
    job = {"dataset": dataset.hash, "ids": study.ids.tolist(), "by": by, "seeds": seeds}
    live = _progress(study, job, schema, choices)
    st.fragment(_show, run_every=_POLL if live else None, key="leave-out-results")(study, dark)


def _as_text() -> dict[str, int]:
    return {str(count): count for count in _MANY}


def _choose(place: Any) -> tuple[str, int]:
    st.session_state.setdefault(_BY, "features")
    st.session_state.setdefault(_SEEDS, _MANY[0])
    by = place.selectbox("Train", list(BY), format_func=BY.__getitem__, key=_BY, persist_state="session", width=330)
    seeds = place.selectbox("Seeds", _MANY, key=_SEEDS, persist_state="session", width=90)
    return by, seeds


def _progress(study: LeavingOut, job: dict[str, Any], schema: Schema | None, place: Any) -> bool:
    """Draw the button, or the job once it was asked for; whether the job is at work."""
    if not study.missing():
        return False
    run, asked = job_folder("leave-out", job), st.session_state.get(_ASKED) == job
    if not asked and not (run.path / "config.json").exists():
        seconds = study.seconds_left()
        cost = "" if seconds is None else f" · about {duration(seconds)}"
        place.button(f"Train{cost}", key="leave-out", type="primary", on_click=_ask, args=(job,))
        if seconds is None:
            st.caption("Not timed on this machine yet; you can stop it, and what is done is kept.")
        return False
    queue = queue_of("auto", schema["devices"]) if schema and study.settings.by == "network" else None
    label = f"Leaving out {len(study.ids):,} images"
    result_of_job("leave-out", job, lambda: not study.missing(), label=label, start=asked, queue=queue)
    return run.state() in states.LIVE


def _ask(job: dict[str, Any]) -> None:
    st.session_state[_ASKED] = job


def _show(study: LeavingOut, dark: bool) -> None:
    """The pictures of all seeds that are there, and what they say."""
    found = study.results()
    accuracies = study.accuracies(found)
    if not _paired(accuracies, WITHOUT, WITHOUT_RANDOM).values:
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        words = difference_in_words(_paired(accuracies, WITHOUT, ALL), "training on all images")
        random = difference_in_words(_paired(accuracies, WITHOUT, WITHOUT_RANDOM), LEFT_OUT)
        st.markdown(f"**Without them**: {words}, and {random}.")
        names = {ALL: "all<br>images", WITHOUT_RANDOM: "without as<br>many random", WITHOUT: "without<br>these"}
        _draw(names, accuracies, "without", dark)
        st.caption(f"Each line is one seed, each bar a mean; {_PROXY[study.settings.by]}.")
    with right:
        if study.not_alone:
            st.markdown("**With only them**")
            st.caption(study.not_alone)
        elif _paired(accuracies, ONLY, ONLY_RANDOM).values:
            words = difference_in_words(_paired(accuracies, ONLY, ONLY_RANDOM), "training on as many random ones")
            st.markdown(f"**With only them**: {words}.")
            _draw({ONLY_RANDOM: "only as<br>many random", ONLY: "only<br>these"}, accuracies, "only", dark)
            st.caption(_alone_in_words(study))
    _show_classes(study, found, dark)


def _paired(accuracies: dict[str, dict[int, float]], arm: str, base: str) -> Difference:
    return Difference.of(accuracies.get(arm, {}), accuracies.get(base, {}), _LEVEL)


def difference_in_words(difference: Difference, than: str) -> str:
    """ "better than all images by 1.23 ± 0.08 points over 5 pairs"."""
    count = len(difference.values)
    if count == 0:
        return f"not compared with {than} yet"
    over = f"over {count} pairs"
    if count == 1:
        return f"{_points(difference.mean)} points from {than} in one pair, which has no interval"
    if difference.word == "equal":
        return f"**equal** to {than} in each of {count} pairs"
    if difference.word == "no spread":
        return f"{_points(difference.mean)} points from {than} in each of {count} pairs, which gives no interval"
    if difference.word == "not distinguishable":
        return f"**not distinguishable** from {than} ({_points(difference.mean)} ± {difference.half:.2f} points {over})"
    size = f"{abs(difference.mean):.2f} ± {difference.half:.2f} points"
    return f"**{difference.word}** than {than} by {size} {over}"


def _points(value: float) -> str:
    return f"{round(value, 2) + 0.0:+.2f}".replace("-", "−")


def _draw(names: dict[str, str], accuracies: dict[str, dict[int, float]], key: str, dark: bool) -> None:
    figure = seed_slopes([(name, accuracies[arm]) for arm, name in names.items()], dark=dark)
    show_figure(figure, key=f"leave-out-{key}")


def _alone_in_words(study: LeavingOut) -> str:
    unseen = study.missing_classes
    if not unseen:
        return "Both learn from as many images of each class."
    classes = "1 class has" if unseen == 1 else f"{unseen} classes have"
    return f"{classes} no selected image: neither learns it, and all its test images count as wrong."


def changes_in_words(change: np.ndarray, names: Sequence[str]) -> str:
    """Which class loses most and which gains most, by `change` (K,) in points."""
    worst, best = int(change.argmin()), int(change.argmax())
    loses = f"{plain(names[worst])} loses most ({_points(change[worst])} points)" if change[worst] < 0 else "none loses"
    gains = f"{plain(names[best])} gains most ({_points(change[best])} points)" if change[best] > 0 else "none gains"
    return f"{loses}, {gains}"


def _show_classes(study: LeavingOut, found: Right, dark: bool) -> None:
    """Which classes lose, over the seeds that both arms have."""
    seeds = sorted(set.intersection(*(set(found[arm]) for arm in (WITHOUT, WITHOUT_RANDOM))))
    if not seeds:
        return
    tested = np.where(study.tested > 0, study.tested, np.nan)
    changes = {seed: 100 * (found[WITHOUT][seed] - found[WITHOUT_RANDOM][seed]) / tested for seed in seeds}
    mean, names = np.nan_to_num(np.mean(list(changes.values()), 0)), study.dataset.classes
    with st.expander(f"By class: {changes_in_words(mean, names)}"):
        largest = np.argsort(-np.abs(mean), kind="stable")[:MOST_ROWS]
        order = largest[np.argsort(mean[largest], kind="stable")]
        figure = class_changes({seed: by[order] for seed, by in changes.items()}, [names[k] for k in order], dark=dark)
        show_figure(figure, key="leave-out-classes")
        cut = f" Classes shown: the {MOST_ROWS} of {len(names)} that change most." if len(names) > MOST_ROWS else ""
        st.caption(
            f"Leaving these out minus {LEFT_OUT}: each dot is one seed, each bar the mean (n = {len(seeds)}).{cut}"
        )
