"""The synthetic set: what is distilled, evaluated, stored and shown."""

from dataclasses import dataclass

import numpy as np
import torch


@dataclass(frozen=True)
class SyntheticSet:
    """M images in training space (normalised, unclipped), their targets, and the class each one stands for."""

    images: torch.Tensor  # (M,C,H,W) float32
    targets: torch.Tensor  # (M,K) float32, a row sums to one, or to the image's weight where images are weighted
    classes: torch.Tensor  # (M,) int64, ascending

    @classmethod
    def of_classes(
        cls,
        images: np.ndarray,
        classes: np.ndarray,
        num_classes: int,
        device: str,
        weights: np.ndarray | None = None,
    ) -> "SyntheticSet":
        """Hard labels: `images` (M,C,H,W) float32, `classes` (M,).

        `weights` (M,) > 0 are multiplied into the targets: cross-entropy is linear in them, so that a student's loss
        is then weighted.
        """
        classes = torch.as_tensor(np.asarray(classes, dtype=np.int64), device=device)
        targets = torch.nn.functional.one_hot(classes, num_classes).float()
        if weights is not None:
            targets *= torch.as_tensor(weights, dtype=torch.float32, device=device)[:, None]
        return cls(torch.as_tensor(images, dtype=torch.float32, device=device), targets, classes)


def viewable(images: torch.Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> np.ndarray:
    """(M,C,H,W) in training space -> (M,H,W,C) uint8 for the eye: normalisation undone, clipped to black and white."""
    mean_, std_ = (torch.as_tensor(v, device=images.device, dtype=images.dtype).view(1, -1, 1, 1) for v in (mean, std))
    pixels = (images.detach() * std_ + mean_).clamp(0, 1).mul(255).round()
    return pixels.to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
