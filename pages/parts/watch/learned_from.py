"""Which real images a run has drawn, and how often."""

from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from ddcore.commands.schema_cache import SchemaUnreadable, schema
from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from pages.parts.browser.image_sheet import image_sheet
from pages.parts.draws import (
    Drawn,
    Ranked,
    drawn_by,
    expected_of_run,
    has_scores,
    scores_of_run,
    why_none_drawn,
)
from pages.parts.figure import show_figure
from pages.parts.run_dataset import dataset_of, why_no_dataset
from pages.parts.run_history import RunHistory
from pages.parts.watch.picking import LETTERS, Picked
from pages.parts.words import plain

if TYPE_CHECKING:
    from ddcore.figures.draws import DrawnLine

_MOST = 24  # images of a ranking
_BINS = 40
_TOP = 0.1  # of all images
_EVENNESS = (
    "(sum of draws)² / (sum of squared draws): so many images, all drawn equally often, would be as even. Batches by "
    "importance come from fewer images than uniform ones."
)
_LAW = "The law of the run's scores, times as many draws as it made; rules that follow the set have no such law."


class _Run(NamedTuple):
    """A run with what it drew, the real images and the scores as far as they are here."""

    place: int
    history: RunHistory
    drawn: Drawn
    dataset: Dataset | None
    ranked: Ranked | None

    @property
    def data(self) -> str:
        """The hash of its dataset."""
        return str(self.history.run.config()["dataset"]["hash"])


def learned_from_panel(read: list[RunHistory], cursor: int, picked: Picked | None) -> None:
    """Draw it for the runs up to step `cursor`."""
    runs = [run for place, history in enumerate(read) if (run := _found(place, history, cursor, len(read)))]
    scored = next((run for run in runs if run.ranked is not None), None)
    alike = [run for run in runs if scored is not None and run.data == scored.data]
    if scored is not None and scored.ranked is not None:
        _chart(alike, scored.ranked, len(read))
    elif runs:
        _why_no_chart(runs)
    for column, run in zip(st.columns(len(runs), gap="large") if runs else [], runs, strict=True):
        with column:
            _ranking(run, scored.ranked if scored is not None and run in alike else None, len(read))


def _found(place: int, history: RunHistory, cursor: int, several: int) -> _Run | None:
    """None, with the reason on the page, if there are no draws to show."""
    letter = f"**{LETTERS[place]}** · " if several > 1 else ""
    try:
        drawn = drawn_by(history.run, cursor)
    except BadInput as error:
        st.warning(letter + plain(str(error)))
        return None
    if drawn is None:
        st.info(letter + why_none_drawn(history))
        return None
    dataset = dataset_of(history)
    try:
        ranked = None if dataset is None else scores_of_run(history, dataset)
    except SchemaUnreadable as error:
        st.warning(f"The list of scores could not be read. {plain(str(error))}")
        ranked = None
    return _Run(place, history, drawn, dataset, ranked)


def _chart(runs: list[_Run], by: Ranked, several: int) -> None:
    """Times drawn over the rank under one score, both runs on the same axes."""
    from ddcore.figures.draws import draws_by_rank

    lines = [_line(run, by, several) for run in runs]
    figure = draws_by_rank(lines, f"rank by {by.title}", dark=st.context.theme.type == "dark")
    key = "draws-" + "-".join(run.history.run.id for run in runs)
    show_figure(figure, key=key)
    laws = any(line.expected is not None for line in lines)
    rest = "; dotted: what the sampling law makes one expect." if laws else "."
    st.caption("Each mark is the mean of neighbouring ranks, the most important on the left" + rest, help=_LAW)


def _line(run: _Run, by: Ranked, several: int) -> "DrawnLine":
    from ddcore.figures.draws import DrawnLine
    from ddcore.sampling.counting import means_by_rank

    about, expected = run.history.about, None
    if run.dataset is not None:
        expected = expected_of_run(run.history, run.dataset, run.drawn, run.ranked)
    ranks, means = means_by_rank(by.ranks, run.drawn.draws.counts, _BINS)
    law = None if expected is None else means_by_rank(by.ranks, expected, _BINS)[1]
    name = f"{LETTERS[run.place]}: {about.short_batches}" if several > 1 else about.short_batches
    return DrawnLine(name, ranks, means, law, run.place)


def _why_no_chart(runs: list[_Run]) -> None:
    scored = [run.history for run in runs if has_scores(run.history)]
    if scored and schema() is None:
        st.caption("The scores are being looked up.")
    elif not scored:
        st.caption(
            "No score ranks the real images here; compare with a run that draws by importance to see both on one axis."
        )
    elif all(run.dataset is not None for run in runs):
        what = scored[0].about.importance.title
        st.caption(
            f"The scores ({what}) are not kept on this machine; compute them in Explore to see draws beside them."
        )


def _ranking(run: _Run, by: Ranked | None, several: int) -> None:
    """The most drawn real images, and what the counts say as a whole."""
    import numpy as np

    counts, drawn, letter = run.drawn.draws.counts, run.drawn, LETTERS[run.place]
    total, never = int(counts.sum()), int((counts == 0).sum())
    head = f"**{letter}** · " if several > 1 else ""
    since = f" (counted from step {drawn.draws.since:,} on)" if drawn.draws.since else ""
    st.markdown(f"{head}**{total:,} draws** of {len(counts):,} real images by step {drawn.step:,}{since}")
    if drawn.draws.since:
        st.caption("The steps before were made by a version that did not count.")
    _numbers(counts, never, by)
    if not total:
        st.caption("Nothing is drawn before the first step.")
        return
    if run.dataset is None:
        st.info(why_no_dataset(run.history))
        return
    ids = np.argsort(-counts, kind="stable")[:_MOST]
    ids = ids[counts[ids] > 0]
    captions = [f"×{counts[id]:,}" + (f"\n#{by.ranks[id]:,}" if by is not None else "") for id in ids]
    image_sheet(run.dataset.train.images[ids], ids, captions, key=f"drawn-{run.history.run.id}")
    ranks = None if by is None else f"#: rank by {by.title}; 1 is the most important."
    st.caption(f"The {len(ids)} real images drawn most often.", help=ranks)


def _numbers(counts, never: int, by: Ranked | None) -> None:
    from ddcore.sampling.counting import effective_size, share_of_top

    cells = [("Never drawn", f"{never:,}", f"{100 * never / len(counts):.0f} % of all real images.")]
    if counts.any():
        cells.append(("Effective number of images", f"{effective_size(counts):,.0f}", _EVENNESS))
    if counts.any() and by is not None:
        share = share_of_top(counts, by.scores, _TOP)
        words = (
            f"Of all draws, those of the most important {100 * _TOP:.0f} % by {by.title}; uniform batches: about 10 %."
        )
        cells.append((f"Draws of the top {100 * _TOP:.0f} %", f"{100 * share:.0f} %", words))
    with st.container(horizontal=True, gap="medium"):
        for label, value, help in cells:
            st.metric(label, value, help=help, width="content")
