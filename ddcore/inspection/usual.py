"""What is usual among the real images of a dataset, which synthetic images are measured against.

Everything is taken from fixed random samples, so that 60,000 images take a second or two.
"""

from dataclasses import asdict, dataclass

import numpy as np

from ddcore.data.dataset import Dataset
from ddcore.inspection.neighbours import nearest_others, pixels_of, sampled
from ddcore.inspection.spectrum import fineness, radial_power
from ddcore.kept import USUAL
from ddcore.progress import Progress, silent

APART = 300  # real images whose nearest other one is looked for
OF_CLASS = 100  # images of each class, ...
OF_ALL = 5000  # ... and of all together, where there are many classes, ...
MOST_VALUES = 16_000_000  # ... with at most so many values
EXTREME = 99  # percentile: what one real image in a hundred goes beyond


@dataclass(frozen=True, eq=False)
class Usual:
    """`nearest` (S,): distances from real images to the nearest other one, ascending; empty for a single image.

    Of each class (K,), over a sample of its images: `black` and `white`, the 99th percentile of the share of values
    that are 0 and 255; `fine`, that of `spectrum.fineness`; `spread`, the mean distance between two images (NaN for a
    single one). `spectra` (K, R): the mean of `spectrum.radial_power`.
    """

    nearest: np.ndarray
    black: np.ndarray
    white: np.ndarray
    fine: np.ndarray
    spread: np.ndarray
    spectra: np.ndarray

    @property
    def far(self) -> float:
        """The 99th percentile of the distance to the nearest other image; infinite for a single image."""
        return float(np.percentile(self.nearest, EXTREME)) if len(self.nearest) else float("inf")

    @property
    def typical(self) -> float:
        """Its median over images without an exact copy; 0 if there is none."""
        apart = self.nearest[self.nearest > 0]
        return float(np.median(apart)) if len(apart) else 0.0


def usual(dataset: Dataset, progress: Progress = silent) -> Usual:
    """What is usual among the training images of `dataset`, computed once and kept."""
    path = USUAL.path(dataset.hash, APART, OF_CLASS, OF_ALL)
    if (kept := USUAL.read(path, lambda arrays: _understood(arrays, dataset))) is not None:
        return kept
    found = measured(dataset, progress)
    USUAL.keep(path, asdict(found))
    return found


def _understood(arrays: dict[str, np.ndarray], dataset: Dataset) -> Usual:
    found, size = Usual(**arrays), dataset.num_classes
    if any(len(values) != size for name, values in arrays.items() if name != "nearest") or found.spectra.ndim != 2:
        raise ValueError("it does not fit the classes")
    return found


def measured(dataset: Dataset, progress: Progress = silent) -> Usual:
    """The same, computed now."""
    most = min(OF_ALL, MOST_VALUES // dataset.train.images[0].size)
    each = max(2, min(OF_CLASS, most // dataset.num_classes))
    columns: list[tuple[float, float, float, float]] = []
    spectra = []
    for label in range(dataset.num_classes):
        ids = np.flatnonzero(dataset.train.labels == label)
        ids = ids[sampled(len(ids), each)]
        pixels, rows = dataset.train.images[ids], pixels_of(dataset, ids)
        images = rows.reshape(pixels.shape)
        extremes = [np.percentile(extreme_share(pixels, value), EXTREME) for value in (0, 255)]
        columns.append((*extremes, np.percentile(fineness(images), EXTREME), spread(rows)))
        spectra.append(radial_power(images).mean(axis=0))
    black, white, fine, apart = np.array(columns).T
    others = nearest_others(sampled(len(dataset.train), APART), dataset, progress)
    return Usual(np.sort(others[np.isfinite(others)]), black, white, fine, apart, np.array(spectra))


def extreme_share(pixels: np.ndarray, value: int) -> np.ndarray:
    """(n,) share of the values of each of `pixels` (n,H,W,C) uint8 that are `value`."""
    return (pixels == value).reshape(len(pixels), -1).mean(axis=1)


def spread(rows: np.ndarray) -> float:
    """The mean distance between two of `rows` (n, D); NaN for fewer than two."""
    count = len(rows)
    if count < 2:
        return float("nan")
    rows = rows.astype(np.float64)
    total = sum(np.sqrt(np.square(rows[i + 1 :] - rows[i]).sum(axis=1)).sum() for i in range(count - 1))
    return float(total / (count * (count - 1) / 2))
