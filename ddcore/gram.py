"""Gram matrices of many points, and their inverse roots, at the precision and price that the data allow.

How `ddcore.leverage` gets T with T T^T = (Phi^T W Phi + lambda I)^+: one symmetric product (BLAS syrk) of chunks summed
in float64, a Cholesky factor L, and T = L^-T, whose triangular product (BLAS trmm) costs half of a full one.

float32 features are multiplied in float32 where that pays (large products) and rounding cannot matter. It changes the
Gram matrix by at most about u tr(Phi^T W Phi), u = 2^-23, hence every leverage by at most rho = u tr(Phi^T W Phi) over
the smallest eigenvalue of Phi^T W Phi + lambda I, relatively, and the lengths of T^T phi by 2 sqrt(u rho). Where rho
exceeds `_TRUSTED`, all is done again in float64, chunk by chunk. Measured errors are a hundredth of that or less. Where
float64 fails the same test the matrix is numerically singular: eigenvectors give the pseudo-inverse.

Letters: n points, D features, K' columns of a target basis, r <= min(n, D) directions that the features span.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ddcore.errors import BadInput
from ddcore.progress import Progress

_ROWS = 4096  # points in one triangular product: 8,192 and more are half as fast again (measured, 2,048 features)
_GRAM_ROWS = 16_384  # points in one Gram product: fewer cost a tenth more; their copy stays small beside the features
_TRUSTED = 0.01  # largest estimated relative error rho
_LARGE = 2**30  # multiplications from which float32 pays


@dataclass(frozen=True, eq=False)
class Root:
    """T with T T^T = (Phi^T W Phi + lambda I)^+: triangular from Cholesky, full from eigenvectors."""

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
    kinds = [np.float64] if double or small or features.dtype == np.float64 else [np.float32, np.float64]
    for kind in kinds:
        gram, cross = _products(features, basis, np.sqrt(weights), kind, progress)
        root = _cholesky_root(gram, ridge, kind)
        if root is not None:
            return root, cross
    return _eigen_root(gram, ridge, len(features)), cross


def scaled_rows(
    features: np.ndarray, scale: np.ndarray, kind: np.dtype, at_once: int = _ROWS
) -> Iterator[tuple[slice, np.ndarray]]:
    """(rows, their features times `scale` (n,)) in C order and of type `kind`, `at_once` points at a time."""
    plain = bool(np.all(scale == 1))
    for start in range(0, len(features), at_once):
        rows = slice(start, start + at_once)
        chunk = np.ascontiguousarray(features[rows], kind)
        yield rows, chunk if plain else chunk * scale[rows, None].astype(kind)


def kernel_factor(features: np.ndarray, progress: Progress) -> np.ndarray:
    """(n, r) float64 with the same inner products as `features` (n, D): what to use instead of them where n < D.

    Everything about ridge regression depends on inner products alone. Pivoted Cholesky of the n x n kernel (LAPACK
    pstrf), which stops at the numerical rank, 1 <= r <= n.
    """
    from scipy.linalg.lapack import dpstrf

    kernel = np.zeros((len(features), len(features)))
    for start in range(0, features.shape[1], _ROWS):
        progress(0, 1, "multiplying points")
        part = features[:, start : start + _ROWS].astype(np.float64)
        kernel += part @ part.T
    _check_finite(kernel)
    factor, pivots, rank, _ = dpstrf(kernel, lower=1)
    rank = max(rank, 1)  # features that are all zero keep a column of zeros: BLAS does not take matrices of width 0
    out = np.empty((len(features), rank))
    out[pivots - 1] = np.tril(factor)[:, :rank]
    return out


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


def _cholesky_root(gram: np.ndarray, ridge: float, kind: type) -> Root | None:
    """L^-T of type `kind` where `gram` (lower triangle) plus the ridge is L L^T; None where rounding would show."""
    from scipy.linalg.lapack import dpotrf, dtrtri

    trace = np.trace(gram)
    shifted = gram.copy(order="F")
    shifted[np.diag_indices(len(gram))] += ridge
    factor, failed = dpotrf(shifted, lower=1, overwrite_a=1) if np.isfinite(trace) else (shifted, 1)
    if failed:
        return None
    inverse, _ = dtrtri(factor, lower=1, overwrite_c=1)
    inverse = inverse.astype(kind)
    if np.finfo(kind).eps * trace * _largest_eigenvalue(inverse) > _TRUSTED:
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


def _eigen_root(gram: np.ndarray, ridge: float, count: int) -> Root:
    """From the eigenvectors of `gram` (lower triangle, float64) plus the ridge; numerically zero directions dropped."""
    from scipy.linalg import eigh

    _check_finite(gram)
    gram[np.diag_indices(len(gram))] += ridge
    values, vectors = eigh(gram, lower=True, overwrite_a=True, check_finite=False)
    kept = values > max(count, len(gram)) * np.finfo(np.float64).eps * values[-1]
    return Root(np.asfortranarray(vectors[:, kept] / np.sqrt(values[kept])), triangular=False)


def _check_finite(gram: np.ndarray) -> None:
    if not np.isfinite(gram).all():
        raise BadInput("Features with infinite, missing or enormous numbers have no ridge scores; give finite ones.")
