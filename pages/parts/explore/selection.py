"""The selection shared by all pages: `st.session_state["selection"]`, a set of training images and one primary image.

It is a dict {"dataset": content hash, "ids": list, "primary": id or None, "source": lasso | filter | importance}.
"""

import io
from typing import Any

import numpy as np
import streamlit as st

from ddcore.data.dataset import Dataset
from pages.parts.explore.scored import Scored

KEY = "selection"
FEWEST = 60  # images shown at least if the user chose none


def chosen_ids(lasso: np.ndarray | None, inside: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, str]:
    """(ids, most important first; their source) of the selected images.

    lasso: ids lassoed on the map, or None; inside (N,) bool: images that pass the filters; order (N,): ids, most
    important first. Without lasso and filter they are the most important tenth (60 at least).
    """
    if lasso is None and inside.all():
        return order[: max(FEWEST, len(order) // 10)], "importance"
    shown = inside
    if lasso is not None:
        shown = np.zeros(len(order), bool)
        shown[lasso] = inside[lasso]
    return order[shown[order]], "filter" if lasso is None else "lasso"


def within(scores: np.ndarray, low: float, high: float) -> np.ndarray:
    """(N,) bool: images with scores between the quantiles `low` and `high` (fractions), both included."""
    bottom, top = np.quantile(scores, [low, high], method="nearest")
    return (scores >= bottom) & (scores <= top)


def current(dataset_hash: str) -> dict[str, Any]:
    """The selection in this dataset; a new one if there is none or it belongs to another dataset."""
    selection = st.session_state.get(KEY)
    if selection is None or selection["dataset"] != dataset_hash:
        selection = {"dataset": dataset_hash, "ids": [], "primary": None, "source": "importance"}
        st.session_state[KEY] = selection
    return selection


def keep(dataset_hash: str, ids: np.ndarray, source: str) -> bool:
    """Store the selection; it is empty if the user chose nothing (source "importance").

    A new selection without the primary image clears that; returns whether this happened.
    """
    selection, chosen = current(dataset_hash), [] if source == "importance" else ids.tolist()
    primary = selection["primary"]
    left_out = chosen and chosen != selection["ids"] and primary is not None and primary not in chosen
    selection.update(ids=chosen, source=source)
    if left_out:
        selection["primary"] = None
    return bool(left_out)


def make_primary(dataset_hash: str, id: int | None) -> None:
    current(dataset_hash)["primary"] = id


def as_csv(dataset: Dataset, scored: Scored, ids: np.ndarray) -> bytes:
    """id, label, class, score and rank of each image; ids are rows of the training set."""
    classes = ['"{}"'.format(dataset.classes[k].replace('"', '""')) for k in dataset.train.labels[ids]]
    columns = (ids, dataset.train.labels[ids], classes, scored.scores[ids], scored.ranks[ids])
    rows = [f"{i},{label},{name},{score:.9g},{rank}" for i, label, name, score, rank in zip(*columns, strict=True)]
    return ("\n".join(["id,label,class,score,rank", *rows]) + "\n").encode()


def as_npz(dataset: Dataset, scored: Scored, ids: np.ndarray) -> bytes:
    """The same with the images themselves: ids, images (n,H,W,C), labels, scores, ranks, and the dataset's hash."""
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer, ids=ids, images=dataset.train.images[ids], labels=dataset.train.labels[ids],
        scores=scored.scores[ids], ranks=scored.ranks[ids], dataset_hash=np.array(dataset.hash),
    )  # fmt: skip
    return buffer.getvalue()
