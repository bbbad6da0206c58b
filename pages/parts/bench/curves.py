"""Error against coreset size: the picture of the Bench page and its caption."""

import streamlit as st

from ddcore.bench.figures import error_curves, shows_one
from ddcore.bench.results import BenchResult
from ddcore.bench.settings import SCHEMES
from pages.parts.address import follow, held
from pages.parts.bench.settings import features_in_words
from pages.parts.figure import show_figure
from pages.parts.spelling import chosen_of


def show_curves(result: BenchResult, *, dark: bool) -> None:
    """Draw the chosen lines (all of them at first) and the caption."""
    follow(held("lines", "bench_lines", chosen_of(SCHEMES), list(SCHEMES)))
    st.session_state.setdefault("bench_lines", list(SCHEMES))
    chosen = st.pills("Lines", SCHEMES, selection_mode="multi", key="bench_lines", persist_state="session", wrap=True)
    errors = {name: result.of(name) for name in SCHEMES if name in chosen} or {SCHEMES[0]: result.of(SCHEMES[0])}
    figure = error_curves(result.sizes, errors, exact=result.exact, dark=dark)
    show_figure(figure, key="bench_curves")
    one = shows_one(errors)
    st.caption(caption(result), help=details(result, one=one))


def caption(result: BenchResult) -> str:
    """Which images, and what a line and a band are."""
    about, settings = result.about, result.settings
    count, total, draws = about["count"], about["total"], settings.draws
    images = f"all {total:,}" if count == total else f"{count:,} of {total:,} (drawn once, seed {settings.seed})"
    spread = f"median of {draws} draws, band: their 10 % to 90 % quantiles" if draws > 1 else "one draw, so no band"
    return f"{about['dataset']}, {images} training images; log axes; line: {spread}."


def details(result: BenchResult, *, one: bool) -> str:
    """Which cost, and how to read an error and the other lines; `one`: an error of 1 is in the picture."""
    guarantee = "Above ε = 1 (dashed) there is no lower guarantee: the coreset may see no cost at all."
    if not result.exact:
        guarantee = "At 1 (dashed) an error is as large as the cost itself." if one else ""
    elif not one:
        guarantee = "All errors are far below 1, the limit above which there is no lower guarantee."
    return (
        f"{_cost(result)} {guarantee} *Representative* is one set per size, chosen rather than drawn. Dotted: the "
        "theoretical rate 1/√m, through the first point of the first line."
    ).replace("  ", " ")


def _cost(result: BenchResult) -> str:
    settings = result.settings
    if not result.exact:
        return (
            f"Cost: squared pixel distances to the nearest of k = {settings.k} centres. Error: the worst relative "
            "error that a search over sets of centres found; the true worst may be larger, so this is no guarantee."
        )
    return (
        f"Cost: ridge regression of the labels on {features_in_words(settings, result.about['count'])}, "
        f"λ = {settings.ridge:g}. The error ε is exact: for every regression, the "
        "coreset's cost is within 1 ± ε times the full cost, and for one of them it is off by exactly that much."
    )
