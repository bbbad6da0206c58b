"""Real batches: the only thing of the real data that a distiller is given.

The sampler owns the law (which images, how often) and hands out *(images, labels, weights)*; the distiller
multiplies by the weights. So any importance score works with any distiller.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch

from ddcore.compute import DeviceImages
from ddcore.randomness import Randomness
from ddcore.sampling import SamplingLaw, corrections


class Batch(NamedTuple):
    indices: torch.Tensor  # (B,) int64 rows of the training set
    images: torch.Tensor  # (B,C,H,W) float32 normalised
    labels: torch.Tensor  # (B,) int64
    weights: torch.Tensor  # (B,) float32; 1 unless the law is corrected


class BatchSampler:
    """Class-balanced batches of a training set under a sampling law.

    Without scores (uniform importance) images are drawn without replacement within their class. With scores they are
    drawn i.i.d. with replacement, as the sampling theory and the correction weights 1/(n p) require.
    """

    def __init__(self, images: DeviceImages, labels: np.ndarray, scores: np.ndarray | None, law: SamplingLaw):
        """`labels` (N,) int64; `scores` (N,) non-negative, or None for uniform."""
        self.images = images
        self.labels = torch.as_tensor(np.asarray(labels, dtype=np.int64), device=images.device)
        order = np.argsort(labels, kind="stable")
        self._members = np.split(order, np.cumsum(np.bincount(labels))[:-1])
        self._cumulative = self._corrections = None
        if scores is not None:
            law_p = law.of(scores, labels)
            self._cumulative = [np.cumsum(law_p[members]) for members in self._members]
            if law.mode == "corrected":
                self._corrections = corrections(law_p, labels).astype(np.float32)

    def draw(self, rng: Randomness, per_class: int) -> Batch:
        """`per_class` images of every class, or as many as a smaller class has; classes ascending."""
        generator = rng.numpy("real-batch")
        indices = np.concatenate([self._draw_class(c, per_class, generator) for c in range(len(self._members))])
        weights = np.ones(len(indices), np.float32) if self._corrections is None else self._corrections[indices]
        at = torch.as_tensor(indices, device=self.images.device)
        return Batch(at, self.images[at], self.labels[at], torch.as_tensor(weights, device=self.images.device))

    def _draw_class(self, label: int, count: int, generator: np.random.Generator) -> np.ndarray:
        members = self._members[label]
        count = min(count, len(members))
        if self._cumulative is None:
            return generator.choice(members, count, replace=False, shuffle=False)
        cumulative = self._cumulative[label]
        drawn = np.searchsorted(cumulative, generator.random(count) * cumulative[-1], side="right")
        return members[np.minimum(drawn, len(members) - 1)]

    def sweep(self, size: int) -> Iterator[Batch]:
        """Every training image once, in order, `size` at a time, weights 1 (for methods that need the whole set)."""
        for part, images in self.images.chunks(size):
            indices = torch.arange(part.start, part.stop, device=self.images.device)
            yield Batch(indices, images, self.labels[part], torch.ones(len(indices), device=self.images.device))
