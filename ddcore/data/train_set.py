"""The half of a dataset that importance scores and initialisers may see. NumPy only.

Letters: N training images, H x W x C their shape, D = H*W*C numbers an image.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ddcore.data.dataset import Dataset
from ddcore.data.zca import ZCA
from ddcore.errors import BadInput
from ddcore.progress import Progress, silent

_ROWS = 1024  # images converted at a time: the float copy of a chunk stays small, and whitening it takes a second


@dataclass(frozen=True, eq=False)
class TrainSet:
    """All that an importance score or an initialiser may see: training images, never test images.

    Training space is that of normalised pixels, or with `whitening` that of whitened ones.
    """

    images: np.ndarray  # (N, H, W, C) uint8, possibly memory-mapped
    labels: np.ndarray  # (N,) int64 in [0, num_classes)
    mean: tuple[float, ...]  # per channel, of pixels in [0, 1]
    std: tuple[float, ...]
    num_classes: int
    flip: bool = False  # whether a mirrored image keeps its class
    whitening: ZCA | None = None
    progress: Progress = silent  # told while images are whitened, which can take half a minute

    def __post_init__(self):
        if len(self.images) == 0:
            raise BadInput("The training set has 0 images; at least one is needed.")
        if len(self.images) != len(self.labels):
            raise BadInput(f"{len(self.labels)} labels do not fit {len(self.images)} images; give one label per image.")

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W), the order networks use."""
        height, width, channels = self.images.shape[1:]
        return channels, height, width

    def normalised(self, indices: np.ndarray) -> np.ndarray:
        """(len(indices), C, H, W) float32 images in training space: pixels / 255, minus mean, divided by std.

        With `whitening` they are taken from `pixels`: an image's numbers do not depend on those it is asked for with.
        """
        if self.whitening is None:
            scaled = self._scaled(self.images[indices])
        else:
            scaled = self.pixels[indices].reshape(-1, *self.images.shape[1:])
        return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))

    @cached_property
    def pixels(self) -> np.ndarray:
        """(N, D) float32 pixels in training space, in the order (H, W, C) and read-only.

        They are computed once and shared by everyone who looks at this set.
        """
        count = len(self.images)
        out = np.empty((count, int(np.prod(self.images.shape[1:]))), np.float32)
        for start in range(0, count, _ROWS):
            chunk = self._scaled(self.images[start : start + _ROWS])
            if self.whitening is not None:
                self.progress(start, count, "whitening images")
                chunk = self.whitening.whiten(chunk.transpose(0, 3, 1, 2)).transpose(0, 2, 3, 1)
            out[start : start + _ROWS] = chunk.reshape(len(chunk), -1)
        out.flags.writeable = False
        return out

    def _scaled(self, images: np.ndarray) -> np.ndarray:
        factor = (1 / (255 * np.asarray(self.std))).astype(np.float32)
        shift = (np.asarray(self.mean) / np.asarray(self.std)).astype(np.float32)
        return images.astype(np.float32) * factor - shift


def train_set(dataset: Dataset, whitening: ZCA | None = None, progress: Progress = silent) -> TrainSet:
    """The half of a dataset that scores and initialisers may see.

    `whitening` is that of the run, if it has one; `progress` is called while images are whitened.
    """
    train, classes = dataset.train, dataset.num_classes
    return TrainSet(train.images, train.labels, dataset.mean, dataset.std, classes, dataset.flip, whitening, progress)
