"""Library: the runs and datasets on this computer, and how to take them away."""

import streamlit as st

from pages.parts.library.dataset_table import show_datasets
from pages.parts.library.dialogs import open_dialogs
from pages.parts.library.kept_things import show_kept
from pages.parts.library.own_data import add_own_data, add_run
from pages.parts.library.run_table import show_runs

st.title("What do I have, and how do I take it with me?", anchor=False)
st.markdown("Every run is a folder on this computer and leaves it as one zip; every dataset is prepared once.")
open_dialogs()

st.header("Runs", anchor=False)
show_runs()
with st.expander("Add a run from a zip"):
    add_run()

st.header("Datasets", anchor=False)
show_datasets()
with st.expander("Add your own data"):
    add_own_data()

st.header("Kept results", anchor=False)
show_kept()
