"""A synthetic image as a mixture of real ones: non-negative least squares.

Minimises |x - sum_j w_j r_j|^2 over weights w_j >= 0 in normalised pixels, without an intercept and without asking that
the weights sum to one. At the minimum the gradient R^T (R w - x) is 0 where w_j > 0 and not negative elsewhere; the
active-set algorithm of Lawson & Hanson, "Solving Least Squares Problems", 1974, ch. 23, finds it.
"""

from dataclasses import dataclass

import numpy as np

from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.inspection.neighbours import alike, pixels_of

ALL = 2000  # up to so many real images, each may be part of the mixture, ...
MOST_VALUES = 2_000_000  # ... if they have no more values than these together
FAINT = 1e-6  # of the largest weight: below, a weight fits the rounding of float32 pixels
K = 200  # above, only the nearest 200 and the 200 with the largest inner product: D + 400 numbers decide in 0.1 s


@dataclass(frozen=True, eq=False)
class Mixture:
    """Real images `ids` (p,) with `weights` (p,) > 0, the heaviest first; `rest` (D,), what they leave of the image.

    `residual`: |x - sum w r|^2 / |x|^2, from 0 (all explained) to 1 (nothing). `candidates`: how many images could
    have been part of it: all, or if `near` is not 0 the `near` nearest and as many with the largest inner product.
    """

    ids: np.ndarray
    weights: np.ndarray
    rest: np.ndarray
    residual: float
    candidates: int
    near: int = 0

    @property
    def shares(self) -> np.ndarray:
        """(p,) the weights divided by their sum."""
        return self.weights / self.weights.sum()


def mixture(row: np.ndarray, dataset: Dataset) -> Mixture:
    """The mixture of training images that is nearest to the image `row` (D,).

    Of all training images if there are at most `ALL`, else of the `K` nearest and the `K` with the largest inner
    product (fewer of large images): one outside them could only have entered by being useful together with others.
    """
    ids, near = np.arange(len(dataset.train)), 0
    if len(ids) > ALL or len(ids) * row.size > MOST_VALUES:
        near = min(K, max(10, MOST_VALUES // 4 // row.size))
        found = alike(row, dataset, near)
        ids = np.union1d(found.ids, found.aligned)
    real = pixels_of(dataset, ids).astype(np.float64)
    weights = nonnegative_weights(real, row.astype(np.float64))
    weights[weights < FAINT * weights.max()] = 0
    rest = row - weights @ real
    order = np.argsort(-weights, kind="stable")[: int((weights > 0).sum())]
    whole = float(row.astype(np.float64) @ row)
    return Mixture(ids[order], weights[order], rest, float(rest @ rest) / whole if whole else 0.0, len(ids), near)


def nonnegative_weights(real: np.ndarray, row: np.ndarray) -> np.ndarray:
    """(n,) float64 >= 0: the weights of `real` (n, D) whose sum is nearest to `row` (D,)."""
    from scipy.optimize import nnls

    try:
        return nnls(real.T, row)[0]
    except RuntimeError as error:  # more rounds than three times the candidates, which none has been seen to take
        raise BadInput(f"The mixture of {len(real)} real images was not found: {error}.") from None
