"""Images of a split on the device that computes with them: one tensor; a batch is an index."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from ddcore.data.train_set import TrainSet
from ddcore.data.zca import ROWS, ZCA
from ddcore.progress import Progress, silent


class DeviceImages:
    """Images of one split as a single uint8 tensor on the device; a batch is an index, normalised when it is taken.

    Whitened images are whitened once, into one float32 tensor: four times the memory, and an image's numbers do not
    depend on the batch it is taken in.
    """

    def __init__(
        self,
        images,
        mean: tuple[float, ...],
        std: tuple[float, ...],
        device: str,
        whitening: ZCA | None = None,
        progress: Progress = silent,
    ):
        """`images` (N,H,W,C) uint8 array (memory-mapped is fine). `progress` is called while they are whitened."""
        self._pixels = torch.tensor(images).permute(0, 3, 1, 2).contiguous().to(device)
        mean_, std_ = (torch.tensor(v, dtype=torch.float32, device=device).view(1, -1, 1, 1) for v in (mean, std))
        self._scale, self._shift = 1 / (255 * std_), mean_ / std_
        self.device = device
        if whitening is not None:
            self._whiten(whitening, progress)

    @classmethod
    def of(cls, train: TrainSet, device: str) -> DeviceImages:
        """The images of `train` in its training space."""
        return cls(train.images, train.mean, train.std, device, train.whitening, train.progress)

    def _whiten(self, whitening: ZCA, progress: Progress) -> None:
        whitened = torch.empty(self._pixels.shape, dtype=torch.float32, device=self.device)
        for part, images in self.chunks(ROWS):
            whitened[part] = whitening.whiten(images)
            progress(part.stop, len(self), "whitening images")
        self._pixels = whitened
        self._scale, self._shift = torch.ones_like(self._scale), torch.zeros_like(self._shift)

    def __len__(self) -> int:
        return len(self._pixels)

    def __getitem__(self, indices) -> torch.Tensor:
        """(B,C,H,W) float32, in training space: normalised, or whitened."""
        return self._pixels[indices].float() * self._scale - self._shift

    def chunks(self, size: int) -> Iterator[tuple[slice, torch.Tensor]]:
        """The whole split in order, `size` images at a time."""
        for start in range(0, len(self), size):
            part = slice(start, min(start + size, len(self)))
            yield part, self[part]
