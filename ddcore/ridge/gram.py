"""Gram matrices of many points, and their inverse roots, at the precision and price that the data allow.

How `ddcore.ridge.leverage` gets T with T T^T = (Phi^T W Phi + lambda I)^+: one symmetric product (BLAS syrk) of chunks
summed in float64, a Cholesky factor L, and T = L^-T, whose triangular product (BLAS trmm) costs half of a full one.
Either product multiplies n D^2 / 2 pairs of numbers, as fast as the processor can, so that all takes at least two Gram
products (measured, 60,000 x 2,048: 2.0 for both and 2.2 in all; the factor is 0.1). Tried and slower: Strassen's scheme
for the blocks off the diagonal; triangular products in parts that keep their squares in the cache.

float32 features are multiplied in float32 where that pays (large products) and rounding cannot matter. It changes the
Gram matrix by at most about u tr(Phi^T W Phi), u = 2^-23, hence every leverage by at most rho = u tr(Phi^T W Phi) over
the smallest eigenvalue of Phi^T W Phi + lambda I, relatively, and the lengths of T^T phi by 2 sqrt(u rho). Where rho
exceeds its share of `_TRUSTED`, all is done again in float64, chunk by chunk. Measured errors are a hundredth of that.

Where float64 fails its own test the Gram matrix, whose condition number is the square of the features', has lost what
is sought. Then an orthogonal factorisation of [W^1/2 Phi ; lambda^1/2 I], its columns scaled to length 1, takes over:
its R has the same R^T R and is as good as the features. What is rounding error in R itself is dropped, and T T^T is a
generalised inverse: phi^T T T^T phi is that of the pseudo-inverse for every point that has a weight.

Letters: n points, D features, K' columns of a target basis, r <= min(n, D) directions that the features span.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import DTypeLike

from ddcore.errors import BadInput
from ddcore.progress import Progress

_ROWS = 4096  # points in one triangular product: 8,192 and more are half as fast again (measured, 2,048 features)
_GRAM_ROWS = 32_768  # points in one Gram product: half as many cost a tenth more, twice as many save half as much
_TRUSTED: dict[type[np.floating], float] = {np.float32: 0.01, np.float64: 1e-6}  # largest estimated relative error rho
_LARGE = 2**30  # multiplications from which float32 pays


@dataclass(frozen=True, eq=False)
class Root:
    """T with T T^T = (Phi^T W Phi + lambda I)^+: triangular from Cholesky, else from orthogonal factors."""

    matrix: np.ndarray  # (D, r), of the type the products are to have, Fortran order
    triangular: bool

    @property
    def dtype(self) -> np.dtype:
        return self.matrix.dtype

    def of(self, chunk: np.ndarray) -> np.ndarray:
        """`chunk` (rows, D), C order, of the same type, times T: (rows, r). A triangular T costs half of a product."""
        if not self.triangular:
            return chunk @ self.matrix
        from scipy.linalg import get_blas_funcs

        multiply = get_blas_funcs("trmm", dtype=self.dtype)
        return multiply(1.0, self.matrix, chunk.T, trans_a=1, lower=0).T  # T^T chunk^T


def inverse_root(
    features: np.ndarray, basis: np.ndarray, ridge: float, weights: np.ndarray, double: bool, progress: Progress
) -> tuple[Root, np.ndarray]:
    """T of `features` (n, D), and Phi^T W Y (D, K') of the targets `basis` (n, K') in float64; see above."""
    small = len(features) * features.shape[1] ** 2 < _LARGE
    precise = double or small or features.dtype == np.float64
    kinds: list[type[np.floating]] = [np.float64] if precise else [np.float32, np.float64]
    for kind in kinds:
        gram, cross = _products(features, basis, np.sqrt(weights), kind, progress)
        root = _cholesky_root(gram, ridge, kind)
        if root is not None:
            return root, cross
    return _orthogonal_root(features, np.sqrt(weights), ridge, gram, progress), cross


def scaled_rows(
    features: np.ndarray, scale: np.ndarray, kind: DTypeLike, at_once: int = _ROWS
) -> Iterator[tuple[slice, np.ndarray]]:
    """(rows, their features times `scale` (n,)) in C order and of type `kind`, `at_once` points at a time."""
    plain = bool(np.all(scale == 1))
    for start in range(0, len(features), at_once):
        rows = slice(start, start + at_once)
        chunk = np.ascontiguousarray(features[rows], kind)
        yield rows, chunk if plain else chunk * scale[rows, None].astype(kind)


def kernel_factor(features: np.ndarray, progress: Progress) -> np.ndarray:
    """(n, r) float64 with the same inner products as `features` (n, D): what to use instead of them where n < D.

    Everything about ridge regression depends on inner products alone. R^T of Phi^T = Q R, points scaled to length 1 and
    pivoted, 1 <= r <= n; the kernel itself, a square, would have lost half of the digits.
    """
    triangle = np.zeros((0, len(features)))
    for start in range(0, features.shape[1], _ROWS):
        progress(0, 1, "multiplying points")
        triangle = _stacked(triangle, features[:, start : start + _ROWS].T)
    length = np.linalg.norm(triangle, axis=0)
    _check_finite(length)
    triangle, pivots, rank = _pivoted(triangle / np.where(length > 0, length, 1), features.shape[1])
    out = np.zeros((len(features), max(rank, 1)))  # features that are all zero keep a column of zeros
    out[pivots, :rank] = triangle[:rank].T
    return out * length[:, None]


def _products(features, basis, scale, kind, progress) -> tuple[np.ndarray, np.ndarray]:
    """Lower triangle of sum_i w_i phi_i phi_i^T (D, D), and sum_i w_i phi_i y_i^T (D, K'), summed in float64."""
    from scipy.linalg import get_blas_funcs

    multiply = get_blas_funcs("syrk", dtype=kind)
    width = features.shape[1]
    gram, cross = np.zeros((width, width), order="F"), np.zeros((width, basis.shape[1]))
    for rows, chunk in scaled_rows(features, scale, kind, _GRAM_ROWS):
        progress(0.5 * rows.start / len(features), 1, "multiplying features")
        gram += multiply(1.0, chunk.T, lower=1)
        cross += chunk.T @ (basis[rows] * scale[rows, None]).astype(kind)
    return gram, cross


def _cholesky_root(gram: np.ndarray, ridge: float, kind: type[np.floating]) -> Root | None:
    """L^-T of type `kind` where `gram` (lower triangle) plus the ridge is L L^T; None if rounding would show."""
    from scipy.linalg.lapack import dpotrf, dtrtri

    trace = np.trace(gram)
    shifted = gram.copy(order="F")
    shifted[np.diag_indices(len(gram))] += ridge
    factor, failed = dpotrf(shifted, lower=1, overwrite_a=1) if np.isfinite(trace) else (shifted, 1)
    if failed:
        return None
    inverse, _ = dtrtri(factor, lower=1, overwrite_c=1)
    inverse = inverse.astype(kind)
    if np.finfo(kind).eps * trace * _largest_eigenvalue(inverse) > _TRUSTED[kind]:
        return None
    return Root(np.asfortranarray(inverse.T), triangular=True)


def _largest_eigenvalue(inverse: np.ndarray) -> float:
    """Of L^-T L^-1, by a few power iterations: within a factor of about two, enough for an order of magnitude."""
    vector = np.random.default_rng(0).normal(size=len(inverse)).astype(inverse.dtype)
    value = 0.0
    for _ in range(5):
        vector = (inverse @ vector) @ inverse
        value = float(np.linalg.norm(vector))
        vector /= value or 1
    return value


def _orthogonal_root(
    features: np.ndarray, scale: np.ndarray, ridge: float, gram: np.ndarray, progress: Progress
) -> Root:
    """From R with R^T R = Phi^T W Phi + lambda I, `scale` (n,) the roots of the weights; R's columns are pivoted, and
    those that hold nothing but rounding errors dropped. `gram` gives the lengths of the columns."""
    from scipy.linalg import solve_triangular

    _check_finite(gram)
    length = np.sqrt(np.diag(gram) + ridge)
    length[length == 0] = 1
    triangle = np.diag(np.sqrt(ridge) / length)
    for rows, chunk in scaled_rows(features, scale, np.float64, max(_ROWS, len(gram))):
        progress(0.5 * rows.start / len(features), 1, "factoring features")
        triangle = _stacked(triangle, chunk / length)
    triangle, pivots, rank = _pivoted(triangle, len(features))
    matrix = np.zeros((len(gram), rank), order="F")
    matrix[pivots[:rank]] = solve_triangular(triangle[:rank, :rank], np.eye(rank)) if rank else 0
    matrix /= length[:, None]
    return Root(matrix, triangular=False)


def _stacked(triangle: np.ndarray, block: np.ndarray) -> np.ndarray:
    """R of the rows of `triangle` (r, D) and of `block` (m, D): (min(r + m, D), D) float64."""
    return cast(np.ndarray, np.linalg.qr(np.vstack([triangle, block]), mode="r"))  # NumPy types the other modes only


def _pivoted(matrix: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, int]:
    """R of `matrix` (D, D) with pivoted columns, the pivots, and how many rows of R are more than rounding errors of
    `count` terms or fewer."""
    from scipy.linalg import qr

    triangle, pivots = qr(matrix, mode="r", pivoting=True, overwrite_a=True, check_finite=False)
    sizes = np.abs(np.diag(triangle))
    return triangle, pivots, int(np.sum(sizes > max(count, len(matrix)) * np.finfo(np.float64).eps * sizes[0]))


def _check_finite(gram: np.ndarray) -> None:
    if not np.isfinite(gram).all():
        raise BadInput("Features with infinite, missing or enormous numbers have no ridge scores; give finite ones.")
