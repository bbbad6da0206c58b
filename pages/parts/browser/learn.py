"""Lessons: a question, a picture, a number, something to move and a check, computed and drawn in the browser."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from re import fullmatch
from typing import Any

import streamlit as st

from ddcore.figures.colours import PALETTE, ramp
from pages.parts.browser.component import component


@dataclass(frozen=True)
class Control:
    """A slider over `values`, numbers in order, or a choice among them where `words` name them. `name` is in links.

    `when` (another control, its value): only then it matters, and shows.
    """

    name: str
    label: str
    values: tuple[float | str, ...]
    default: float | str
    words: tuple[str, ...] = ()
    help: str = ""
    when: tuple[str, float | str] | None = None


@dataclass(frozen=True)
class Check:
    """What was understood: `answers`, the place of the `right` one, and `why` it is right."""

    question: str
    answers: tuple[str, ...]
    right: int
    why: str


@dataclass(frozen=True)
class Progress:
    """What a reader has done in a lesson, as a text that its module writes and reads. `name` is in links.

    `pattern`: the texts that make sense, with `%(points)d` for the number of points that can be moved; `allowed` says
    it in words. The empty text is the beginning.
    """

    name: str
    pattern: str
    allowed: str

    def fits(self, text: str, points: int) -> bool:
        return not text or fullmatch(self.pattern % {"points": points}, text) is not None


@dataclass(frozen=True)
class Lesson:
    """All that a lesson says and offers; `lesson_<name>.js` draws it.

    `number` names the number, `caption` says in one sentence what the picture shows, `help` the second thoughts.
    `actions`: name -> label of buttons. `again`: label of the button that takes the next seed; "" leaves it out.
    `points` can be moved, that many for each unit of the control `times` if it names one. `progress` is what else a
    reader can have done.
    `address`: where the browser fetches what the module needs beside words, as `pack` makes it; it finds it in
    `stage.packed`.
    """

    name: str
    title: str
    question: str
    intro: str
    controls: tuple[Control, ...]
    number: str
    caption: str
    help: str
    check: Check
    actions: Mapping[str, str] = field(default_factory=dict)
    again: str = "New points"
    points: int = 0
    times: str = ""
    progress: Progress | None = None
    address: str = ""

    def movable(self, values: Mapping[str, Any]) -> int:
        """How many points can be moved while the controls have these `values`."""
        return self.points * (values[self.times] if self.times else 1)

    @property
    def shown(self) -> dict[str, str]:
        """Name -> label of all that a link can hide."""
        seed = {"seed": self.again} if self.again else {}
        return {control.name: control.label for control in self.controls} | dict(self.actions) | seed


MOST_SEED = 9_999


@dataclass
class LessonState:
    """Where a lesson stands: the `values` of its controls, its `seed`, what was `moved`: id -> (x, y) in [0, 1], the
    text of its `progress`, and the place of the `answer` to its check.

    `order` counts how often the page has set these: the browser follows each order once and tells what it does itself.
    """

    values: dict[str, Any]
    seed: int = 0
    moved: dict[int, tuple[float, float]] = field(default_factory=dict)
    progress: str = ""
    answer: int | None = None
    order: int = 0

    @classmethod
    def of(cls, lesson: Lesson) -> "LessonState":
        return cls({control.name: control.default for control in lesson.controls})

    def take(self, lesson: Lesson, told: Any) -> None:
        """Take over what the browser tells; nothing of it if it is not of this lesson and order, or makes no sense."""
        try:
            if told["lesson"] != lesson.name or told["order"] != self.order:
                return
            values = {control.name: told["values"][control.name] for control in lesson.controls}
            seed = int(told["seed"])
            moved = {int(key): (float(x), float(y)) for key, (x, y) in told["moved"].items()}
            progress, answer = str(told["progress"]), told["answer"]
        except (AttributeError, KeyError, TypeError, ValueError):
            return
        if not all(values[control.name] in control.values for control in lesson.controls):
            return
        points = lesson.movable(values)
        inside = all(0 <= i < points and 0 <= x <= 1 and 0 <= y <= 1 for i, (x, y) in moved.items())
        fits = lesson.progress.fits(progress, points) if lesson.progress else not progress
        answered = answer is None or answer in range(len(lesson.check.answers))
        if inside and fits and answered and 0 <= seed <= MOST_SEED:
            self.values, self.seed, self.moved, self.progress, self.answer = values, seed, moved, progress, answer


def _said(lesson: Lesson) -> dict[str, Any]:
    """What the browser needs of a lesson, without the data that it fetches."""
    said = ("name", "question", "intro", "number", "caption", "help", "again", "points", "times", "address")
    return {name: getattr(lesson, name) for name in said} | {
        "controls": [asdict(control) for control in lesson.controls],
        "actions": dict(lesson.actions),
        "check": asdict(lesson.check),
    }


def lesson_view(
    lesson: Lesson,
    state: LessonState,
    hidden: list[str],
    *,
    key: str,
    dark: bool,
    next_title: str,
    go_on: Callable[[], None],
) -> None:
    """Draw the lesson as `state` has it, without the controls that are `hidden`; what is done goes into `state`.

    `next_title` is the next lesson's, for a button that calls `go_on` before the next run; "" leaves it out.
    """

    def told() -> None:
        state.take(lesson, st.session_state[key].get("state"))

    data = {"lesson": _said(lesson), "hidden": hidden, "next": next_title, "mostSeed": MOST_SEED}
    data |= asdict(state) | {"moved": {str(point): place for point, place in state.moved.items()}}
    data |= {"palette": PALETTE, "ramp": ramp(dark=dark)[::15], "scheme": "dark" if dark else "light"}
    component("learn")(key=key, data=data, on_state_change=told, on_next_change=go_on)
