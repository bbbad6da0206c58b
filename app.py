"""The server: the pages and the images they show, behind a door. Start it with `streamlit run app.py`."""

from importlib import import_module

import streamlit as st

from pages.parts.access import announce, failed, protection, take_token
from pages.parts.routes import ROUTES

for module in ("numpy", "ddcore.runs.archive", "ddcore.runs.launch", "ddcore.experiments.settings"):
    import_module(module)  # imported now, so that the first visitor does not wait

token = take_token()
app = st.App(
    "pages/frame.py",
    routes=ROUTES,
    middleware=protection(token),
    lifespan=announce(token),
    exception_handlers={Exception: failed},
)
