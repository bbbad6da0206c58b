"""Serves `harness_map.py` with the product's routes."""

import streamlit as st

from pages.parts.routes import ROUTES

app = st.App("harness_map.py", routes=ROUTES)
