"""Adding a run from a zip."""

import streamlit as st

from ddcore.errors import BadInput
from ddcore.runs.archive import import_run

_UPLOADS = "library_uploads"  # counts finished uploads: a new key empties the uploader


def add_run() -> None:
    """Add a run from a zip that was downloaded from a Library."""
    count = st.session_state.get(_UPLOADS, 0)
    file = st.file_uploader("Zip of a run", type=["zip"], key=f"library-run-{count}")
    if st.button("Add this run", key="add-run", disabled=file is None):
        try:
            run, known = import_run(file)
        except BadInput as error:
            st.error(str(error))
            return
        if known:
            st.info(f"This run is already here as {run.id}; nothing was added.")
            st.page_link("watch.py", label="Watch →", query_params={"run": run.id})
            return
        st.session_state[_UPLOADS] = count + 1
        st.toast(f"Added as {run.id}.")
        st.rerun()
