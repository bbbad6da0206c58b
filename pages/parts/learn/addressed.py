"""What a lesson has in its address: which one, its seed, its controls, what was moved, and what is hidden."""

import streamlit as st

from pages.parts.address import Choice, follow, held
from pages.parts.browser.learn import MOST_SEED, Control, Lesson, LessonState
from pages.parts.learn.lessons import LESSONS
from pages.parts.spelling import Spelling, chosen_of, number, one_of

_LESSON = "learn_lesson"


def choose_lesson() -> Lesson:
    """The lesson that the address or the reader asks for, the first if neither does."""
    follow(held("lesson", _LESSON, one_of(list(LESSONS)), next(iter(LESSONS))))
    st.session_state.setdefault(_LESSON, next(iter(LESSONS)))
    numbered = {name: f"{place}. {lesson.title}" for place, (name, lesson) in enumerate(LESSONS.items(), start=1)}
    chosen = st.pills(
        "Lesson", list(LESSONS), format_func=numbered.get, required=True, key=_LESSON, label_visibility="collapsed",
        persist_state="session",
    )  # fmt: skip
    return LESSONS[chosen]


def next_of(lesson: Lesson) -> Lesson | None:
    names = list(LESSONS)
    place = names.index(lesson.name) + 1
    return LESSONS[names[place]] if place < len(names) else None


def open_lesson(lesson: Lesson) -> None:
    """Before a run: it will show this lesson."""
    st.session_state[_LESSON] = lesson.name


def follow_lesson(lesson: Lesson) -> tuple[LessonState, list[str]]:
    """Where the lesson stands, and the names of what its link hides."""
    state: LessonState = st.session_state.setdefault(f"lesson {lesson.name}", LessonState.of(lesson))
    hide = held("hide", f"hidden {lesson.name}", chosen_of(list(lesson.shown)), [])
    follow(hide)
    if follow(*(_control(state, control) for control in lesson.controls), _seed(state), _moved(state)):
        state.order += 1
    return state, hide.get()


def _control(state: LessonState, control: Control) -> Choice:
    def put(value: float | str) -> None:
        state.values[control.name] = value

    spelled = {_spelled(value): value for value in control.values}
    return Choice(control.name, one_of(spelled), control.default, lambda: state.values[control.name], put)


def _spelled(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _seed(state: LessonState) -> Choice:
    def put(value: int) -> None:
        state.seed = value

    return Choice("seed", number(0, MOST_SEED, whole=True), 0, lambda: state.seed, put)


def _moved(state: LessonState) -> Choice:
    def put(value: dict[int, tuple[float, float]]) -> None:
        state.moved = value

    return Choice("moved", _MOVED, {}, lambda: state.moved, put, "the points you moved")


def _read(text: str) -> dict[int, tuple[float, float]]:
    """{"3": (0.25, 0.5)} of "3:0.25:0.5"; several with commas."""
    moved = {}
    for part in text.split(","):
        key, x, y = part.split(":")
        moved[_POINT.read(key)] = (_PLACE.read(x), _PLACE.read(y))
    return moved


def _write(moved: dict[int, tuple[float, float]]) -> str:
    return ",".join(f"{key}:{x:.3f}:{y:.3f}" for key, (x, y) in moved.items())


_POINT, _PLACE = number(0, 999, whole=True), number(0, 1)
_MOVED = Spelling(_read, _write, "points and their places from 0 to 1, as 3:0.25:0.5")
