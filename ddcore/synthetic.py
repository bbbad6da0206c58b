"""The synthetic set: what is distilled, evaluated, stored and shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ddcore.data.zca import ZCA
from ddcore.errors import BadInput
from ddcore.formation import decode, encode, tiled

LARGEST_LR = 1e38  # of students, who count in float32


@dataclass(frozen=True)
class SyntheticSet:
    """M stored images in training space (unclipped), their targets, and the class each one stands for.

    Networks learn from `decode()`: the very same set, unless a stored image holds several (see `ddcore.formation`).
    """

    images: torch.Tensor  # (M,C,H,W) float32
    targets: torch.Tensor  # (M,K) float32, a row sums to one, or to the image's weight where images are weighted
    classes: torch.Tensor  # (M,) int64, ascending
    factor: int = 1  # a stored image holds factor x factor tiles
    lr_student: float | None = None  # > 0, the step size of students where a method learned one

    @property
    def own_protocol(self) -> dict[str, float]:
        """What its students are trained with instead of the protocol's, for results; empty where it is the protocol."""
        return {} if self.lr_student is None else {"lr_student": self.lr_student}

    def decode(self) -> "SyntheticSet":
        """The set that networks learn from: (M f^2) whole images, in the order of the stored ones."""
        if self.factor == 1:
            return self
        images, targets, classes = (
            decode(self.images, self.factor),
            *(tiled(values, self.factor) for values in (self.targets, self.classes)),
        )
        return SyntheticSet(images, targets, classes, lr_student=self.lr_student)

    @property
    def probabilities(self) -> torch.Tensor:
        """(M,K) float32 >= 0: what students learn from by cross-entropy, which has no place for negative targets.

        The positive part of each row of `targets`, rescaled to what the row sums to; exactly the targets where none
        is negative. Labels learned for kernel ridge regression may be negative; this way to read them is ours.
        """
        positive = self.targets.clamp(min=0)
        rescaled = positive * (self.targets.sum(1, keepdim=True) / positive.sum(1, keepdim=True))
        return torch.where((self.targets < 0).any(1, keepdim=True), rescaled, self.targets)

    def equals(self, other: "SyntheticSet") -> bool:
        """Whether it teaches the very same: images, targets, tiles and step size."""
        same = (self.factor, self.lr_student) == (other.factor, other.lr_student)
        return same and torch.equal(self.images, other.images) and torch.equal(self.targets, other.targets)

    @classmethod
    def of_classes(
        cls,
        images: np.ndarray | torch.Tensor,
        classes: np.ndarray,
        num_classes: int,
        device: str,
        weights: np.ndarray | None = None,
    ) -> "SyntheticSet":
        """Hard labels: `images` (M,C,H,W) float32, `classes` (M,).

        `weights` (M,) > 0 are multiplied into the targets: cross-entropy is linear in them, so that a student's loss
        is then weighted.
        """
        labels = torch.as_tensor(np.asarray(classes, dtype=np.int64), device=device)
        targets = torch.nn.functional.one_hot(labels, num_classes).float()
        if weights is not None:
            targets *= torch.as_tensor(weights, dtype=torch.float32, device=device)[:, None]
        return cls(torch.as_tensor(images, dtype=torch.float32, device=device), targets, labels)


def brought(arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """What a stored set brings beside images and targets, `factor` and `lr_student`, where it does; BadInput for tiles
    of less than a pixel, and step sizes that nothing can be trained with."""
    found: dict[str, Any] = {"factor": int(arrays["factor"])} if "factor" in arrays else {}
    side = min(arrays["images"].shape[2:])
    if not 1 <= found.get("factor", 1) <= side:
        raise BadInput(f"factor={found['factor']} does not fit images of {side} pixels; 1 to {side} is allowed.")
    if "lr_student" in arrays:
        found["lr_student"] = float(arrays["lr_student"])
        if not 0 < found["lr_student"] <= LARGEST_LR:
            raise BadInput(
                f"lr_student={found['lr_student']} is not allowed; it must be above 0 and at most {LARGEST_LR:.0e}."
            )
    return found


def shrunk(whole: SyntheticSet, factor: int) -> SyntheticSet:
    """A start of tiles: every factor^2 images of `whole` in one, which counts by the mean of their weights."""
    stored, each = encode(whole.images, factor), factor**2
    targets = whole.targets.view(len(stored), each, -1).mean(1)
    return SyntheticSet(stored, targets, whole.classes[::each], factor)


def viewable(
    images: torch.Tensor, mean: tuple[float, ...], std: tuple[float, ...], whitening: ZCA | None = None
) -> np.ndarray:
    """(M,C,H,W) in training space -> (M,H,W,C) uint8 for the eye.

    Whitening and normalisation are undone, the rest is clipped to black and white.
    """
    images = images.detach() if whitening is None else whitening.undo(images.detach())
    mean_, std_ = (torch.as_tensor(v, device=images.device, dtype=images.dtype).view(1, -1, 1, 1) for v in (mean, std))
    pixels = (images * std_ + mean_).clamp(0, 1).mul(255).round()
    return pixels.to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
