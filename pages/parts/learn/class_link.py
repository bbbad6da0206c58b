"""A link that opens a lesson as it stands, with the controls that a teacher wants a class to see."""

import streamlit as st

from pages.parts.address import of_link
from pages.parts.browser.copy_link import link_button
from pages.parts.browser.learn import Lesson
from pages.parts.spelling import chosen_of


def class_link(lesson: Lesson, hidden: list[str]) -> None:
    """A popover: which controls the class sees, and the button that copies the link."""
    with st.popover("Link for your class", key="class-link"):
        st.markdown("The link opens this lesson just as it stands now, with these controls:")
        kept = [
            name for name, label in lesson.shown.items()
            if st.checkbox(label, name not in hidden, key=f"class-sees {lesson.name} {name}")
        ]  # fmt: skip
        away = [name for name in lesson.shown if name not in kept]
        extra, left_out = of_link()
        note = f"The link leaves out {' and '.join(left_out)}." if left_out else ""
        fixed = {"lesson": lesson.name, "hide": chosen_of(list(lesson.shown)).write(away)}
        link_button(extra | fixed, note, "Copy link for your class", bar=False)
