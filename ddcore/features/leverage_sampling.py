"""Landmarks drawn by their ridge leverage in the RBF kernel, without the kernel matrix.

Musco & Musco, "Recursive sampling for the Nystroem method", NeurIPS 2017. The ridge leverage of a point is
tau_i = [K (K + lambda I)^{-1}]_ii. Seen through a sample S of points with weights W (diagonal) it is

    tau_i ~ (k_ii - k_iS W (W K_SS W + lambda I)^{-1} W k_Si) / lambda,

exact where S is every point with weight 1, and never too small where S is some of the points with weights <= 1. The
points are halved, in random order, until s are left. Going back up, every half is sampled by the leverages that the
sample of its own half gives it: a point is kept with probability p_i = min(1, tau_i ln s) and gets weight 1/sqrt(p_i).
At the top exactly s points are drawn without replacement in proportion to p_i. At every level
lambda = (trace - sum of the k largest eigenvalues)/k of W K_SS W, with k = ceil(s / (4 ln s)).

Ours: lambda >= 1e-6 (an exactly low-rank kernel would give 0), ln s >= 1, and an empty sample gets one point.
O(n s^2) time; O(n + s^2) memory beside one block of rows.
"""

import math

import numpy as np
import scipy.linalg

from ddcore.errors import BadInput
from ddcore.features.rbf_kernel import rbf, row_chunks
from ddcore.progress import Progress, silent

_SMALLEST_RIDGE = 1e-6  # of a kernel whose diagonal is 1


def recursive_leverage_sample(
    points: np.ndarray, s: int, bandwidth: float, rng: np.random.Generator, progress: Progress = silent
) -> np.ndarray:
    """Indices (min(s, n),) int64, rising and distinct, of landmarks among `points` (n, d). BadInput if s < 1."""
    if s < 1:
        raise BadInput(f"{s} landmarks are not enough; choose a whole number of at least 1.")
    sizes = [len(points)]
    while sizes[-1] > s:
        sizes.append(math.ceil(sizes[-1] / 2))
    order = rng.permutation(len(points))
    sample, weights = order[: sizes[-1]], np.ones(sizes[-1])
    for size in sizes[-2::-1]:
        members = order[:size]
        kept = keep_probabilities(points, members, sample, weights, s, bandwidth, progress)
        if size == len(points):
            sample = members[_first(kept, s, rng)]
        else:
            taken = np.flatnonzero(rng.random(size) < kept)
            taken = taken if len(taken) else _first(kept, 1, rng)
            sample, weights = members[taken], kept[taken] ** -0.5
    return np.sort(sample)


def keep_probabilities(
    points: np.ndarray,
    members: np.ndarray,
    sample: np.ndarray,
    weights: np.ndarray,
    s: int,
    bandwidth: float,
    progress: Progress = silent,
) -> np.ndarray:
    """min(1, ln s tau_i) (len(members),) > 0 for rows `members` of `points`, seen through rows `sample`."""
    oversampling = max(1.0, math.log(s))
    kernel = rbf(points[sample], points[sample], bandwidth)
    ridge = tail_ridge(kernel * np.outer(weights, weights), math.ceil(s / (4 * oversampling)))
    estimates = estimated_leverages(points, members, sample, weights, ridge, bandwidth, progress)
    return np.clip(oversampling * estimates, np.finfo(np.float32).tiny, 1)


def tail_ridge(kernel: np.ndarray, leading: int) -> float:
    """What the `leading` largest eigenvalues leave of the trace of `kernel` (m, m), divided by `leading`."""
    size = len(kernel)
    if leading >= size:
        return _SMALLEST_RIDGE
    rest = scipy.linalg.eigvalsh(kernel, subset_by_index=[0, size - leading - 1])
    return max(_SMALLEST_RIDGE, float(rest.sum()) / leading)


def estimated_leverages(
    points: np.ndarray,
    members: np.ndarray,
    sample: np.ndarray,
    weights: np.ndarray,
    ridge: float,
    bandwidth: float,
    progress: Progress = silent,
) -> np.ndarray:
    """tau_i (len(members),) >= 0 of the formula above for lambda `ridge`, with `weights` (len(sample),) > 0."""
    landmarks = points[sample]
    system = rbf(landmarks, landmarks, bandwidth) * np.outer(weights, weights)
    system[np.diag_indices_from(system)] += ridge
    root = scipy.linalg.cholesky(system, lower=True)
    out = np.empty(len(members))
    for rows in row_chunks(len(members), max(landmarks.shape)):
        seen = rbf(points[members[rows]], landmarks, bandwidth) * weights
        whitened = scipy.linalg.solve_triangular(root, seen.T, lower=True)
        out[rows] = 1 - np.einsum("ij,ij->j", whitened, whitened)
        progress(rows.stop, len(members), "choosing landmarks by their leverage")
    return out.clip(0) / ridge


def _first(rates: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` indices drawn one after another in proportion to `rates` (n,) > 0, without replacement.

    The first to arrive of independent exponential times with these rates (Efraimidis & Spirakis 2006).
    """
    return np.argpartition(rng.exponential(size=len(rates)) / rates, count - 1)[:count]
