"""Weighted subsets: m points whose weighted cost stands for the cost of all n.

Feldman & Langberg, "A unified framework for approximating and clustering data", 2011: draw m points i.i.d. with
replacement with p_i = s_i / S, weigh each by 1 / (m p_i). The weighted cost is unbiased for every query whose cost lies
on points of p_i > 0; where the s_i bound the sensitivities, m = O(S / eps^2 (d log S + log 1/delta)) points are within
(1 +- eps) for all queries at once (this m: Braverman, Feldman & Lang, "New frameworks for offline and streaming coreset
constructions", 2016).

How good a subset is: for ridge regression its certificate, the exact worst error over all queries; for k-means, where
no closed form exists, the worst error that a search found.
"""

import numpy as np

from ddcore.coresets.clustering import nearest_centers
from ddcore.coresets.worst_centers import CenterSearch
from ddcore.errors import BadInput
from ddcore.progress import Progress, silent
from ddcore.ridge.leverage import Whitening
from ddcore.sampling.law import probabilities

_RANK = 1e-10  # share of the largest variance of targets below which a combination of them counts as always 0
_FITTED = 1e-7  # share of a target's length below which what a fit leaves of it is rounding


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


class RidgeCost:
    """The regularised squared cost of all linear fits, and how well a weighted subset stands for it.

    A query is any vector v of R^(D+K), the points are z_i = [phi_i ; y_i], and cost(v) = sum_i w_i <z_i, v>^2 +
    lambda |v_1..D|^2. Fits w of a combination a of the label columns are the queries (w, -a). A subset (C, c) is worth
    sum_(i in C) c_i w_i <z_i, v>^2 + lambda |v_1..D|^2: its weights c multiply those of the cost.
    """

    def __init__(
        self,
        features: np.ndarray,
        targets: np.ndarray,
        ridge: float,
        weights: np.ndarray | None = None,
        progress: Progress = silent,
    ):
        """`features` (N, D), `targets` (N, K), `ridge` >= 0, `weights` (N,) >= 0 of the cost (1 where not given).

        Whitens once, in float64: O(N D^2). Where N < D nothing D x D is formed.
        """
        self._whitening = Whitening.of(features, targets, ridge, weights, double=True, progress=progress)

    @property
    def effective_dimension(self) -> float:
        """d_eff(lambda), the sum of the plain ridge leverage scores."""
        return self._whitening.effective_dimension

    def certificate(self, indices: np.ndarray, weights: np.ndarray) -> float:
        """The smallest eps such that |cost of the subset - cost| <= eps cost for *every* query: exact, not sampled.

        `indices` (m,) may repeat, `weights` (m,) >= 0. With u_i the whitened rows it is the spectral norm of
        sum_C c_i w_i u_i u_i^T - sum_i w_i u_i u_i^T, hence O(m (D+K)^2 + (D+K)^3). For one output it is exactly the
        worst over all fits; for K label columns over all their linear combinations, hence a bound for each class and
        for the summed loss. From eps = 1 on nothing is guaranteed from below.
        """
        error = self._error(indices, weights)
        return float(np.abs(np.linalg.eigvalsh(error)).max(initial=0.0))

    def worst_query(self, indices: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray]:
        """(eps, shares): the certificate, and what share (N,) of the full cost each point has under the query there.

        The shares and that of the regulariser sum to 1; weighted by c over C and summed they are eps off their sum.
        """
        values, vectors = np.linalg.eigh(self._error(indices, weights))
        if len(values) == 0:
            return 0.0, np.zeros(len(self._whitening.weights))
        place = int(np.abs(values).argmax())
        shares = self._whitening.weights * self._whitening.along(vectors[:, place]) ** 2
        return float(abs(values[place])), shares

    def _error(self, indices: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """The whitened Gram matrix of the subset minus that of all points."""
        mass = _mass(indices, weights, len(self._whitening.weights))
        chosen = np.flatnonzero(mass)
        rows = self._whitening.rows(chosen)
        rows *= np.sqrt(mass * self._whitening.weights)[chosen, None]
        return rows.T @ rows - self._whitening.gram


def certificate(
    features: np.ndarray, targets: np.ndarray, ridge: float, indices: np.ndarray, weights: np.ndarray
) -> float:
    """`RidgeCost.certificate` of one subset; for several of the same points make the `RidgeCost` once."""
    return RidgeCost(features, targets, ridge).certificate(indices, weights)


class FixedRidgeCost:
    """The cost of `RidgeCost`, and how well weighted points stand for it that need not be among its own: synthetic
    images, with features and targets of their own.

    Set up once; every certificate is then O(m (D+K)^2 + (D+K)^3) for m points.
    """

    def __init__(self, features: np.ndarray, targets: np.ndarray, ridge: float):
        """`features` (N, D), `targets` (N, K), `ridge` > 0. In float64 throughout: O(N (D+K)^2).

        BadInput if the ridge is so small that the features fit some label up to rounding.
        """
        if not 0 < ridge < np.inf:
            raise BadInput(f"ridge={ridge} is not allowed; choose a number above 0.")
        targets = np.asarray(targets, np.float64)
        values, vectors = np.linalg.eigh(targets.T @ targets)
        kept = values > _RANK * values[-1]
        self._basis = vectors[:, kept] / np.sqrt(values[kept])
        points = self._points(features, targets)
        penalty = np.zeros(points.shape[1])
        penalty[: np.shape(features)[1]] = ridge
        triangle = np.linalg.qr(np.vstack([points, np.diag(np.sqrt(penalty))]), mode="r")  # no Gram: half the digits
        if np.abs(np.diag(triangle))[np.shape(features)[1] :].min(initial=1) < _FITTED:
            raise BadInput(f"ridge={ridge} leaves nothing of the labels to judge by; choose a larger number.")
        self._root = np.linalg.inv(triangle).T
        self._gram = np.eye(len(penalty)) - (self._root * penalty) @ self._root.T

    def certificate(self, features: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> float:
        """`RidgeCost.certificate` of points (m, D) with targets (m, K), each counted `weights` (m,) >= 0 times.

        Combinations of target columns that are 0 on all points of the cost (the sum of centred columns) are no
        queries: what the given targets hold of them is left out.
        """
        weights = np.asarray(weights, np.float64)
        if weights.shape != (len(features),) or not np.all((weights >= 0) & (weights < np.inf)):
            raise BadInput(f"These weights do not fit {len(features)} points; give each a finite number of at least 0.")
        rows = (self._points(features, targets) @ self._root.T) * np.sqrt(weights)[:, None]
        return float(np.abs(np.linalg.eigvalsh(rows.T @ rows - self._gram)).max(initial=0.0))

    def _points(self, features: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """(n, D + K') float64: the features, and the targets by an orthonormal basis of the cost's target columns."""
        return np.hstack([np.asarray(features, np.float64), np.asarray(targets, np.float64) @ self._basis])


class KMeansCost:
    """The k-means cost of all sets of k centres, and how badly a weighted subset was seen to stand for it."""

    def __init__(self, points: np.ndarray, k: int):
        """`points` (N, D), of which float32 copies are kept for the search; `k` >= 1 centres."""
        if k < 1:
            raise BadInput(f"k={k} is not allowed; choose at least 1 centre.")
        self._points = np.asarray(points)
        self._search = CenterSearch(self._points, k)

    def worst_found(
        self, indices: np.ndarray, weights: np.ndarray, rng: np.random.Generator, progress: Progress = silent
    ) -> tuple[float, np.ndarray]:
        """(eps, centers): the largest |cost of the subset / cost - 1| that was found, and its centres (k, D) float64.

        The worst *found*, not the worst: a lower bound on the true error. What is returned is evaluated on all points
        in float64; where the full cost is 0, so is the subset's and the error.
        """
        mass = _mass(indices, weights, len(self._points))
        worst, found = -1.0, np.empty((0, self._points.shape[1]))
        for centers in self._search.candidates(mass, rng, progress):
            distances = nearest_centers(self._points, centers)[1]
            full = distances.sum()
            error = float(abs(mass @ distances / full - 1)) if full > 0 else 0.0
            if error > worst:
                worst, found = error, centers
        return worst, found


def _mass(indices: np.ndarray, weights: np.ndarray, count: int) -> np.ndarray:
    """(count,) total weight of each point in the subset."""
    indices, weights = np.asarray(indices), np.asarray(weights, np.float64)
    if indices.shape != weights.shape or indices.ndim != 1:
        raise BadInput(
            f"{weights.size} weights do not fit {indices.size} points of a subset; give one weight per point."
        )
    if len(indices) == 0:
        return np.zeros(count)
    beyond = (indices < 0) | (indices >= count)
    if beyond.any():
        raise BadInput(f"Point {indices[beyond][0]} is not one of the {count} points; their numbers start at 0.")
    if not np.all((weights >= 0) & (weights < np.inf)):
        raise BadInput("Weights of a subset may not be negative or infinite; give finite numbers of at least 0.")
    return np.bincount(indices, weights=weights, minlength=count)
