"""What a lesson has in its address: which one, its seed, its controls, what was moved and done, and what is hidden."""

import streamlit as st

from pages.parts.address import Choice, follow, held
from pages.parts.browser.learn import MOST_SEED, Control, Lesson, LessonState, Progress
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
    controls = [_control(state, control) for control in lesson.controls]
    taken = follow(*controls, *([_seed(state)] if lesson.again else []))
    # Only now it is known how many points there are.
    if follow(*_done(lesson, state)) or taken:
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


def _done(lesson: Lesson, state: LessonState) -> list[Choice]:
    """What was moved and done, where a lesson has such."""
    points, found = lesson.movable(state.values), []

    def move(value: dict[int, tuple[float, float]]) -> None:
        state.moved = value

    def go_on(value: str) -> None:
        state.progress = value

    if points:
        found.append(Choice("moved", _places(points), {}, lambda: state.moved, move, "the points you moved"))
    if lesson.progress:
        spelling = _text(lesson.progress, points)
        found.append(Choice(lesson.progress.name, spelling, "", lambda: state.progress, go_on, "what you have done"))
    return found


def _places(count: int) -> Spelling:
    """The places of some of `count` points: {3: (0.25, 0.5)} is "3:0.25:0.5"; several with commas."""
    point, part = number(0, count - 1, whole=True), number(0, 1)

    def read(text: str) -> dict[int, tuple[float, float]]:
        split = [one.split(":") for one in text.split(",")]
        return {point.read(i): (part.read(x), part.read(y)) for i, x, y in split}

    def write(moved: dict[int, tuple[float, float]]) -> str:
        return ",".join(f"{i}:{x:.3f}:{y:.3f}" for i, (x, y) in moved.items())

    return Spelling(read, write, f"points from 0 to {count - 1} and their places from 0 to 1, as 0:0.25:0.5")


def _text(progress: Progress, points: int) -> Spelling:
    def read(text: str) -> str:
        if not progress.fits(text, points):
            raise ValueError(text)
        return text

    return Spelling(read, str, progress.allowed)
