"""Two-dimensional maps of real images: PCA, then UMAP. Runs in a worker process; needs `umap-learn` only when it fits.

A map is one `.npz` without pickles, so that the PCA and the map that belongs to it can never be parted. `embed` lists
what is in it; `ddcore.maps.projection` reads it and places further images on it with NumPy alone.

UMAP: McInnes, Healy, Melville, "UMAP: Uniform Manifold Approximation and Projection for Dimension Reduction", 2018.
It starts from the first two principal components (Kobak, Linderman, "Initialization is critical for preserving global
data structure in both t-SNE and UMAP", 2021), which also spares a spectral solver that fails on disconnected graphs.
"""

import json
import os
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from ddcore.errors import BadInput
from ddcore.features.pca import fit_pca, principal_coordinates
from ddcore.kept import MAPS
from ddcore.maps.projection import typical_distance
from ddcore.networks import network_parameter
from ddcore.parameters import check, named_by, parameter
from ddcore.places import cache_root
from ddcore.progress import Progress, Stopped, silent
from ddcore.randomness import numpy_generator

FORMAT = 1
FEATURES = {
    "pixels": "all pixels",
    "pca": "principal components of the pixels",
    "network": "features of a small trained network",
}
SMALLEST_FOR_UMAP = 4
CHUNK = 4096
_FIRST_TIME = "the first time on a machine this compiles for up to a minute"


@dataclass(frozen=True)
class MapSettings:
    """How a map is drawn. `pixels`: UMAP sees every pixel; `pca`: the leading principal components of the pixels;
    `network`: the leading principal components of a trained network's features, which the caller supplies."""

    features: str = parameter(
        "pca", "What makes images alike: pixels, their PCA, or network features.", choices=FEATURES
    )
    neighbours: int = parameter(
        15,
        "Neighbours that UMAP keeps close: few show detail, many the overall structure.",
        min=2,
        max=200,
        title="Neighbours kept close",
    )
    min_dist: float = parameter(
        0.1, "How tightly UMAP may pack similar images.", min=0.0, max=0.99, title="Minimum distance between points"
    )
    components: int = parameter(50, "Principal components kept.", min=2, max=512)
    seed: int = parameter(0, "Seed of the layout.", min=0, max=2**31 - 1)
    feature_network: str = network_parameter(when={"features": ("network",)}, title="Network")

    def __post_init__(self):
        check(self)


def cached_map_path(dataset_hash: str, settings: MapSettings) -> Path:
    """Where the map of a dataset's training images under `settings` is kept."""
    return MAPS.path(dataset_hash, named_by(settings))


def feature_matrix(kind: str, images: np.ndarray, mean: tuple[float, ...], std: tuple[float, ...]) -> np.ndarray:
    """Normalised pixels (N, H*W*C) float32 of `images` (N,H,W,C) uint8: the features of the kinds `pixels` and `pca`.

    Features of the kind `network` come from whoever holds the network.
    """
    if kind not in ("pixels", "pca"):
        raise BadInput(f"features={kind!r} cannot be computed from pixels alone; choose one of pixels, pca.")
    matrix = np.empty((len(images), int(np.prod(images.shape[1:]))), np.float32)
    shift, scale = 255 * np.asarray(mean, np.float32), 255 * np.asarray(std, np.float32)
    for start in range(0, len(images), CHUNK):
        chunk = images[start : start + CHUNK]
        matrix[start : start + CHUNK] = ((chunk - shift) / scale).reshape(len(chunk), -1)
    return matrix


def embed(
    train_features: np.ndarray,
    settings: MapSettings,
    dataset_hash: str,
    progress: Progress = silent,
    ids: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Map of `train_features` (N,D), as the arrays of one `.npz`:

    xy (N,2) float32; ids (N,) int64, the images' indices in the training set (default 0..N-1);
    reduced (N,d) float32, the principal coordinates in which further images are placed;
    pca_mean (D,), pca_components (d,D) float32; explained (), the fraction of variance the d components keep;
    typical_distance (), see `projection.typical_distance`;
    head (<=5,D), features of the first images, by which a reader sees that map and PCA belong together;
    dataset_hash; settings (JSON: the settings, the method and the neighbours used); versions (JSON).

    The same features, settings and machine give the same bits. Fewer than 4 images get their principal coordinates
    instead of UMAP ("method": "pca"), and `neighbours` is cut to N-1; the stored settings say so.
    Raises `BadInput` when the features are not a finite matrix.
    """
    features = np.ascontiguousarray(train_features, np.float32)
    if features.ndim != 2 or 0 in features.shape or not np.isfinite(features).all():
        raise BadInput(f"features of shape {features.shape} make no map; a matrix of finite numbers is needed.")
    mean, components, explained = fit_pca(features, settings.components, progress)
    reduced = principal_coordinates(features, mean, components)
    count = len(features)
    method, used = "umap", min(settings.neighbours, count - 1)
    flat = np.pad(reduced[:, :2], ((0, 0), (0, max(0, 2 - reduced.shape[1]))))
    if count < SMALLEST_FOR_UMAP:
        method, used = "pca", 0
        xy = flat
    else:
        seen = features if settings.features == "pixels" else reduced
        xy = _umap(seen, flat, used, settings, progress)
    progress(1, 1, "map drawn")
    typical = typical_distance(reduced, numpy_generator(settings.seed, "map-distances"))
    return {
        "xy": xy.astype(np.float32),
        "ids": np.arange(count) if ids is None else np.asarray(ids, np.int64),
        "reduced": reduced,
        "pca_mean": mean,
        "pca_components": components,
        "explained": np.array(explained, np.float64),
        "typical_distance": np.array(typical, np.float64),
        "head": features[:5],
        "dataset_hash": np.array(dataset_hash),
        "settings": np.array(json.dumps(asdict(settings) | {"method": method, "neighbours_used": used})),
        "versions": np.array(json.dumps({name: version(name) for name in ("numpy", "umap-learn", "numba")})),
    }


class _Epochs:
    """Counts UMAP's epochs for another thread, and ends them from there."""

    def __init__(self):
        self.done, self.total, self.stop = 0, 0, False

    def count(self, epochs: range, **_) -> Iterator[int]:
        """Stands in for the progress bar through which UMAP iterates over its epochs."""
        self.total = len(epochs)
        for self.done in epochs:
            if self.stop:
                raise Stopped
            yield self.done


def _umap(
    points: np.ndarray, start: np.ndarray, neighbours: int, settings: MapSettings, progress: Progress
) -> np.ndarray:
    """UMAP coordinates (N,2) of `points` (N,D) from the layout `start` (N,2).

    UMAP works in a thread while this one reports, because its search for neighbours reports nothing itself. Epochs are
    counted; what comes before has no known length, so its time is told. A stop takes effect at the next epoch.
    """
    epochs, began = _Epochs(), time.monotonic()
    with ThreadPoolExecutor(1, thread_name_prefix="umap") as pool:
        job = pool.submit(_fit, points, start, neighbours, settings, epochs)
        try:
            while not job.done():
                if epochs.total:
                    progress(epochs.done, epochs.total, "laying out the map")
                else:
                    progress(0, 0, f"finding neighbours, {time.monotonic() - began:.0f} s ({_FIRST_TIME})")
                wait([job], timeout=0.25)
        except BaseException:
            epochs.stop = True
            raise
        return job.result()


def _fit(points: np.ndarray, start: np.ndarray, neighbours: int, settings: MapSettings, epochs: _Epochs) -> np.ndarray:
    # Compiled functions are cached in a folder of ours: a first import takes 20 s, a later one 2 s.
    os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_root() / "numba"))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Tensorflow not installed", ImportWarning)
        import umap.layouts
    # UMAP scales both axes to [0, 10]; a little noise parts duplicates and keeps a constant axis from dividing by zero.
    spread = max(float(start.std()), 1e-6)
    noise = numpy_generator(settings.seed, "map-start").normal(scale=1e-4 * spread, size=start.shape)
    mapper = umap.UMAP(
        n_neighbors=neighbours,
        min_dist=settings.min_dist,
        init=(start + noise).astype(np.float32),
        random_state=settings.seed,
        n_jobs=1,
    )
    # UMAP's progress bar cannot be stopped through its options (an exception in its output leaves tqdm's lock taken).
    bar, umap.layouts.tqdm = umap.layouts.tqdm, epochs.count
    try:
        return mapper.fit_transform(points)
    finally:
        umap.layouts.tqdm = bar
