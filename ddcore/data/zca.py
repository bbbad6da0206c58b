"""ZCA whitening: a linear change of pixels that makes them nearly uncorrelated and moves them as little as it can.

x -> (x - m) W on channel-standardised images, W = U (S + r)^(-1/2) U^T, where U S U^T is the covariance of the training
images and r = 0.1 tr(S) / D, a tenth of its mean eigenvalue: KIP's regulariser (Nguyen, Novak, Xiao & Lee, "Dataset
distillation with infinitely wide convolutional networks", NeurIPS 2021). They divide every image by its own norm first;
here, as in RFAD and FRePo on CIFAR, the mean of each pixel is subtracted and images keep their norm.

The transform is fitted on training images only and goes wherever images made in its space go: a set made from whitened
images means nothing to a network that is shown others. NumPy only: pages import this module.
Letters: D = C*H*W numbers an image, in the order (C, H, W).
"""

import hashlib
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ddcore.data.dataset import Dataset
from ddcore.errors import BadInput
from ddcore.files import read_npz, write_npz
from ddcore.kept import WHITENING
from ddcore.progress import Progress, silent

LARGEST = 4096  # numbers an image: W has 67 MB then, and its eigenvectors take half a minute on two cores
ROWS = 1024  # images taken at a time: a second's work for the largest
FILE = "zca.npz"  # of a run folder
_REGULARISER = 0.1


@dataclass(frozen=True, eq=False)
class ZCA:
    """`mean` (D,) float32, `matrix` (D, D) float32, symmetric."""

    mean: np.ndarray
    matrix: np.ndarray

    def whiten(self, images: Any) -> Any:
        """(B, C, H, W) standardised images, a float32 array or tensor (on any device) -> the same kind, whitened."""
        rows = self._rows(images)
        return ((rows - _like(self.mean, rows)) @ _like(self.matrix, rows)).reshape(images.shape)

    def undo(self, images: Any) -> Any:
        """(B, C, H, W) whitened images -> standardised ones; array or tensor as in `whiten`."""
        rows = self._rows(images)
        return (rows @ _like(self._inverse, rows) + _like(self.mean, rows)).reshape(images.shape)

    @cached_property
    def identity(self) -> str:
        """16 hexadecimal characters that name this very transform."""
        content = hashlib.sha256(np.ascontiguousarray(self.mean).tobytes())
        content.update(np.ascontiguousarray(self.matrix).tobytes())
        return content.hexdigest()[:16]

    def _rows(self, images: Any) -> Any:
        if np.prod(images.shape[1:]) != len(self.mean):
            shape = "x".join(map(str, images.shape[1:]))
            raise BadInput(f"Images of {shape} do not fit a whitening of {len(self.mean)} numbers.")
        return images.reshape(len(images), -1)

    @cached_property
    def _inverse(self) -> np.ndarray:
        try:
            return np.linalg.inv(self.matrix.astype(np.float64)).astype(np.float32)
        except np.linalg.LinAlgError:
            raise BadInput(f"The whitening {self.identity} cannot be undone: its matrix is singular.") from None


def _like(array: np.ndarray, rows: Any) -> Any:
    """`array` as what `rows` is: an array, or a tensor on the same device."""
    return array if isinstance(rows, np.ndarray) else rows.new_tensor(array)


def check_size(shape: tuple[int, int, int]) -> None:
    """BadInput for images (C, H, W) of more than `LARGEST` numbers."""
    size = int(np.prod(shape))
    if size > LARGEST:
        channels, height, width = shape
        raise BadInput(
            f"zca=True does not fit images of {channels}x{height}x{width} = {size:,} numbers; up to {LARGEST:,} are "
            "allowed (3x36x36, say): choose a smaller size, or zca=False."
        )


def fit_zca(dataset: Dataset, progress: Progress = silent) -> ZCA:
    """The whitening of `dataset`'s training images, computed once and kept; BadInput if images are too large."""
    check_size(dataset.shape)
    mark = WHITENING.mark(dataset.hash)
    for path in sorted(WHITENING.root.glob(f"{mark}-*.npz")):
        if (kept := WHITENING.read(path, _understood)) is not None:
            return kept
    found = fitted(dataset.train.images, dataset.mean, dataset.std, progress)
    write_zca(WHITENING.root / f"{mark}-{found.identity}.npz", found)
    return found


def fitted(images: np.ndarray, mean: tuple[float, ...], std: tuple[float, ...], progress: Progress = silent) -> ZCA:
    """From `images` (N, H, W, C) uint8 with per-channel `mean` and `std`, all in float64 but the result.

    Stoppable between chunks of images, not while the eigenvectors are found.
    """
    count, size = len(images), int(np.prod(images.shape[1:]))
    centre, covariance = np.zeros(size), np.zeros((size, size))
    for start in range(0, count, ROWS):
        progress(start, 2 * count, "whitening: mean of the images")
        centre += _standardised(images[start : start + ROWS], mean, std).sum(axis=0)
    centre /= count
    for start in range(0, count, ROWS):
        progress(count + start, 2 * count, "whitening: covariance of the pixels")
        rows = _standardised(images[start : start + ROWS], mean, std) - centre
        covariance += rows.T @ rows
    covariance /= count
    regulariser = _REGULARISER * np.trace(covariance) / size
    if not regulariser > 0:
        raise BadInput("zca=True needs training images that differ; all of them are the same.")
    progress(2 * count, 2 * count, "whitening: eigenvectors")
    values, vectors = np.linalg.eigh(covariance)
    half = vectors * (values.clip(0) + regulariser) ** -0.25
    return ZCA(centre.astype(np.float32), (half @ half.T).astype(np.float32))


def _standardised(images: np.ndarray, mean: tuple[float, ...], std: tuple[float, ...]) -> np.ndarray:
    """(N, H, W, C) uint8 -> (N, D) float64 in the order (C, H, W)."""
    scaled = (images / 255.0 - np.asarray(mean)) / np.asarray(std)
    return scaled.transpose(0, 3, 1, 2).reshape(len(images), -1)


# -- on disk


def write_zca(path: Path, whitening: ZCA) -> None:
    write_npz(path, mean=whitening.mean, matrix=whitening.matrix)


def read_zca(path: Path) -> ZCA:
    """What `write_zca` wrote; BadInput for anything else."""
    try:
        arrays = read_npz(path)
    except (OSError, EOFError, ValueError, zipfile.BadZipFile) as error:
        raise BadInput(f"{path} cannot be read as a whitening ({error}).") from None
    if (found := _understood(arrays)) is None:
        raise BadInput(f"{path} is not a whitening: it needs mean (D,) and matrix (D, D) of finite float32 numbers.")
    return found


def _understood(arrays: dict[str, np.ndarray]) -> ZCA | None:
    """The whitening in these arrays; None if there is none."""
    if arrays.keys() != {"mean", "matrix"}:
        return None
    mean, matrix = arrays["mean"], arrays["matrix"]
    if not mean.dtype == matrix.dtype == np.float32:
        return None
    sound = mean.ndim == 1 and 0 < len(mean) <= LARGEST and matrix.shape == 2 * mean.shape
    return ZCA(mean, matrix) if sound and np.isfinite(mean).all() and np.isfinite(matrix).all() else None


def stored_zca(snapshot: Path, identity: str) -> ZCA:
    """The whitening that a snapshot file names: from the run folder it lies in, else from the cache; or BadInput."""
    beside = snapshot.resolve().parent.parent / FILE
    kept = sorted(WHITENING.root.glob(f"*-{identity}.npz")) if identity.isalnum() else []
    for path in [beside, *kept]:
        if path.is_file() and (found := read_zca(path)).identity == identity:
            return found
    raise BadInput(
        f"{snapshot} was made from images whitened by {identity or 'nothing'!r}, which is neither in {beside} nor in "
        f"{WHITENING.root}; evaluate the run it comes from, or copy that run's {FILE} there."
    )
