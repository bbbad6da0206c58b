"""What a bench study depends on, as inputs: the cost family beside the dataset, everything else behind a button."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ddcore.bench.settings import COSTS, BenchSettings, usual_sizes
from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.parameters import schema
from pages.parts.parameter_form import field_input

COST_WORDS = {
    "ridge": "ridge regression on features (exact)",
    "kmeans": "k-means (worst query found)",
}
FEATURE_WORDS = {
    "pixels": "pixels",
    "pca": "principal components",
    "rff": "random Fourier features",
    "nystroem": "Nyström features",
    "kernel": "the Gaussian kernel itself",
    "ntk": "features of a neural tangent kernel",
    "nngp": "features of random networks",
    "network": "features of a small trained network",
}
_LABELS = {
    "features": "Features",
    "num_features": "Number of features",
    "ridge": "Ridge penalty λ",
    "k": "Centres k",
    "smallest": "Smallest coreset (m)",
    "largest": "Largest coreset (m)",
    "sizes": "Sizes between them, both included",
    "draws": "Draws a size",
    "seed": "Seed",
}


def choose_cost(place: DeltaGenerator) -> str:
    """The cost family, kept while the session lasts."""
    return place.selectbox(
        "Cost that has to be kept", COSTS, format_func=COST_WORDS.get, key="bench_cost", persist_state="session",
        help="Ridge regression: the squared error of every linear predictor of the labels at once, for which the "
        "largest error is known exactly. k-means: the cost of every set of k centres; its largest error is searched "
        "for, and the worst one found is shown.",
    )  # fmt: skip


def choose_settings(dataset: Dataset, cost: str, place: DeltaGenerator) -> BenchSettings | None:
    """The study of `cost` as the inputs stand; None, with the reason on the page, where they do not fit together.

    Sizes begin at what suits the dataset, and are kept for each dataset apart.
    """
    smallest, largest = usual_sizes(len(dataset.train))
    first = BenchSettings(cost=cost, smallest=smallest, largest=largest)
    fields = {field["name"]: field for field in schema(BenchSettings)}
    with place.popover("Settings", help="Features, sizes, draws", key="bench_settings", width="stretch"):
        chosen = {}
        for name, value in first.named().items():
            if name == "cost":
                continue
            own = dataset.hash if name in ("smallest", "largest") else ""
            chosen[name] = field_input(
                fields[name] | {"default": value}, f"bench_{name}{own}", label=_LABELS[name],
                format_func=lambda choice: FEATURE_WORDS.get(choice, choice),
            )  # fmt: skip
    try:
        return BenchSettings(cost=cost, **chosen)
    except BadInput as error:
        st.error(str(error))
        return None
