"""Ridge leverage scores of label-augmented features: the sensitivities of kernel ridge regression.

For features phi_i (D), targets y_i (K), weights w_i (1 unless given), ridge lambda, z_i = [phi_i ; y_i], Z = [Phi Y],
and Lambda = diag(lambda I_D, 0), the score of a point is w_i z_i^T (Z^T W Z + Lambda)^+ z_i. A Schur complement
splits it, with ridge solution W* = (Phi^T W Phi + lambda I)^+ Phi^T W Y and residuals R = Y - Phi W*, into

    leverage_i = w_i phi_i^T (Phi^T W Phi + lambda I)^+ phi_i          (how unusual the features are)
    residual_i = w_i r_i^T (R^T W R + lambda W*^T W*)^+ r_i            (how badly the label is fitted)

Ridge leverage scores: Alaoui & Mahoney 2015. That they bound the sensitivities of ridge regression is Cauchy-Schwarz in
the norm of the regularised cost; the joint form over all label columns is ours, as is the way it is computed
(`ddcore.ridge.gram`): one Gram product, one Cholesky factor, one triangular product.

Letters: n points, D features, K targets, r <= min(n, D) directions that the features span.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ddcore.errors import BadInput
from ddcore.progress import Progress, silent
from ddcore.ridge.gram import Root, inverse_root, kernel_factor, scaled_rows

_RANK = 1e-12  # share of a target's variance below which it is a combination of the other targets
_FITTED = 10 * np.finfo(np.float64).eps  # share of a target's variance below which what a fit leaves of it is rounding
_RESOLVED = 1e-4  # the same for products in float32, with room: rounding leaves 1e-9 of the variance at most


def centred_targets(labels: np.ndarray, num_classes: int) -> np.ndarray:
    """(N, K) float64: one-hot rows of `labels` (N,) in [0, K), minus 1/K."""
    return np.eye(num_classes)[labels] - 1 / num_classes


def ridge_terms(
    features: np.ndarray,
    targets: np.ndarray,
    ridge: float,
    weights: np.ndarray | None = None,
    progress: Progress = silent,
) -> dict[str, np.ndarray]:
    """`leverage` and `residual`, each (n,) float64, whose sum bounds what share of the ridge cost a point can have.

    `features` (n, D) float32 or float64, `targets` (n, K), `ridge` >= 0. With `weights` (n,) >= 0 the cost is
    sum_i w_i f_i, and what is returned belongs to the whole share w_i f_i: a point of weight 2 scores as two copies do
    together. The sum over the points is at most d_eff + rank(targets), and each is at most 1.
    """
    whitening = Whitening.of(features, targets, ridge, weights, progress=progress)
    scale = np.sqrt(whitening.weights)
    leverage = np.empty(len(features))
    for rows, chunk in scaled_rows(whitening.features, scale, whitening.root.dtype):
        progress(0.5 + 0.5 * rows.start / len(features), 1, "scoring points")
        leverage[rows] = _squared_lengths(whitening.root.of(chunk))
    residuals = (whitening.residuals @ whitening.residual_root) * scale[:, None]
    return {"leverage": leverage, "residual": _squared_lengths(residuals)}


@dataclass(frozen=True, eq=False)
class Whitening:
    """The root of (Z^T W Z + Lambda)^+ in blocks: u_i = [T^T phi_i ; M^T r_i] has u_i^T u_i = z_i^T (...)^+ z_i."""

    features: np.ndarray  # (n, D') as given, or an equal factor of their kernel where n < D
    weights: np.ndarray  # (n,) float64
    ridge: float
    root: Root  # T
    solution: np.ndarray  # (D', K') float64: the ridge solution for an orthonormal basis of the targets
    residuals: np.ndarray  # (n, K') float64: what it leaves of that basis
    residual_root: np.ndarray  # (K', r') float64: M with M M^T = (R^T W R + lambda W*^T W*)^+

    @classmethod
    def of(
        cls,
        features: np.ndarray,
        targets: np.ndarray,
        ridge: float,
        weights: np.ndarray | None = None,
        double: bool = False,
        progress: Progress = silent,
    ) -> "Whitening":
        """Arguments as for `ridge_terms`; `double` computes in float64 whatever the type of the features."""
        features, targets, weights = _checked(features, targets, ridge, weights)
        if features.shape[1] > len(features):
            features = kernel_factor(features, progress)
        basis = targets @ _target_basis(targets, weights)
        root, solution, residuals = _fit(features, basis, ridge, weights, double, progress)
        left = (residuals * weights[:, None]).T @ residuals + ridge * solution.T @ solution
        if root.dtype == np.float32 and np.linalg.eigvalsh(left).min(initial=1) < _RESOLVED:
            return cls.of(features, targets, ridge, weights, double=True, progress=progress)
        return cls(features, weights, ridge, root, solution, residuals, _residual_root(left))

    def rows(self, indices: np.ndarray) -> np.ndarray:
        """u_i of `indices` (m,): (m, r + r') of the root's type, without the weights."""
        chunk = np.ascontiguousarray(self.features[indices], self.root.dtype)
        return np.hstack([self.root.of(chunk), self.residuals[indices] @ self.residual_root])

    def along(self, vector: np.ndarray) -> np.ndarray:
        """<u_i, v> (n,) float64 of all points with one `vector` v (r + r'), without whitening them: O(n D)."""
        r = self.root.matrix.shape[1]
        on_features = self.root.matrix.astype(np.float64) @ vector[:r, None]
        in_features = _times(self.features, on_features, self.root.dtype)[:, 0]
        return in_features + self.residuals @ (self.residual_root @ vector[r:])

    @cached_property
    def gram(self) -> np.ndarray:
        """sum_i w_i u_i u_i^T (r + r', r + r') float64: the identity less the ridge, whitened alike."""
        T, M = self.root.matrix.astype(np.float64), self.residual_root
        penalty = np.hstack([T, -self.solution @ M])
        return np.eye(penalty.shape[1]) - self.ridge * penalty.T @ penalty

    @property
    def effective_dimension(self) -> float:
        """d_eff = tr Phi^T W Phi (Phi^T W Phi + lambda I)^+, the sum of the leverages."""
        T = self.root.matrix.astype(np.float64)
        return float(T.shape[1] - self.ridge * np.sum(T * T))


def _target_basis(targets: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(K, K') that turns `targets` (n, K) into an orthonormal basis of the space that their columns span."""
    gram = (targets * weights[:, None]).T @ targets
    size = np.sqrt(np.diag(gram))
    size[size == 0] = np.inf
    values, vectors = np.linalg.eigh(gram / size / size[:, None])
    kept = values > _RANK * len(targets[0])
    return vectors[:, kept] / np.sqrt(values[kept]) / size[:, None]


def _fit(
    features: np.ndarray, basis: np.ndarray, ridge: float, weights: np.ndarray, double: bool, progress: Progress
) -> tuple[Root, np.ndarray, np.ndarray]:
    """T, the ridge solution (D, K') for the targets `basis` (n, K'), and what it leaves of them (n, K').

    Where T is not triangular the system is badly conditioned: the solution is corrected once by its own residuals
    (the corrected semi-normal equations of Björck 1987).
    """
    root, cross = inverse_root(features, basis, ridge, weights, double, progress)
    T = root.matrix.astype(np.float64)
    solution = T @ (T.T @ cross)
    residuals = basis - _times(features, solution, root.dtype)
    if not root.triangular:
        missing = -ridge * solution
        for rows, chunk in scaled_rows(features, weights, np.float64):
            missing += chunk.T @ residuals[rows]
        solution += T @ (T.T @ missing)
        residuals = basis - _times(features, solution, root.dtype)
    return root, solution, residuals


def _residual_root(left: np.ndarray) -> np.ndarray:
    """(K', r') from the residual Gram `left` (K', K') of unit targets; what is fitted up to rounding is dropped."""
    values, vectors = np.linalg.eigh(left)
    kept = values > _FITTED
    return vectors[:, kept] / np.sqrt(values[kept])


def _times(features: np.ndarray, solution: np.ndarray, kind: np.dtype) -> np.ndarray:
    """`features` (n, D) times `solution` (D, K'), multiplied in `kind`: (n, K') float64."""
    out = np.empty((len(features), solution.shape[1]))
    for rows, chunk in scaled_rows(features, np.ones(len(features)), kind):
        out[rows] = chunk @ solution.astype(kind)
    return out


def _squared_lengths(rows: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", rows, rows)


def _checked(
    features: np.ndarray, targets: np.ndarray, ridge: float, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    features, targets = np.asarray(features), np.asarray(targets, np.float64)
    if features.ndim != 2 or 0 in features.shape:
        raise BadInput(
            f"Features of shape {features.shape} have no ridge scores; give a row of numbers for each point."
        )
    if targets.ndim != 2 or len(targets) != len(features):
        raise BadInput(f"Targets of shape {targets.shape} do not fit {len(features)} points; give one row per point.")
    if not 0 <= ridge < np.inf:
        raise BadInput(f"ridge={ridge} is not allowed; choose a number of at least 0.")
    weights = np.ones(len(features)) if weights is None else np.asarray(weights, np.float64)
    if weights.shape != (len(features),) or not np.all((weights >= 0) & (weights < np.inf)):
        raise BadInput(f"These weights do not fit {len(features)} points; give each a finite number of at least 0.")
    if features.dtype not in (np.float32, np.float64):
        features = features.astype(np.float64)
    return features, targets, weights
