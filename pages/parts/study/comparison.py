"""What is compared in a study, pair by pair over seeds: the verdict in words, the pairs, and every difference."""

from typing import Any, NamedTuple

import streamlit as st

from ddcore.studies.comparing import BASES, Comparison, answers, base_of
from ddcore.studies.found import Found
from ddcore.studies.grid import Grid
from ddcore.studies.names import axis_words, spelled, value_words
from ddcore.studies.verdict import PEEKING, sentence
from ddcore.studies.verdict import together as level_words
from ddcore.words import told_apart
from pages.parts.address import follow, held
from pages.parts.figure import show_figure
from pages.parts.spelling import one_of
from pages.parts.study.rows import reason_words
from pages.parts.study.words import row_words

_MEASURES = {"accuracy": "students' accuracy", "kernel": "own predictor's accuracy"}
_FEW = 6  # sentences that are shown unfolded
_MOST_DRAWN = 24  # differences in one picture
_LONG = 24  # letters that a choice shows in its usual width
_LETTER = 8  # pixels of one more
_WIDE = 42  # letters that the choice of pairs shows, in a column of its own


class Compared(NamedTuple):
    """The axis whose values are compared, with which one, and by what."""

    axis: str
    base: Any
    measure: str


def choose_compared(id: str, grid: Grid, found: dict[str, Found]) -> Compared | None:
    """Draw the choices; None where a study varies its seeds only. `id`: of the study, each keeps its own."""
    axes = list(grid.varied)
    if not axes:
        return None
    measures = [name for name in _MEASURES if any(getattr(one, name) for one in found.values())]
    with st.container(horizontal=True):
        axis = _choice("Compare", "axis", id, {axis: axis_words(axis) for axis in axes}, _first(axes))
        words = told_apart([value_words(axis, value) for value in grid.varied[axis]], _LONG)
        values = dict(zip((spelled(axis, value) for value in grid.varied[axis]), words, strict=True))
        base = _choice("Against", f"base-{axis}", id, values, spelled(axis, base_of(grid, axis)))
        measure = measures[0]
        if len(measures) > 1:
            measure = _choice("By", "measure", id, {name: _MEASURES[name] for name in measures}, measure)
    return Compared(axis, next(value for value in grid.varied[axis] if spelled(axis, value) == base), measure)


def show_comparison(id: str, grid: Grid, found: dict[str, Found], chosen: Compared) -> None:
    """Say what each value does over all combinations of the other choices, draw its pairs, and go through each."""
    (answer,) = answers(grid, found, [chosen.axis], chosen.base, chosen.measure, value_words)
    with st.container(border=True, key="study-verdict"):
        for one in answer.main:
            st.markdown(_sentence(one, answer.counted))
        st.caption(level_words(answer.counted), help=PEEKING)
    _pictures(id, answer.shown, chosen)
    if answer.overall:
        rows = answer.rows
        with st.expander(f"Each combination ({len(rows)})", expanded=len(rows) <= _FEW, key=f"study-rows-{id}"):
            st.markdown("\n".join(f"- {_sentence(one, answer.counted)}" for one in rows))


def _pictures(id: str, shown: list[Comparison], chosen: Compared) -> None:
    """The pairs of one comparison by seed, beside the mean differences of all."""
    called = _names(shown, chosen)
    paired = {place: one for place, one in enumerate(shown) if one.difference.count}
    key = f"study_pairs_{id}_{chosen.axis}_{chosen.base}"  # places are those of this list
    follow(held("pairs", key, one_of(list(paired)), 0))
    if not paired:
        return
    from ddcore.figures import pairs

    dark = st.context.theme.type == "dark"
    if st.session_state.get(key) not in paired:
        st.session_state[key] = next(iter(paired))
    left, right = st.columns([2, 3], gap="large")
    with left:
        place = st.selectbox(
            "Pairs of", list(paired), key=key, format_func=told_apart(called, _WIDE).__getitem__,
            persist_state="session", disabled=len(paired) == 1,
        )  # fmt: skip
        one = paired[place]
        sides = (value_words(chosen.axis, one.base), value_words(chosen.axis, one.value))
        figure = pairs.slopes(one.base_accuracies, one.accuracies, sides, dark=dark)
        show_figure(figure, key=f"study-slopes-{id}")
        st.caption(f"Test accuracy, a line per seed: both ends have the same seed.{_pooled_words(one)}")
    with right:
        rows = [
            pairs.Compared(
                called[place], one.difference.mean, one.difference.half, one.difference.count, one.difference.word
            )
            for place, one in list(paired.items())[:_MOST_DRAWN]
        ]
        figure = pairs.differences(rows, dark=dark)
        show_figure(figure, key=f"study-differences-{id}")
        against = value_words(chosen.axis, chosen.base)
        left_out = f" The first {_MOST_DRAWN} of {len(paired)} are drawn." if len(paired) > _MOST_DRAWN else ""
        st.caption(f"Mean difference from {against} over seeds, with its interval.{left_out}")


def _first(axes: list[str]) -> str:
    """The axis that a study is most likely about."""
    return next((axis for axis in BASES if axis in axes), axes[0])


def _choice(label: str, name: str, id: str, titles: dict[str, str], first: str) -> str:
    key = f"study_{name}_{id}"
    follow(held(name.partition("-")[0], key, one_of(list(titles)), first))
    if st.session_state.get(key) not in titles:
        st.session_state[key] = first
    width = 240 + _LETTER * max(0, *(len(title) - _LONG for title in titles.values()))
    return st.selectbox(label, list(titles), key=key, format_func=titles.get, persist_state="session", width=width)


def _names(shown: list[Comparison], chosen: Compared) -> list[str]:
    """ "k-means sensitivity · ipc 10", "k-means sensitivity · all together": the same while a study fills in, since
    browsers send the name back."""
    several = any(one.row for one in shown)
    where = [row_words(one.row) if one.row else "all together" if several else "" for one in shown]
    return [
        " · ".join(filter(None, [value_words(chosen.axis, one.value), place]))
        for one, place in zip(shown, where, strict=True)
    ]


def _pooled_words(one: Comparison) -> str:
    rows = f"{one.rows} of {one.of_rows}" if one.rows < one.of_rows else f"{one.rows}"
    return f" Means of {rows} combinations." if one.of_rows > 1 else ""


def _sentence(one: Comparison, count: int) -> str:
    """The verdict, with the row it is of, and names as people know them."""
    where = f"{row_words(one.row)}: " if one.row else ""
    return where + reason_words(sentence(one, count, naming=value_words))
