"""Study: a question asked of many runs that are paired by seed, and how sure the answer is."""

import streamlit as st

from pages.parts import address
from pages.parts.study.measured import Table, show_table
from pages.parts.study.new_study import new_study
from pages.parts.study.opened import show_study
from pages.parts.study.study_choice import choose_study, making

st.title("Does it help, and how sure is that?", anchor=False)
st.markdown("A study is a grid of runs that differ in a few choices, each repeated with the same seeds.")
study = choose_study()
if making():
    new_study()
elif isinstance(study, Table):
    show_table(study)
elif study is not None:
    show_study(study)
else:
    address.settle()
