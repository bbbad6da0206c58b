"""What a study takes, told before it starts: from finished runs like its own, and from estimates made on request."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from ddcore.commands.schema_cache import Schema
from ddcore.errors import BadInput
from ddcore.experiments.settings import COMMON
from ddcore.studies.cost import known_cost
from ddcore.studies.grid import Cell, Grid
from ddcore.studies.study import Study
from pages.parts.estimates import filled_in, measure, why_unknown
from pages.parts.schema import method_fields
from pages.parts.words import plain


def show_cost(schema: Schema, grid: Grid, refused: Mapping[str, str], study: Study | None = None) -> None:
    """Say what the missing runs take, and offer to measure what is not known.

    `refused`: key of a cell -> why it cannot be run, which the page says elsewhere.
    """

    def completed(cell: Cell) -> dict[str, Any]:
        if cell.key in refused:
            raise BadInput(refused[cell.key])
        return run_settings(schema, cell.resolved())

    cost = known_cost(grid, study, completed)
    first, *rest = cost.sentences()
    told = [sentence for sentence in rest if not any(reason in sentence for reason in cost.refused)]
    st.markdown(f"**{plain(first)}**{' ' if told else ''}{plain(' '.join(told))}")
    if timed := list(cost.unlike):
        with st.container(horizontal=True, vertical_alignment="center"):
            measure(
                schema, timed, key="time-study", label="Measure how long", what="runs",
                help=f"Times a few steps and epochs of {len(timed):,} of these runs on this machine. The others "
                "differ in their seed, start or importance only and take about as long.",
            )  # fmt: skip
            if why := why_unknown(timed):
                st.caption(why, width="stretch")


def run_settings(schema: Schema, resolved: dict[str, Any]) -> dict[str, Any]:
    """The settings of a cell's run, as `Grid.complete` makes them with the methods at hand."""
    own = {field["name"] for field in method_fields(resolved, schema)}
    settings = filled_in(schema, resolved)
    return {name: value for name, value in settings.items() if name in COMMON or name in own}
