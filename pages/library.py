"""Library: the runs and datasets on this computer, to download, add and delete."""

import streamlit as st

from pages.parts import address
from pages.parts.library.add_run import add_run, show_imports
from pages.parts.library.addressed import follow_library, is_open
from pages.parts.library.dataset_table import show_datasets
from pages.parts.library.dialogs import open_dialogs
from pages.parts.library.kept_things import show_kept
from pages.parts.library.own_data import add_own_data
from pages.parts.library.run_table import show_runs
from pages.parts.library.slice_table import show_slices

st.title("Your runs and datasets", anchor=False)
st.markdown("Each run is a folder you can download as one zip. Datasets are prepared once.")
open_dialogs()
follow_library()

st.header("Runs", anchor=False)
show_runs()
with st.expander("Add a run from a zip", expanded=is_open("add-run")):
    add_run()
show_imports()

st.header("Datasets", anchor=False)
show_datasets()
with st.expander("Add your own data", expanded=is_open("add-data")):
    add_own_data()

st.header("Slices", anchor=False)
show_slices()

st.header("Kept results", anchor=False)
show_kept()
address.settle()
