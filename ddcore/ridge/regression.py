"""Kernel ridge regression on a small support set, as kernel-ridge distillers need it: solved in float64, with a
gradient for the support and its labels that never holds more than a part of the real batch.

For a support of M images with labels y (M, K) and weights w,

    f(x) = k(x, S) (K_SS + r diag(1/w))^{-1} y,        r = ridge * tr(K_SS) / M:

the f that minimises sum_i w_i |f(s_i) - y_i|^2 + r |f|^2. The ridge relative to the trace is that of Nguyen, Chen & Lee
2021 (KIP), Loo et al. 2022 (RFAD) and Zhou et al. 2022 (FRePo); the weights are ours.

Labels here are centred: rows of y sum to zero (one-hot minus 1/K). A synthetic set keeps them as targets whose rows sum
to the image's weight: target = w (y + 1/K).
Letters: n, B real images, M support images, K classes, F numbers a kernel sees of an image.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch

from ddcore.errors import BadInput

Kernel = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""(n, ...), (m, ...) -> (n, m) in float64."""

ROWS = 2048  # real images at a time


def centred_one_hot(classes: torch.Tensor, num_classes: int) -> torch.Tensor:
    """(M, K) float64 targets of kernel ridge regression: one-hot minus 1/K."""
    return torch.nn.functional.one_hot(classes, num_classes).double() - 1 / num_classes


def labels_and_weights(targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Targets (M, K) of a synthetic set -> centred labels (M, K) float64 and weights (M,) float64."""
    weights = targets.double().sum(1)
    return targets.double() / weights[:, None] - 1 / targets.shape[1], weights


def targets_of(labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """The inverse: (M, K) float32."""
    return (weights[:, None] * (labels + 1 / labels.shape[1])).float()


def regularised(within: torch.Tensor, ridge: float, weights: torch.Tensor | None = None) -> torch.Tensor:
    """(M, M) float64 kernel matrix with its ridge, `ridge` >= 0 times its mean diagonal over the `weights` (M,) > 0."""
    if ridge < 0:
        raise BadInput(f"ridge={ridge} is not allowed; choose a number of at least 0.")
    within = within.double()
    shares = torch.ones_like(within[0]) if weights is None else weights.to(within)
    return within + torch.diag(ridge * within.diagonal().mean() / shares)


@dataclass(frozen=True, eq=False)
class Predictor:
    """The f above for one support: images (B, ...) -> predictions (B, K) float64.

    `see` turns images into what `kernel` compares; `condition` is the condition number of the matrix that was solved,
    at most 1 / 2.2e-16: beyond, float64 knows no difference.
    """

    see: Callable[[torch.Tensor], torch.Tensor]
    kernel: Kernel
    support: torch.Tensor  # as `see` makes it
    coefficients: torch.Tensor  # (M, K) float64
    condition: float

    @classmethod
    @torch.no_grad()
    def fit(
        cls,
        images: torch.Tensor,
        labels: torch.Tensor,
        kernel: Kernel,
        ridge: float,
        weights: torch.Tensor | None = None,
        see: Callable[[torch.Tensor], torch.Tensor] = lambda images: images,
    ) -> "Predictor":
        """`images` (M, ...), `labels` (M, K) centred, `weights` (M,) > 0; BadInput if there is no solution."""
        support = see(images)
        matrix = regularised(kernel(support, support), ridge, weights)
        if not matrix.isfinite().all():
            raise BadInput("The kernel matrix of the set has entries that are no finite numbers; choose other images.")
        coefficients = _solve(matrix, labels.to(matrix))
        values = torch.linalg.eigvalsh(matrix)
        condition = (values[-1] / values[0].clamp(min=values[-1] * torch.finfo(values.dtype).eps)).item()
        return cls(see, kernel, support, coefficients, condition)

    @torch.no_grad()
    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        parts = [self.kernel(self.see(rows), self.support) @ self.coefficients for rows in images.split(ROWS)]
        return torch.cat(parts)


def _solve(matrix: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """`matrix`^{-1} `right`, or one sentence where there is none: equal images without a ridge."""
    try:
        return torch.linalg.solve(matrix, right)
    except torch.linalg.LinAlgError as error:
        raise BadInput("The kernel matrix of the set is singular without a ridge; choose a larger one.") from error


def backward(
    kernel: Kernel,
    support: torch.Tensor,
    labels: torch.Tensor,
    ridge: float,
    weights: torch.Tensor,
    real: Iterable[tuple[slice, torch.Tensor]],
    loss: Callable[[torch.Tensor, slice], torch.Tensor],
) -> float:
    """The sum of `loss(predictions (b, K) of part, part)` over the parts of a real batch.

    Adds the gradient of that sum to `.grad` of the leaves that `support` (M, ...), `labels` (M, K) float64 and `loss`
    depend on. `real` yields (part, what the kernel sees of it), which needs no graph. The matrix is solved once; every
    part is forgotten before the next, so that memory grows with a part and not with the batch.
    """
    matrix = regularised(kernel(support, support), ridge, weights)
    coefficients = _solve(matrix, labels)
    cut_support, cut_coefficients = (t.detach().requires_grad_(True) for t in (support, coefficients))
    value = 0.0
    for part, seen in real:
        predicted = kernel(seen, cut_support) @ cut_coefficients
        share = loss(predicted, part)
        share.backward()
        value += share.item()
    cut = ((support, cut_support.grad), (coefficients, cut_coefficients.grad))
    learnt = [(tensor, gradient) for tensor, gradient in cut if tensor.requires_grad]
    tensors, gradients = zip(*learnt, strict=True)
    torch.autograd.backward(tensors, gradients)
    return value


def solved_labels(
    kernel: Kernel,
    support: torch.Tensor,
    ridge: float,
    weights: torch.Tensor,
    real: Iterable[tuple[torch.Tensor, torch.Tensor]],
) -> torch.Tensor:
    """(M, K) float64: the labels of the support that fit all real images best, y* = (K_TS (K_SS + r)^{-1})^+ y_T.

    Label solve of Nguyen, Chen & Lee 2021. `real` yields (what the kernel sees (B, ...), centred labels (B, K)).
    With C = (K_SS + r)^{-1} y the problem is |K_TS C - y_T|^2. What triangle a QR decomposition leaves of [K_TS, y_T]
    is all it needs, and is brought up to date part by part; where K_TS is rank-deficient, within 1e-10 of its largest
    singular value, the C of least norm is taken.
    """
    triangle: torch.Tensor | None = None
    for seen, labels in real:
        rows = torch.cat([kernel(seen, support), labels.to(torch.float64)], 1)
        triangle = torch.linalg.qr(rows if triangle is None else torch.cat([triangle, rows]), mode="r").R
    assert triangle is not None  # there is a real image
    count = len(support)
    coefficients = torch.linalg.pinv(triangle[:, :count], rtol=1e-10) @ triangle[:, count:]
    return regularised(kernel(support, support), ridge, weights) @ coefficients
