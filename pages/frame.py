"""The main script: navigation, and what surrounds every page."""

import streamlit as st

from ddcore.errors import BadInput
from pages.parts import address
from pages.parts.copy_link import copy_link
from pages.parts.page_style import page_style
from pages.parts.running_chip import running_chip
from pages.parts.words import plain

st.set_page_config(page_title="Dataset Distillation Explorer", page_icon="🧪", layout="wide")
page = st.navigation(
    [
        st.Page("start.py", title="Start", default=True),
        st.Page("explore.py", title="Explore", url_path="explore"),
        st.Page("bench.py", title="Bench", url_path="bench"),
        st.Page("distill.py", title="Distill", url_path="distill"),
        st.Page("watch.py", title="Watch", url_path="watch"),
        st.Page("study.py", title="Study", url_path="study"),
        st.Page("learn.py", title="Learn", url_path="learn"),
        st.Page("library.py", title="Library", url_path="library"),
    ],
    position="top",
)
page_style()
address.begin(page.url_path)
top = st.container()
try:
    running_chip(page.url_path)
    page.run()
    address.write()
    with top:
        address.show_notes()
    copy_link()
except BadInput as error:  # what no page can do without, such as a folder of runs that may not be read
    st.error(plain(str(error)))
finally:
    address.finish()
