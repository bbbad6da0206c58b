"""The server: the pages and the images they show. Start it with `streamlit run app.py`."""

from importlib import import_module

import streamlit as st

from pages.parts.routes import ROUTES

for module in ("numpy", "ddcore.runs.archive", "ddcore.runs.launch", "ddcore.experiments.settings"):
    import_module(module)  # imported now, so that the first visitor does not wait

app = st.App("pages/frame.py", routes=ROUTES)
