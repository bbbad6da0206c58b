"""A figure on a page."""

import plotly.graph_objects as go
import streamlit as st


def show_figure(figure: go.Figure, key: str) -> None:
    """Draw it in its own colours, without Plotly's buttons over it."""
    st.plotly_chart(figure, theme=None, key=key, config={"displayModeBar": False})
