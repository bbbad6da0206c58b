"""The synthetic set: what is distilled, evaluated, stored and shown."""

from dataclasses import dataclass

import numpy as np
import torch

from ddcore.data.zca import ZCA


@dataclass(frozen=True)
class SyntheticSet:
    """M images in training space (unclipped), their targets, and the class each one stands for."""

    images: torch.Tensor  # (M,C,H,W) float32
    targets: torch.Tensor  # (M,K) float32, a row sums to one, or to the image's weight where images are weighted
    classes: torch.Tensor  # (M,) int64, ascending

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
        """Whether images and targets are the very same numbers."""
        return torch.equal(self.images, other.images) and torch.equal(self.targets, other.targets)

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
