"""What a person's choices and filters select on Explore, and the files made of it."""

import io

import numpy as np

from ddcore.data.dataset import Dataset
from pages.parts.explore.scored import Scored

FEWEST = 60  # images shown at least if the user chose none


def chosen_ids(chosen: np.ndarray | None, inside: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, str]:
    """(ids, most important first; their source) of the selected images.

    chosen: ids that the person chose, with the lasso for example, or None; inside (N,) bool: images that pass the
    filters; order (N,): ids, most important first. Without choice and filter they are the most important tenth (60
    at least).
    """
    if chosen is None and inside.all():
        return order[: max(FEWEST, len(order) // 10)], "importance"
    shown = inside
    if chosen is not None:
        shown = np.zeros(len(order), bool)
        shown[chosen] = inside[chosen]
    return order[shown[order]], "filter" if chosen is None else "lasso"


def within(scores: np.ndarray, low: float, high: float) -> np.ndarray:
    """(N,) bool: images with scores between the quantiles `low` and `high` (fractions), both included."""
    bottom, top = np.quantile(scores, [low, high], method="nearest")
    return (scores >= bottom) & (scores <= top)


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
