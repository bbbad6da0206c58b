"""The inverse of ridge regression: from a linear map to a set of images whose own ridge regression it is.

A set X (M, F) with labels Y (M, K) and ridge l predicts V^T x with V = X^T (X X^T + l I)^{-1} Y (F, K). Here V and Y
are given and X is sought. There is one if and only if the rows of V lie in the span of those of Y:

    X = A + B,    A = U diag(t) R^T  where  (Y^T)^+ V^T = U diag(s) R^T  and  t / (t^2 + l) = s,
                  B = N X0 (I - Q),  N projecting away from the columns of Y, Q onto those of V, X0 any images.

Proof. A = sum t_j u_j r_j^T has its columns in the span of Y's, its rows in that of V's; so A B^T = 0 and Y^T B = 0,
X X^T + l I is block-diagonal in span(Y) and its complement, and X^T (X X^T + l I)^{-1} Y = A^T (A A^T + l I)^{-1} Y
= R diag(t / (t^2 + l)) U^T Y = ((Y^T)^+ V^T)^T Y = V Y^+ Y = V. The B above is the one of its kind nearest to X0.

A, the dual basis, is that of Chen, Huang & Weng, "Provable and efficient dataset distillation for kernel ridge
regression", NeurIPS 2024, one image a class: (V^T)^+ for l = 0. Ours is B: the authors stay near X0 by what is free
in the pseudo-inverse of X, which is badly conditioned for many images. For labels Y = X0 V and l = 0, X is X0 less
N' X0 (I - Q), N' projecting onto span(Y): all that changes is what goes with the labels without being what predicts.

The equation for t has the solution t = (1 + sqrt(1 - 4 l s^2)) / (2 s) if l <= 1 / (4 max s^2). The ridge here is
*relative*, l = r tr(X X^T) / M as in `ddcore.ridge.regression`, which makes l the root of one equation in one unknown.
The other solution has t^2 <= l, which makes A so small beside B that float32 would lose it.
Letters: M synthetic images, F features, K classes.
"""

from dataclasses import dataclass

import torch
from scipy.optimize import brentq

from ddcore.errors import BadInput

_RANK = 1e-10  # share of the largest singular value below which one is rounding: centred labels have one that is 0
_MISSED = 1e-8  # share of a map that labels may leave out


@torch.no_grad()
def images_with(
    solution: torch.Tensor, labels: torch.Tensor, ridge: float, near: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """(X (M, F) float64, its labels): their ridge regression with a relative `ridge` is `solution` (F, K).

    X is as near to `near` (M, F) as above; B = 0 where it is not given. The labels are `labels` (M, K), but for
    combinations that the map leaves out where its rank is lower than theirs: X is 0 there, and a label would be divided
    by the ridge alone. BadInput if there is no such X.
    """
    basis = _Basis.of(solution, labels)
    free = torch.zeros_like(basis.left @ basis.right.T) if near is None else basis.free(near, labels)
    sizes = basis.sizes(ridge, free.square().sum().item() * basis.largest**2)
    images = basis.left @ ((sizes / basis.largest)[:, None] * basis.right.T) + free
    return images, basis.left @ (basis.left.T @ labels)


@dataclass(frozen=True, eq=False)
class _Basis:
    """(Y^T)^+ V^T = U diag(s) R^T, the s in units of the largest."""

    left: torch.Tensor  # U (M, r)
    relative: torch.Tensor  # s / max s (r,), descending
    right: torch.Tensor  # R (F, r)
    largest: float

    @classmethod
    def of(cls, solution: torch.Tensor, labels: torch.Tensor) -> "_Basis":
        readout = torch.linalg.pinv(labels.T, rtol=_RANK) @ solution.T
        size, missed = solution.norm(), (labels.T @ readout - solution.T).norm()
        if size == 0:
            raise BadInput("The predictor of all images is 0 everywhere, so no images stand for it; choose other data.")
        if missed > _MISSED * size:
            rank, count = int(torch.linalg.matrix_rank(labels, rtol=_RANK)), len(labels)
            raise BadInput(
                f"The labels of the {count} synthetic images span {rank} directions, too few for the predictor of all "
                "images; choose labels='fixed', or another start."
            )
        left, singular, rows = torch.linalg.svd(readout, full_matrices=False)
        kept = singular > _RANK * singular[0]
        return cls(left[:, kept], singular[kept] / singular[0], rows[kept].T, singular[0].item())

    def free(self, near: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """B (M, F) of images `near` (M, F)."""
        off_labels = near - labels @ (torch.linalg.pinv(labels, rtol=_RANK) @ near)
        return off_labels - (off_labels @ self.right) @ self.right.T

    def sizes(self, ridge: float, free: float) -> torch.Tensor:
        """t (r,) times max s; `free` is |B|^2 times (max s)^2."""
        count = len(self.left)

        def needed(own: float) -> float:
            """The relative ridge that makes l (max s)^2 = `own`."""
            return own * count / (self._at(own).square().sum().item() + free)

        if ridge > (most := needed(0.25)):
            raise BadInput(
                f"jitter={ridge:g} is too large for a set whose own predictor is that of all images; choose at most "
                f"{0.99 * most:.2g}."
            )
        own = brentq(lambda own: needed(own) - ridge, 0, 0.25, xtol=1e-300, rtol=1e-15) if ridge else 0.0
        return self._at(own)

    def _at(self, own: float) -> torch.Tensor:
        """t (r,) of l (max s)^2 = `own`, times max s."""
        return (1 + (1 - 4 * own * self.relative.square()).clamp(min=0).sqrt()) / (2 * self.relative)
