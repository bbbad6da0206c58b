"""Ridge regression from sums: what all images say of every linear fit, in float64 and a size of its own.

For features phi_i (F), labels y_i (K) and weights w_i the sums are

    G = sum_i w_i phi_i phi_i^T,     H = sum_i w_i phi_i y_i^T,     s = sum_i w_i |y_i|^2,

and a linear map V (F, K), x -> V^T phi(x), costs sum_i w_i |V^T phi_i - y_i|^2 + ridge |V|^2
= tr V^T G V - 2 tr V^T H + s + ridge |V|^2, which (G + ridge I)^{-1} H minimises.
Letters: B images at a time, F features, K classes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch

from ddcore.errors import BadInput

Rows = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""Features (B, F), labels (B, K) and weights (B,), float64."""

RIDGES = tuple(10 ** (half / 2) for half in range(-6, 12))
"""Ridges that held-out images choose from: half decades from 10^-3 to 10^5.5 (Chen, Huang & Weng 2024). They belong to
the sum of squared errors over all images, not to its mean."""


@dataclass(frozen=True, eq=False)
class RidgeSums:
    """G, H and s of the images that were summed, and the sum of their weights."""

    gram: torch.Tensor  # (F, F)
    cross: torch.Tensor  # (F, K)
    squares: float
    mass: float  # sum of the weights

    @classmethod
    def of(cls, parts: Iterable[Rows]) -> "RidgeSums":
        """The sums over all `parts`, of which there is at least one."""
        gram, cross, squares, mass = None, None, 0.0, 0.0
        for features, labels, weights in parts:
            weighted = features * weights[:, None]
            gram = weighted.T @ features if gram is None else gram.addmm_(weighted.T, features)
            cross = weighted.T @ labels if cross is None else cross.addmm_(weighted.T, labels)
            squares += (weights @ labels.square().sum(1)).item()
            mass += weights.sum().item()
        assert gram is not None and cross is not None  # there is an image
        return cls(gram, cross, squares, mass)

    def without(self, other: "RidgeSums") -> "RidgeSums":
        """The sums over the images that are not in `other`, whose images are all in these sums."""
        return RidgeSums(
            self.gram - other.gram, self.cross - other.cross, self.squares - other.squares, self.mass - other.mass
        )

    def solution(self, ridge: float) -> torch.Tensor:
        """(F, K) the map of least cost; BadInput where rounding errors are larger than the ridge."""
        shifted = self.gram + ridge * torch.eye(len(self.gram)).to(self.gram)
        factor, failed = torch.linalg.cholesky_ex(shifted)
        if failed.item():
            raise BadInput(f"A ridge of {ridge:g} is lost in rounding errors of these features; choose a larger one.")
        return torch.cholesky_solve(self.cross, factor)

    def cost(self, solution: torch.Tensor, ridge: float) -> float:
        """The cost of the map `solution` (F, K)."""
        fitted = (solution * (self.gram @ solution - 2 * self.cross)).sum().item()
        return fitted + self.squares + ridge * solution.square().sum().item()


def best_ridge(sums: RidgeSums, held_out: Rows) -> float:
    """The one of `RIDGES` whose solution on the other images gets most of the `held_out` ones right; of equally good
    ones that with the least squared error. `sums` are those of all images, `held_out` among them."""
    rest, (features, labels, _) = sums.without(RidgeSums.of([held_out])), held_out

    def judged(ridge: float) -> tuple[int, float]:
        predicted = features @ rest.solution(ridge)
        right = int((predicted.argmax(1) == labels.argmax(1)).sum())
        return -right, (predicted - labels).square().sum().item()

    return min(RIDGES, key=judged)
