"""Bench: whether importance sampling beats uniform, by how much, and when not."""

import streamlit as st

from pages.parts import address
from pages.parts.bench.curves import show_curves
from pages.parts.bench.query import show_query
from pages.parts.bench.result import recorded, result_of
from pages.parts.bench.settings import choose_cost, choose_settings
from pages.parts.bench.verdict import show_comparisons, show_verdict
from pages.parts.dataset_choice import choose_dataset
from pages.parts.selection import link_to_explore

st.title("Does importance sampling beat uniform?", anchor=False)
st.markdown(
    "A coreset is a small weighted set of images that stands for all of them. "
    "Sampling schemes are compared by their worst-case cost error."
)
bar = st.columns([4, 4, 2], vertical_alignment="bottom")
cost = choose_cost(bar[1])
dataset = choose_dataset(bar[0])
result = None
if dataset is not None:
    link_to_explore(dataset.hash, help="A study draws from all training images, selected or not.")
    settings = choose_settings(dataset, cost, bar[2])
    result = result_of(dataset, settings) if settings else None
if result is None:
    result = recorded(cost)
    st.subheader(f"Meanwhile, a recorded study of {result.about['dataset']}", anchor=False)
dark = st.context.theme.type == "dark"
show_verdict(result)
left, right = st.columns([11, 9], gap="large")
with left:
    show_curves(result, dark=dark)
with right:
    show_comparisons(result, dark=dark)
show_query(result)
if dataset is not None:
    address.settle()
