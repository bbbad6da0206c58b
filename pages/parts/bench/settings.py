"""What a bench study depends on, as inputs: the cost family beside the dataset, everything else behind a button."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ddcore.bench.settings import COSTS, BenchSettings, exact_kernel, has_effect, usual_sizes
from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.features import FEATURES, OF_RBF
from ddcore.parameters import schema
from pages.parts.parameter_form import field_input


def choose_cost(place: DeltaGenerator) -> str:
    """The cost family, kept while the session lasts."""
    return place.selectbox(
        "Cost that has to be kept", COSTS, format_func=COSTS.get, key="bench_cost", persist_state="session",
        help="Ridge regression: the squared error of every linear predictor of the labels at once, for which the "
        "largest error is known exactly. k-means: the cost of every set of k centres; its largest error is searched "
        "for, and the worst one found is shown.",
    )  # fmt: skip


def choose_settings(dataset: Dataset, cost: str, place: DeltaGenerator) -> BenchSettings | None:
    """The study of `cost` as the inputs stand; None, with the reason on the page, where they do not fit together.

    Sizes begin at what suits the dataset, and are kept for each dataset apart.
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
            chosen[name] = field_input(field | {"default": first.get(name, field["default"])}, f"bench_{name}{own}")
    try:
        return BenchSettings(**chosen)
    except BadInput as error:
        st.error(str(error))
        return None


def features_in_words(settings: BenchSettings, count: int) -> str:
    """What the regression sees of `count` images: "random Fourier features (200, bandwidth the median distance)"."""
    told = []
    if exact_kernel(settings.features, count):
        told = ["exact"]
    elif settings.features == "kernel":
        told = [f"at {settings.num_features:,} landmarks drawn by ridge leverage"]
    elif settings.features != "pixels":
        told = [f"{settings.num_features:,} asked for"]
    if settings.features in OF_RBF:
        told.append(f"bandwidth {f'{settings.bandwidth:g}' if settings.bandwidth else 'the median distance'}")
    return FEATURES[settings.features][1] + (f" ({', '.join(told)})" if told else "")
