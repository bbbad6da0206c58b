"""What counts of draws say: how even they are, and what a law makes one expect. N: training images."""

import numpy as np


def effective_size(counts: np.ndarray) -> float:
    """(sum n)^2 / sum n^2 of `counts` (N,): N where all are equal, 1 where one image has all draws; 0 without any."""
    counts = np.asarray(counts, np.float64)
    squares = float(counts @ counts)
    return float(counts.sum()) ** 2 / squares if squares else 0.0


def share_of_top(counts: np.ndarray, scores: np.ndarray, top: float) -> float:
    """The share of all draws (N,) that fell on the `top` share of images by `scores` (N,).

    Equal scores at the border share what is left of it, so that it is `top` itself if all are equal and evenly drawn.
    """
    total, wanted = float(np.sum(counts)), top * len(scores)
    border = np.partition(scores, -max(1, int(np.ceil(wanted))))[-max(1, int(np.ceil(wanted)))]
    above, level = scores > border, scores == border
    part = (wanted - above.sum()) / level.sum()
    return float(counts[above].sum() + part * counts[level].sum()) / total if total else 0.0


def expected_counts(counts: np.ndarray, law: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
    """(N,) what as many draws as `counts` (N,) has are expected to be under `law` (N,), which sums to 1.

    With `labels` (N,) the law sums to 1 within each class, and so many draws of each class are taken as given.
    """
    if labels is None:
        return law * np.sum(counts)
    return law * np.bincount(labels, weights=counts)[labels]


def means_by_rank(ranks: np.ndarray, values: np.ndarray, bins: int) -> tuple[np.ndarray, np.ndarray]:
    """Middle rank and mean of `values` (N,) of each of `bins` equal parts of the images in order of `ranks` (N,)."""
    order = np.argsort(ranks, kind="stable")
    parts = np.array_split(order, min(bins, len(order)))
    return (
        np.array([np.mean(ranks[part]) for part in parts]),
        np.array([np.mean(values[part], dtype=np.float64) for part in parts]),
    )
