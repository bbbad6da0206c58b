"""How far two scores agree, and how well one finds what was planted in a dataset. NumPy only.

Equal scores are never put in an order: they share their ranks, and what a random order of them would give on average is
what counts. Letters: N images, T distinct scores.
"""

import numpy as np

from ddcore.errors import BadInput


def ranks(scores: np.ndarray) -> np.ndarray:
    """(N,) float64 ranks of `scores` (N,): 1 = the highest; equal scores share the mean of their ranks."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    below = np.cumsum(counts) - counts
    return len(scores) - below[inverse] - (counts[inverse] - 1) / 2


def spearman(a: np.ndarray, b: np.ndarray) -> float:
    """Spearman's rank correlation of two scores (N,) each: the correlation of their ranks, -1 to 1.

    NaN if either is the same for all images: nothing is ranked then.
    """
    _check_pair(a, b)
    x, y = (ranks(scores) - (len(scores) + 1) / 2 for scores in (a, b))
    scale = np.sqrt((x @ x) * (y @ y))
    return float(np.clip(x @ y / scale, -1, 1)) if scale > 0 else float("nan")


def spearman_matrix(scores: np.ndarray) -> np.ndarray:
    """(S,S) `spearman` of every two of `scores` (S,N), each ranked once; NaN beside one that ranks nothing."""
    centred = np.array([ranks(row) for row in scores]) - (np.shape(scores)[1] + 1) / 2
    lengths = np.linalg.norm(centred, axis=1)
    lengths[lengths == 0] = np.nan
    return np.clip(centred @ centred.T / lengths / lengths[:, None], -1, 1)


def top_overlap(a: np.ndarray, b: np.ndarray, share: float) -> tuple[float, float]:
    """How much of the top `share` (0 to 1, at least one image) of two scores (N,) is common to both, and what two
    random orders would have in common: both from 0 to 1.

    Images equal in score at the edge of the top count by the chance that they are in it.
    """
    _check_pair(a, b)
    if not 0 < share <= 1:
        raise BadInput(f"share={share} is not allowed; choose a number above 0 and up to 1.")
    count = max(1, round(share * len(a)))
    overlap = _in_top(a, count) @ _in_top(b, count) / count
    return float(overlap), count / len(a)


def _in_top(scores: np.ndarray, count: int) -> np.ndarray:
    """(N,) chances to be among the `count` highest, equal scores in random order."""
    edge = np.partition(scores, len(scores) - count)[len(scores) - count]
    above, at_edge = scores > edge, scores == edge
    return above + at_edge * (count - above.sum()) / at_edge.sum()


def precision_recall(scores: np.ndarray, planted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The curve of finding `planted` (N,) bool by taking images from the highest of `scores` (N,) down.

    Recall (T,), rising to 1, and precision (T,), one point for each distinct score: equal scores are taken together.
    """
    _check_pair(scores, planted)
    planted = np.asarray(planted, bool)
    if not planted.any():
        raise BadInput("None of the images is marked as planted; precision and recall need at least one.")
    order = np.argsort(-np.asarray(scores, np.float64), kind="stable")
    ends = np.append(np.flatnonzero(np.diff(np.asarray(scores)[order])), len(order) - 1)
    found = np.cumsum(planted[order])[ends]
    return found / found[-1], found / (ends + 1)


def average_precision(scores: np.ndarray, planted: np.ndarray) -> float:
    """sum_t (recall_t - recall_{t-1}) precision_t of `precision_recall`: 1 if all planted images come first, about
    their share of all images for scores that know nothing."""
    recall, precision = precision_recall(scores, planted)
    return float(np.diff(recall, prepend=0) @ precision)


def _check_pair(a: np.ndarray, b: np.ndarray) -> None:
    if np.ndim(a) != 1 or np.shape(a) != np.shape(b) or len(a) == 0:
        raise BadInput(
            f"Values of shapes {np.shape(a)} and {np.shape(b)} cannot be compared; give one number per image in both."
        )
