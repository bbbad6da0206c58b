"""What a study costs, told before it starts."""

from collections.abc import Mapping

import streamlit as st

from ddcore.studies.grid import Grid
from ddcore.studies.study import Study


def show_cost(grid: Grid, study: Study | None = None, refused: Mapping[str, str] = {}) -> None:
    st.markdown(f"**{grid.size - len(refused):,} runs**")
