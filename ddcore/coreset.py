"""Weighted subsets: m points whose weighted cost stands for the cost of all n.

Feldman & Langberg, "A unified framework for approximating and clustering data", 2011: draw m points i.i.d. with
replacement with p_i = s_i / S, weigh each by 1 / (m p_i). The weighted cost is unbiased for every query; where the s_i
bound the sensitivities, m = O(S / eps^2 (d log S + log 1/delta)) points are within (1 +- eps) for all queries at once.
"""

import numpy as np

from ddcore.clustering import nearest_centers
from ddcore.errors import BadInput
from ddcore.sampling import probabilities


def sensitivity_coreset(scores: np.ndarray, m: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Indices (m,) int64 drawn i.i.d. with replacement in proportion to `scores` (n,) >= 0, and weights (m,) 1 / (m p).

    `scores` may be sensitivities or already a sampling law; all zero means uniform.
    """
    if m < 1:
        raise BadInput(f"A coreset of {m} points is not possible; choose at least 1.")
    law = probabilities(scores, uniform=0)
    indices = rng.choice(len(law), size=m, p=law / law.sum())
    return indices, 1 / (m * law[indices])


def kmeans_cost(points: np.ndarray, centers: np.ndarray, weights: np.ndarray | None = None) -> float:
    """sum_i w_i min_c |x_i - c|^2 of `centers` (k, D) over `points` (n, D); weights (n,) are 1 where not given."""
    distances = nearest_centers(points, centers)[1]
    return float(distances.sum() if weights is None else weights @ distances)
