"""Learn: lessons of two minutes, each a question, a picture, a number and a check, all of it in the browser."""

import streamlit as st

from pages.parts import address
from pages.parts.learn.addressed import choose_lesson, follow_lesson
from pages.parts.learn.class_link import class_link
from pages.parts.learn.showing import show_lesson

st.title("Lessons of two minutes", anchor=False)
lesson = choose_lesson()
state, hidden = follow_lesson(lesson)
show_lesson(lesson, state, hidden)
class_link(lesson, hidden)
address.settle()
