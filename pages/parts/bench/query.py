"""A coreset's worst query: k-means centres, or the images that carry a regression's cost."""

import numpy as np
import streamlit as st

from ddcore.bench.results import BenchResult
from ddcore.bench.settings import DETERMINISTIC, SCHEMES
from pages.parts.address import follow, held
from pages.parts.browser.image_sheet import image_sheet
from pages.parts.spelling import one_of

_TILE = 112  # CSS pixels


def show_query(result: BenchResult) -> None:
    """Show the worst draw of a chosen scheme and size as images."""
    st.markdown("##### The worst query" if result.exact else "##### The worst query found")
    # A key for each list of sizes: under one key the browser goes on showing the size of the study before.
    size_key = f"bench_query_size_{'-'.join(map(str, result.sizes))}"
    places = {str(m): place for place, m in enumerate(result.sizes)}
    follow(held("scheme", "bench_query_scheme", one_of(SCHEMES), SCHEMES[0]), held("m", size_key, one_of(places), 0))
    with st.container(horizontal=True):
        scheme = st.selectbox("Coreset drawn by", SCHEMES, key="bench_query_scheme", width=220, persist_state="session")
        place = st.selectbox(
            "of size m", range(len(result.sizes)), format_func=lambda place: f"{result.sizes[place]:,}",
            key=size_key, width=160, persist_state="session",
        )  # fmt: skip
    row = SCHEMES.index(scheme)
    numbers = result.numbers[row, place]
    shown = np.flatnonzero(~np.isnan(numbers[:, 0]))
    if not len(shown):
        st.info("Nothing to show: this coreset was exact on every query tried.")
        return
    pixels, labels = result.pictures[row, place, shown], result.labels[row, place, shown]
    captions = [
        tile_caption(numbers[i], label, result.about["classes"]) for i, label in zip(shown, labels, strict=True)
    ]
    image_sheet(pixels, shown, captions, key="bench_query", scale=max(2, _TILE // pixels.shape[2]))
    st.caption(_about(result, scheme, place, len(shown)), help=_below(result))


def tile_caption(shares: np.ndarray, label: int, classes: list[str]) -> str:
    """ "2.1 → 0 %": share of the full cost, and the coreset's estimate of it; "boot", the class, below."""
    full, estimate = (f"{100 * share:.2g}" if share < 0.1 else f"{100 * share:.0f}" for share in shares)
    return f"{full} → {estimate} %" + (f"\n{classes[label]}" if label >= 0 else "")


def _about(result: BenchResult, scheme: str, place: int, count: int) -> str:
    """Which coreset, which query, and what the pictures are."""
    errors, m, draws = result.of(scheme)[place], f"{result.sizes[place]:,}", result.settings.draws
    one = draws == 1 or scheme in DETERMINISTIC
    drawn = f"The coreset of {m} images by {scheme}" if one else f"The worst of {draws} draws of {m} images by {scheme}"
    if result.exact:
        return (
            f"{drawn}, ε = {errors.max():.3g}: the {count} images that carry most of the full cost of the regression "
            "where this coreset is farthest off; below each, its share of the full cost → the coreset's estimate."
        )
    return (
        f"{drawn}, worst error found {errors.max():.3g}: the {count} of k = {result.settings.k} centres whose clusters "
        "it misjudges most; below each, its cluster's share of the full cost → the coreset's estimate."
    )


def _below(result: BenchResult) -> str | None:
    """What more there is to know about the numbers below the pictures."""
    return "An image that was not drawn has the estimate 0. The second line is its class." if result.exact else None
