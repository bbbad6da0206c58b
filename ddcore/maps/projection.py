"""Places further images on a stored map, with NumPy alone (safe in the server process).

UMAP's own transform would need umap and numba here, and lets a point's place depend on its batch. Averaging the places
of the nearest real images, each point by itself, does as well when the average stays within one part of the map:
nearest labels on a map of 10,000 Fashion-MNIST images were right for 0.782 of 3,000 others; 0.746 with an average
over all 15.
"""

from pathlib import Path

import numpy as np

from ddcore.errors import BadInput
from ddcore.features.pca import principal_coordinates
from ddcore.files import read_npz
from ddcore.kept import MAPS
from ddcore.maps.nearest import nearest
from ddcore.progress import Progress, silent

NEIGHBOURS = 15
REACH = 0.025  # of the map's width
SAMPLE = 2000


def load_map(path: Path, dataset_hash: str, head: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """The arrays that `ddcore.maps.embedding.embed` made, checked: they are of this dataset and fit their own PCA.

    `head` (<=5,D): features of the map's first images as computed now; those stored at fit time by default.
    Raises `BadInput` for a damaged file, a map of another dataset or one whose PCA does not fit it; a map that belongs
    to another PCA looks plausible and is wrong.
    """
    try:
        map = read_npz(path)
        _check(map, dataset_hash, path, head)
    except BadInput:
        raise
    except (ValueError, KeyError) as error:
        raise BadInput(f"The map in {path} is damaged ({error}); delete it to have it drawn again.") from None
    return map


def kept_map(path: Path, dataset_hash: str) -> dict[str, np.ndarray] | None:
    """The same; None if there is no map, or none that can be used: it is then drawn again."""

    def understood(map: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        _check(map, dataset_hash, path)
        return map

    return MAPS.read(path, understood)


def _check(map: dict[str, np.ndarray], dataset_hash: str, path: Path, head: np.ndarray | None = None) -> None:
    if (found := str(map["dataset_hash"])) != dataset_hash:
        raise BadInput(f"{path.name} is a map of dataset {found}; one of dataset {dataset_hash} is needed.")
    expected = map["reduced"][:5]
    error = np.abs(reduce(map["head"] if head is None else head, map)[: len(expected)] - expected).max()
    if not error <= 1e-4 * max(1.0, np.abs(expected).max()):
        raise BadInput(f"{path.name} does not fit its own PCA (off by {error:.3g}); delete it to have it drawn again.")


def reduce(features: np.ndarray, map: dict[str, np.ndarray]) -> np.ndarray:
    """Principal coordinates (m,d) float32 of `features` (m,D)."""
    features = np.asarray(features, np.float32)
    size = len(map["pca_mean"])
    if features.ndim != 2 or features.shape[1] != size:
        raise BadInput(f"features of shape {features.shape} do not fit the map; (m, {size}) is needed.")
    return principal_coordinates(features, map["pca_mean"], map["pca_components"])


def place_reduced(
    coordinates: np.ndarray, map: dict[str, np.ndarray], progress: Progress = silent
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(xy (m,2) float32, distance (m,) float32, odd (m,) bool) of images with principal coordinates (m,d) on a map.

    xy: from the places of the 15 nearest real images in principal coordinates, weighted by a Gaussian whose width is
    the distance to the nearest, so that an image of the map lands on itself. Among them the place that the others crowd
    around is found, and the mean is taken around it (ours: a mean over two islands of the map would lie between them).
    distance: to the nearest real image; odd: farther than real images are from each other (99th percentile), so that
    the place means little and should be drawn faded. `reduce` makes coordinates of features.
    """
    ids, distances = nearest(coordinates, map["reduced"], NEIGHBOURS, progress)
    width = np.maximum(distances[:, :1], 1e-6)
    weights = np.exp(-0.5 * (distances / width) ** 2)
    xy = _crowded_mean(map["xy"][ids], weights, REACH * float(np.ptp(map["xy"], axis=0).max()))
    return xy.astype(np.float32), distances[:, 0], distances[:, 0] > float(map["typical_distance"])


def flat(coordinates: np.ndarray) -> np.ndarray:
    """(m,2): the first two of principal coordinates (m,d), the linear twin of a map; 0 where there is only one."""
    return np.pad(coordinates[:, :2], ((0, 0), (0, max(0, 2 - coordinates.shape[1]))))


def _crowded_mean(places: np.ndarray, weights: np.ndarray, reach: float) -> np.ndarray:
    """(m,2): weighted mean of `places` (m,k,2) within about `reach` of the one that most weight (m,k) is close to."""
    reach = max(reach, 1e-6)
    apart = np.linalg.norm(places[:, :, None] - places[:, None], axis=-1)
    centre = (np.minimum(apart, reach) * weights[:, None]).sum(axis=2).argmin(axis=1)
    weights = weights * np.exp(-0.5 * (apart[np.arange(len(places)), centre] / reach) ** 2)
    return (weights[:, :, None] * places).sum(axis=1) / weights.sum(axis=1, keepdims=True)


def neighbours(reduced: np.ndarray, i: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """(ids (k,), distances (k,)) of the `k` rows of `reduced` (N,d) nearest to row `i`, nearest first, without `i`."""
    squared = np.square(reduced - reduced[i]).sum(axis=1)
    squared[i] = np.inf
    k = max(0, min(k, len(reduced) - 1))
    ids = np.argpartition(squared, k)[:k] if k < len(reduced) else np.arange(k)
    ids = ids[np.lexsort((ids, squared[ids]))]
    return ids, np.sqrt(squared[ids])


def typical_distance(reduced: np.ndarray, rng: np.random.Generator, queries: int = SAMPLE) -> float:
    """99th percentile of the distance from a real image to its nearest other one, over at most `queries` of them.

    reduced (N,d). Infinite for a single image: nothing can be called odd beside it.
    """
    if len(reduced) < 2:
        return float("inf")
    sample = np.sort(rng.choice(len(reduced), min(queries, len(reduced)), replace=False))
    ids, distances = nearest(reduced[sample], reduced, 2)
    others = np.where(ids[:, 0] == sample, distances[:, 1], distances[:, 0])
    return float(np.percentile(others, 99))
