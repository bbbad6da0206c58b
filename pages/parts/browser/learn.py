"""Lessons: a question, a picture, a number, something to move and a check, computed and drawn in the browser."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
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
class Lesson:
    """All that a lesson says and offers; `lesson_<name>.js` draws it.

    `number` names the number, `caption` says in one sentence what the picture shows, `help` the second thoughts.
    `actions`: name -> label of buttons. `again`: label of the button that takes the next seed; "" leaves it out.
    `packed`: what the module needs beside words, `pack`ed and in base64; it finds it in `stage.packed`.
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
    packed: str = ""

    @property
    def shown(self) -> dict[str, str]:
        """Name -> label of all that a link can hide."""
        seed = {"seed": self.again} if self.again else {}
        return {control.name: control.label for control in self.controls} | dict(self.actions) | seed


MOST_SEED = 9_999


@dataclass
class LessonState:
    """Where a lesson stands: the `values` of its controls, its `seed`, and what was `moved`: id -> (x, y) in [0, 1].

    `order` counts how often the page has set these: the browser follows each order once and tells what it does itself.
    """

    values: dict[str, Any]
    seed: int = 0
    moved: dict[int, tuple[float, float]] = field(default_factory=dict)
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
        except (AttributeError, KeyError, TypeError, ValueError):
            return
        sound = all(values[control.name] in control.values for control in lesson.controls)
        inside = all(0 <= x <= 1 and 0 <= y <= 1 for x, y in moved.values())
        if sound and inside and 0 <= seed <= MOST_SEED:
            self.values, self.seed, self.moved = values, seed, moved


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
    """Draw the lesson as `state` has it, without the controls that are `hidden`; what is moved goes into `state`.

    `next_title` is the next lesson's, for a button that calls `go_on` before the next run; "" leaves it out.
    """

    def told() -> None:
        state.take(lesson, st.session_state[key].get("state"))

    data = {"lesson": asdict(lesson), "hidden": hidden, "next": next_title, "mostSeed": MOST_SEED}
    data |= {"values": state.values, "seed": state.seed, "order": state.order}
    data |= {"moved": {str(point): place for point, place in state.moved.items()}}
    data |= {"palette": PALETTE, "ramp": ramp(dark=dark)[::15], "scheme": "dark" if dark else "light"}
    component("learn")(key=key, data=data, on_state_change=told, on_next_change=go_on)
