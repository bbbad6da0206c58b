"""Error against coreset size: the picture of the Bench page, and what exactly it shows."""

import streamlit as st

from ddcore.bench.figures import error_curves, shows_one
from ddcore.bench.results import BenchResult
from ddcore.bench.settings import SCHEMES
from pages.parts.bench.settings import features_in_words


def show_curves(result: BenchResult, *, dark: bool) -> None:
    """The lines the reader wants, all of them at first, and the caption."""
    chosen = st.pills("Lines", SCHEMES, selection_mode="multi", default=SCHEMES, key="bench_lines")
    errors = {name: result.of(name) for name in SCHEMES if name in chosen} or {SCHEMES[0]: result.of(SCHEMES[0])}
    figure = error_curves(result.sizes, errors, exact=result.exact, dark=dark)
    st.plotly_chart(figure, theme=None, key="bench_curves", config={"displayModeBar": False})
    st.caption(caption(result, one=shows_one(errors)))


def caption(result: BenchResult, *, one: bool) -> str:
    """Which images, which cost, what a line and a band are, and how an error is to be read."""
    about, settings = result.about, result.settings
    count, total, draws = about["count"], about["total"], settings.draws
    images = f"all {total:,}" if count == total else f"{count:,} of {total:,} (drawn once, seed {settings.seed})"
    spread = f"median of {draws} draws, band: their 10 % to 90 % quantiles" if draws > 1 else "one draw, so no band"
    guarantee = "Above ε = 1 (dashed) nothing is guaranteed from below: the coreset may see no cost at all."
    if not result.exact:
        guarantee = "At 1 (dashed) an error is as large as the cost itself." if one else ""
    elif not one:
        guarantee = "All errors are far below 1, above which nothing would be guaranteed from below."
    return (
        f"{about['dataset']}, {images} training images. Both axes are logarithmic. Line: {spread}; *representative* is "
        f"one set a size, chosen and not drawn. Dotted: the rate 1/√m of the theory, from the first line's first "
        f"point. {_cost(result)} {guarantee}"
    ).rstrip()


def _cost(result: BenchResult) -> str:
    settings = result.settings
    if not result.exact:
        return (
            f"Cost: squared distances to the nearest of k = {settings.k} centres, in pixels. Error: the worst relative "
            "error found by a search among sets of centres; the true worst is at least that, so it is no guarantee."
        )
    return (
        f"Cost: ridge regression of the labels on {features_in_words(settings, result.about['count'])}, "
        f"λ = {settings.ridge:g}. Error ε is exact: at every regression at once "
        "the coreset's cost is within 1 ± ε times the full cost, and at one of them it is off by that much."
    )
