"""The accuracy of each class, and which classes are taken for which: at the cursor, and in the last test."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from pages.parts.address import Choice, held
from pages.parts.figure import show_figure
from pages.parts.run_history import RunHistory
from pages.parts.spelling import one_of
from pages.parts.watch.class_pictures import class_pictures
from pages.parts.watch.class_tests import (
    WHO,
    ClassTest,
    ClassTests,
    missing_baselines,
    moments,
    read_tests,
    testers,
    why_none,
)
from pages.parts.watch.class_words import (
    apart_chance_words,
    apart_words,
    chance_words,
    hardest_words,
    largest_confusions,
)
from pages.parts.watch.picking import LETTERS, Picked
from pages.parts.words import percent, plain

if TYPE_CHECKING:
    from ddcore.figures.classes import Counted
    from ddcore.runs.confusions import Confusion

_MOMENTS = {"cursor": "At the cursor", "last": "Last test"}
_ORDERS = {"accuracy": "By accuracy", "class": "By class"}
_MOST_IMAGES = {1: 3, 2: 2}  # runs on the page -> images of a class beside its accuracy
_MANY = 30  # classes above which the largest confusions are listed, too
_LISTED = 15


class _Shown(NamedTuple):
    """One run of the page and its tests."""

    letter: str  # "" of a single run
    history: RunHistory
    tests: ClassTests

    @property
    def names(self) -> list[str]:
        return [str(name) for name in self.history.run.config()["dataset"]["classes"]]

    def called(self, words: str) -> str:
        return f"{self.letter}, {words}" if self.letter else words


def class_panel(read: list[RunHistory], cursor: int, picked: Picked | None) -> None:
    """Draw it for the runs at step `cursor` and at the end."""
    words = st.container(gap="xsmall")
    letters = LETTERS if len(read) > 1 else [""]
    recorded = [(letter, history, testers(history)) for letter, history in zip(letters, read, strict=False)]
    if not any(who for *_, who in recorded):
        for letter, history, _ in recorded:
            words.caption(f"{letter}: {why_none(history)}" if letter else why_none(history))
        return
    who, moment, order = _choices(recorded, cursor)
    shown = []
    with words:
        for letter, history, found in recorded:
            if (one := _tests(letter, history, found, who, moment, cursor)) is not None:
                shown.append(one)
                _say(one)
        if len(shown) == 2 and shown[0].names == shown[1].names:
            pair = [one.tests.shown.found for one in shown]
            st.markdown(apart_words(*pair, shown[0].names), help=apart_chance_words(*pair))
    if shown:
        _draw(shown, order)


def class_choices() -> list[Choice]:
    """What of the panel is in the address."""
    every = {"who": list(WHO), "moment": list(_MOMENTS), "order": list(_ORDERS)}
    return [held(what, f"classes_{what}", one_of(values), values[0]) for what, values in every.items()]


def _choices(recorded: Sequence[tuple[str, RunHistory, list[str]]], cursor: int) -> tuple[str, str, str]:
    """Who tests, cursor or last test, and the order of classes; asked only where there is something to choose."""
    known = [who for who in WHO if any(who in found for *_, found in recorded)]
    many = any(len(history.run.config()["dataset"]["classes"]) > _MANY for _, history, found in recorded if found)
    with st.container(horizontal=True, gap="small"):
        who = _choice("who", {who: WHO[who] for who in known})
        found = [moments(history, who, cursor) for _, history, whos in recorded if who in whos]
        differ = any(here is not None and here != last for here, last in found)
        moment = _choice("moment", _MOMENTS if differ else {"cursor": ""})
        order = _choice("order", {"accuracy": ""} if many else _ORDERS)
    return who, moment, order


def _choice(what: str, titles: dict[str, str]) -> str:
    if len(titles) == 1:
        return next(iter(titles))
    key = f"classes_{what}"
    if st.session_state.get(key) not in titles:
        st.session_state[key] = next(iter(titles))
    return st.segmented_control(
        what, list(titles), required=True, format_func=titles.__getitem__, key=key, persist_state="session",
        label_visibility="collapsed",
    )  # fmt: skip


def _tests(letter: str, history: RunHistory, found: list[str], who: str, moment: str, cursor: int) -> _Shown | None:
    """The tests to show of one run; else None, and the page says why."""
    before = f"{letter}: " if letter else ""
    if who not in found:
        st.caption(f"{before}{why_none(history) if not found else f'No test by {WHO[who].lower()}.'}")
        return None
    here, last = moments(history, who, cursor)
    step = here if moment == "cursor" else last
    if step is None:
        st.caption(f"{before}No test up to step {cursor:,}; this is the last one, of step {last:,}.")
        step = last
    damage: list[str] = []
    tests = read_tests(history, who, step, damage)
    for sentence in damage:
        st.warning(plain(sentence))
    return None if tests is None else _Shown(letter, history, tests)


def _say(one: _Shown) -> None:
    sentence = hardest_words(one.tests, one.names, one.history.about.settings["ipc"])
    st.markdown(f"**{one.letter}** · {sentence}" if one.letter else sentence, help=chance_words(one.tests))


def _draw(shown: list[_Shown], order: str) -> None:
    together = len(shown) == 1 or shown[0].names == shown[1].names
    if len(shown) == 1:
        left, right = st.columns(2, gap="large")
        with left:
            _accuracies(shown, order)
        with right:
            _confusions(shown[0])
        return
    for column, group in zip([st.container()] if together else st.columns(2, gap="large"),
                             [shown] if together else [[one] for one in shown], strict=True):  # fmt: skip
        with column:
            _accuracies(group, order)
    for column, one in zip(st.columns(2, gap="large"), shown, strict=True):
        with column:
            _confusions(one)


def _accuracies(shown: list[_Shown], order: str) -> None:
    """The chart of the classes' accuracies: of one run, or of two with the same classes."""
    import numpy as np

    from ddcore.figures.classes import MOST_ROWS, class_accuracies

    first, names = shown[0].tests, shown[0].names
    rates = first.shown.found.rates
    places = np.argsort(rates, kind="stable") if order == "accuracy" else np.arange(len(names))
    rows, note = places[:MOST_ROWS].tolist(), ""
    if len(rows) < len(names):
        note = f", the {len(rows)} hardest of {len(names):,} classes"
    each = min(max(one.history.about.settings["ipc"] for one in shown), _MOST_IMAGES[len(shown)])
    figure = class_accuracies(
        [_counted(one.tests.shown, one) for one in shown], names, rows, dark=_dark(),
        later=_counted(first.later, shown[0]) if len(shown) == 1 and first.later else None,
        random=_baselines(shown, "random"), full=_baselines(shown, "full"),
        pictures=class_pictures([(one.history, one.tests.shown.step) for one in shown], rows, each),
        images=each, note=note,
    )  # fmt: skip
    key = "-".join(["classes", *(one.history.run.id for one in shown)])
    show_figure(figure, key=key)
    found = first.shown.found
    images = int(found.counts.sum()) // found.repeats
    by = "students take" if first.who == "students" else "the set's own predictor takes"
    st.caption(f"Share of each class's test images that {by} for it, {images:,} images in all; dashed: mean of all.")
    for one in shown:
        if missing := missing_baselines(one.history, one.tests):
            st.caption(f"Not counted for each class{f' in {one.letter}' if one.letter else ''}: {', '.join(missing)}.")


def _counted(test: ClassTest, one: _Shown) -> "Counted":
    found = test.found
    words = f"step {test.step:,}: mean {percent(found.mean)} (n = {found.repeats})"
    return _of(found, one.called(words))


def _of(found: "Confusion", name: str) -> "Counted":
    from ddcore.figures.classes import Counted

    return Counted(name, found.counts.diagonal(), found.counts.sum(1))


def _baselines(shown: list[_Shown], name: str) -> "list[Counted]":
    """The baseline of each run, once where they are the same."""
    words = {"random": "random images", "full": "full data"}[name]
    known = [(one, found) for one in shown if (found := getattr(one.tests, name)) is not None]
    if len(known) == 2 and (known[0][1].counts == known[1][1].counts).all():
        known = [(known[0][0]._replace(letter=""), known[0][1])]
    return [
        _of(found, f"{words}{f' of {one.letter}' if one.letter else ''} (n = {found.repeats})") for one, found in known
    ]


def _confusions(one: _Shown) -> None:
    """The map of what is taken for what and, of many classes, a list."""
    from ddcore.figures.classes import MOST_MAPPED, confusion_map

    test = one.tests.shown
    title = f"**Confusion matrix, step {test.step:,}**"
    st.markdown(f"**{one.letter}** · {title}" if one.letter else title)
    if len(one.names) <= MOST_MAPPED:
        figure = confusion_map(test.found.counts, one.names, dark=_dark())
        show_figure(figure, key=f"confusions-{one.history.run.id}")
        st.caption("A row is a class, a column what its test images are taken for, in percent of the row.")
    if len(one.names) > _MANY:
        _list(test.found, one.names)


def _list(found: "Confusion", names: list[str]) -> None:
    shares = found.shares
    rows = [
        f"| {plain(names[true])} | {plain(names[other])} | {percent(shares[true, other])} |"
        for true, other in largest_confusions(found.counts, _LISTED)
    ]
    st.markdown("\n".join(["| class | taken for | share |", "|---|---|---|", *rows]))


def _dark() -> bool:
    return st.context.theme.type == "dark"
