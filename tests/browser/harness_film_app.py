"""Serves `harness_film.py` with the product's routes."""

import streamlit as st

from pages.parts.routes import ROUTES

app = st.App("harness_film.py", routes=ROUTES)
