"""What a run recorded of its classes, as the panel of classes shows it at a step."""

from typing import NamedTuple

from ddcore.errors import BadInput
from ddcore.runs import confusions, states
from ddcore.runs.confusions import Confusion
from pages.parts.run_history import RunHistory

WHO = {"students": "Students", "kernel": "The set's own predictor"}
"""Who tests a set -> what the page calls them."""
_BASELINES = {"students": ("random", "full"), "kernel": ("kernel-random",)}


class ClassTest(NamedTuple):
    """The test of the set of one step."""

    step: int
    found: Confusion


class ClassTests(NamedTuple):
    """Tests of a run's set by `who`: the one shown, the other one of cursor and end, and what they stand beside."""

    who: str
    shown: ClassTest
    later: ClassTest | None  # the last test, where another one is shown
    random: Confusion | None
    full: Confusion | None


def testers(history: RunHistory) -> list[str]:
    """Those of `WHO` that have left a confusion of the run's set."""
    return [who for who in WHO if confusions.steps(history.run, who)]


def moments(history: RunHistory, who: str, cursor: int) -> tuple[int | None, int | None]:
    """The last tested step up to `cursor`, and the last one of all; None where there is none."""
    steps = confusions.steps(history.run, who)
    return max((step for step in steps if step <= cursor), default=None), max(steps, default=None)


def read_tests(history: RunHistory, who: str, step: int, damage: list[str]) -> ClassTests | None:
    """The tests of the run with that of `step` shown; what cannot be read is left out, and said in `damage`."""
    _, last = moments(history, who, step)

    def read(who: str, step: int | None = None) -> Confusion | None:
        try:
            return confusions.confusion(history.run, who, step)
        except BadInput as error:
            damage.append(str(error))
            return None

    shown = read(who, step)
    later = read(who, last) if last is not None and last != step else None
    random, full, *_ = (*map(read, _BASELINES[who]), None)
    if shown is None:
        return None
    return ClassTests(who, ClassTest(step, shown), later and ClassTest(last, later), random, full)


def why_none(history: RunHistory) -> str:
    """The sentence in place of a run's classes, where it has left no confusion."""
    if history.about.settings["evaluation"] == "none":
        return "This run does not test its images (evaluation: none)."
    if history.accuracy or any(point.accuracy for point in history.kernel.values()):
        return "This run did not record which classes were taken for which."
    if history.run.state() in states.LIVE:
        return "The accuracy of each class appears with the first test."
    return "The run ended before its test."


def missing_baselines(history: RunHistory, tests: ClassTests) -> list[str]:
    """The baselines that the run has been told, but not for each class: an earlier version had kept them."""
    words = {"random": "random images", "full": "full data", "kernel-random": "random images"}
    found = (tests.random, tests.full)
    return [
        words[name]
        for name, one in zip(_BASELINES[tests.who], found, strict=False)
        if one is None and name in history.baselines
    ]
