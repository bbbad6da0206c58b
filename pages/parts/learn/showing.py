"""A lesson on the page."""

import streamlit as st

from pages.parts.browser.learn import Lesson, LessonState, lesson_view
from pages.parts.learn.addressed import next_of, open_lesson


def show_lesson(lesson: Lesson, state: LessonState, hidden: list[str]) -> None:
    following = next_of(lesson)
    lesson_view(
        lesson,
        state,
        hidden,
        key="lesson",
        dark=st.context.theme.type == "dark",
        next_title=following.title if following else "",
        go_on=lambda: open_lesson(following) if following else None,
    )
