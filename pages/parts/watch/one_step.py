"""One step of a run: the batch drawn, the gradient on the images, the images after it."""

from typing import TYPE_CHECKING

import streamlit as st

from ddcore.commands.schema_cache import SchemaUnreadable
from ddcore.errors import BadInput
from ddcore.files import last_change
from ddcore.runs import states
from ddcore.runs.folder import RunFolder
from ddcore.runs.naming import snapshot_name
from ddcore.runs.watched_steps import FOLDER, read_step
from pages.parts.address import note
from pages.parts.browser.image_sheet import image_sheet
from pages.parts.draws import Ranked, scores_of_run
from pages.parts.run_dataset import dataset_of, why_no_dataset
from pages.parts.run_history import RunHistory
from pages.parts.watch.image_choice import choose_run
from pages.parts.watch.picking import Picked
from pages.parts.words import plain

if TYPE_CHECKING:
    import numpy as np

    Arrays = dict[str, np.ndarray]

RECORDED = "watch_recorded"
"""Session key of the recorded step that is explained."""
NEAREST = 0
"""... the one nearest to the slider: no step of its own, as the first is 1."""
_TILES = 60  # images of the batch
_MOST_EACH, _FEWEST_EACH = 10, 2  # of a class
_IMAGES = 20  # of the synthetic ones


def one_step_panel(read: list[RunHistory], cursor: int, picked: Picked | None) -> None:
    """Draw the recorded step nearest to `cursor`, or say how to record one."""
    recorded = [history.run.snapshot_steps(FOLDER) for history in read]
    place = _choose_run(read, recorded, picked or Picked(0, 0))
    history, steps = read[place], recorded[place]
    if not steps:
        _how_to_record(read)
        return
    step = _choose_step(history, steps, cursor)
    try:
        seen = _seen(history.run, step)
    except BadInput as error:
        st.warning(plain(str(error)))
        return
    st.markdown(_in_numbers(history, step, seen))
    left, right = st.columns(2, gap="large")
    with left:
        _batch(history, step, seen)
    with right:
        _images(history, step, seen, picked.image if picked is not None and picked.run == place else None)


def _choose_run(read: list[RunHistory], recorded: list[list[int]], picked: Picked) -> int:
    """The place of the run whose step is shown: the only one with a record, else that of the picked image."""
    there = [place for place, steps in enumerate(recorded) if steps]
    if len(there) < 2:
        return there[0] if there else 0
    choose_run(read, picked)
    return picked.run


def _choose_step(history: RunHistory, steps: list[int], cursor: int) -> int:
    """One of the recorded `steps`; one that is not among them is told above the page, and the nearest is shown."""
    nearest, known = min(steps, key=lambda step: (abs(step - cursor), step)), [NEAREST, *steps]
    if (asked := st.session_state.setdefault(RECORDED, NEAREST)) not in known:
        note(f"Step {asked:,} of run {history.run.id} was not recorded; step {nearest:,} is explained.")
        st.session_state[RECORDED] = NEAREST
    if len(steps) == 1:
        return nearest
    chosen = st.selectbox(
        "Recorded step", known, key=RECORDED, width=320, persist_state="session",
        format_func=lambda step: f"{nearest:,}, nearest to the slider" if step == NEAREST else f"{step:,}",
    )  # fmt: skip
    return nearest if chosen == NEAREST else chosen


def _how_to_record(read: list[RunHistory]) -> None:
    if any(history.run.state() in states.LIVE for history in read):
        st.info(
            "No single step is recorded yet. Press “Pause”, then “One step”: what that step sees and does is kept here."
        )
    else:
        st.info(
            "No single step of this run was recorded. In a live run, press “Pause”, then “One step”: what that step "
            "sees and does is kept here."
        )


def _seen(run: RunFolder, step: int) -> "Arrays":
    """The record, kept between looks; BadInput if it is damaged."""
    path = run.path / FOLDER / snapshot_name(step)
    return _kept(str(run.path), step, last_change(path))


@st.cache_resource(max_entries=4, show_spinner=False)
def _kept(folder: str, step: int, written: int) -> "Arrays":
    """`written` changes with the file."""
    from pathlib import Path

    return read_step(RunFolder(Path(folder)), step)


def _in_numbers(history: RunHistory, step: int, seen: "Arrays") -> str:
    import numpy as np

    loss = history.loss.get(step)
    words = [] if loss is None or history.about.selects else [f"the loss was **{loss:.4g}**"]
    if "gradient" in seen:
        words.append(f"the gradient on the images has length **{np.linalg.norm(seen['gradient']):.3g}**")
    if "after" in seen:
        change = np.abs(seen["after"] - seen["before"]).max()
        words.append(f"the largest change of a pixel is **{change:.3g}** (standard deviations of the data)")
    return f"**Step {step:,}**" + (f": {', '.join(words)}." if words else "")


def _batch(history: RunHistory, step: int, seen: "Arrays") -> None:
    """The real images drawn, several per class, the most important first."""
    if "indices" not in seen:
        st.caption("This step drew no real batch.")
        return
    ids, labels, weights = seen["indices"], seen["labels"], seen["weights"]
    others = int(seen["others"])
    more = f"; {others:,} more were drawn for the method's networks" if others else ""
    st.markdown(f"###### The batch: {len(ids):,} real images{more}")
    if (dataset := dataset_of(history)) is None:
        st.info(why_no_dataset(history))
        return
    try:
        ranked = scores_of_run(history, dataset)
    except SchemaUnreadable as error:
        st.warning(f"The list of scores could not be read, so ranks are missing. {plain(str(error))}")
        ranked = None
    rows = shown_of_batch(labels, ids if ranked is None else ranked.ranks[ids])
    captions = [
        _caption(dataset.classes[labels[row]], int(ids[row]), float(weights[row]), ranked, bool((weights != 1).any()))
        for row in rows
    ]
    image_sheet(dataset.train.images[ids[rows]], ids[rows], captions, key=f"one-step-batch-{history.run.id}-{step}")
    left = len(ids) - len(rows)
    first = "those drawn first" if ranked is None else "the most important"
    meanings = [] if ranked is None else [f"#: rank by {ranked.title}; 1 is the most important."]
    meanings += ["w: what the image counts in the loss."] if (weights != 1).any() else []
    words = (
        f"A few of each class, {first} first; {left:,} more are not shown." if left else "All of them, class by class."
    )
    st.caption(words, help=" ".join(meanings) or None)


def _caption(name: str, id: int, weight: float, ranked: Ranked | None, weighted: bool) -> str:
    lines = [name, f"no. {id:,}" if ranked is None else f"#{ranked.ranks[id]:,}"]
    return "\n".join([*lines, f"w {weight:.2g}"] if weighted else lines)


def shown_of_batch(labels: "np.ndarray", ranks: "np.ndarray") -> "np.ndarray":
    """Rows of a batch of `labels` (B,) to show: class by class, as many of each, the first by `ranks` (B,).

    An image that was drawn twice is shown once; classes beyond the room are left out.
    """
    import numpy as np

    order = np.lexsort((ranks, labels))
    once = order[np.concatenate([[True], (np.diff(labels[order]) != 0) | (np.diff(ranks[order]) != 0)])]
    present = np.unique(labels)
    each = min(_MOST_EACH, max(_FEWEST_EACH, _TILES // len(present)))
    rows = [once[labels[once] == label][:each] for label in present[: max(1, _TILES // each)]]
    return np.concatenate(rows)


def _images(history: RunHistory, step: int, seen: "Arrays", first: int | None) -> None:
    """Some synthetic images before the step, the gradient on them, and after it."""

    from ddcore.figures.signed import signed_pictures, span_of

    if "after" not in seen:
        st.caption("The set is too large for its images to be recorded with a step.")
        return
    rows, names = shown_of_set(seen["classes"], first), history.run.config()["dataset"]["classes"]
    captions = [str(names[label]) for label in seen["classes"][rows]]
    shown = {"Before": seen["view_before"][rows], "After": seen["view"][rows]}
    if "gradient" in seen:
        part = seen["gradient"][rows]
        pictures = signed_pictures(part, span_of(part), dark=st.context.theme.type == "dark")
        shown = {"Before": shown["Before"], "Gradient": pictures, "After": shown["After"]}
    for title, pixels in shown.items():
        st.markdown(f"###### {title}")
        key = f"one-step-{title}-{history.run.id}-{step}-{first}"
        image_sheet(pixels, rows, captions, key=key)
    total = len(seen["classes"])
    count = f"{len(rows)} of {total:,} synthetic images. " if len(rows) < total else ""
    st.caption(count + _about_gradient(history, seen))


def shown_of_set(classes: "np.ndarray", first: int | None) -> "np.ndarray":
    """Places in a set of `classes` (M,) to show: as many of each class, class by class, but `first` before them."""
    import numpy as np

    present = np.unique(classes)
    each = max(1, _IMAGES // len(present))
    rows = np.concatenate([np.flatnonzero(classes == label)[:each] for label in present])[:_IMAGES]
    if first is None or first >= len(classes):
        return rows
    return np.concatenate([[first], rows[rows != first]])


def _about_gradient(history: RunHistory, seen: "Arrays") -> str:
    about = history.about
    if "gradient" in seen:
        return (
            "Gradient: raising a blue pixel raises the loss, raising an orange one lowers it; the step goes against it."
        )
    if about.selects:
        return "Nothing is distilled, so there is no gradient."
    if about.distiller.closed_form:
        return "The images are solved for in closed form, so there is no gradient."
    if about.distiller.experts:
        return "This step was skipped, since its loss was too large: it followed no gradient."
    return "This method does not tell its gradient."
