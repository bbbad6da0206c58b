"""The server: the pages and the images they show. Start it with `streamlit run app.py`."""

import streamlit as st

from pages.parts.routes import ROUTES

app = st.App("pages/frame.py", routes=ROUTES)
