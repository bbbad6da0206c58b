"""Inputs of a bench study: the cost beside the dataset, everything else in a popover."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ddcore.bench.settings import COSTS, BenchSettings, exact_kernel, has_effect, usual_sizes
from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.features import FEATURES, OF_RBF
from ddcore.parameters import schema
from pages.parts.address import follow, held
from pages.parts.parameter_form import as_typed, field_input
from pages.parts.spelling import of_field, one_of


def choose_cost(place: DeltaGenerator) -> str:
    """The cost, kept for the session."""
    follow(held("cost", "bench_cost", one_of(list(COSTS)), next(iter(COSTS))))
    return place.selectbox(
        "Cost to preserve", COSTS, format_func=COSTS.get, key="bench_cost", persist_state="session",
        help="Ridge regression: the squared error of every linear predictor of the labels; its largest error is known "
        "exactly. k-means: the cost of every set of k centres; a search looks for its largest error, and the worst "
        "one found is shown.",
    )  # fmt: skip


def choose_settings(dataset: Dataset, cost: str, place: DeltaGenerator) -> BenchSettings | None:
    """The study of `cost` that the inputs describe; None, with the reason on the page, if they contradict each other.

    Sizes start at values that suit the dataset, and are kept per dataset.
    """
    smallest, largest = usual_sizes(len(dataset.train))
    first = {"smallest": smallest, "largest": largest}
    chosen = {"cost": cost}
    with place.popover("Settings", help="Features, sizes, draws", key="bench_settings", width="stretch"):
        for field in schema(BenchSettings):
            name = field["name"]
            if name == "cost" or not has_effect(field, chosen):
                continue
            if name == "num_features" and exact_kernel(chosen["features"], len(dataset.train)):
                continue
            own = dataset.hash if name in first else ""
            field = field | {"default": first.get(name, field["default"])}  # noqa: PLW2901
            follow(held(name, f"bench_{name}{own}", of_field(field), as_typed(field, field["default"])))
            chosen[name] = field_input(field, f"bench_{name}{own}")
    try:
        return BenchSettings(**chosen)
    except BadInput as error:
        st.error(str(error))
        return None


def features_in_words(settings: BenchSettings, count: int) -> str:
    """The features of `count` images: "random Fourier features (200, bandwidth the median distance)"."""
    details = []
    if exact_kernel(settings.features, count):
        details = ["exact"]
    elif settings.features == "kernel":
        details = [f"at {settings.num_features:,} landmarks drawn by ridge leverage"]
    elif settings.features != "pixels":
        details = [f"{settings.num_features:,} requested"]
    if settings.features in OF_RBF:
        details.append(f"bandwidth {f'{settings.bandwidth:g}' if settings.bandwidth else 'the median distance'}")
    return FEATURES[settings.features][1] + (f" ({', '.join(details)})" if details else "")
