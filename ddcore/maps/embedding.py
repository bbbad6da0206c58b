"""Two-dimensional maps of real images: PCA, then UMAP (`ddcore.maps.layout`). Runs in a worker process.

A map is one `.npz` without pickles, so that the PCA and the map that belongs to it can never be parted. `embed` lists
what is in it; `ddcore.maps.projection` reads it and places further images on it with NumPy alone.
"""

import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from ddcore.errors import BadInput
from ddcore.features.pca import fit_pca, principal_coordinates
from ddcore.kept import MAPS
from ddcore.maps.layout import umap_layout
from ddcore.maps.projection import flat, typical_distance
from ddcore.networks import network_parameter
from ddcore.parameters import check, named_by, parameter
from ddcore.progress import Progress, silent
from ddcore.randomness import numpy_generator

FEATURES = {
    "pixels": "all pixels",
    "pca": "principal components of the pixels",
    "random": "features of a small random network",
    "network": "features of a small trained network",
}
NETWORK_FEATURES = ("random", "network")
SMALLEST_FOR_UMAP = 4
CHUNK = 4096


@dataclass(frozen=True)
class MapSettings:
    """How a map is drawn. `pixels`: UMAP sees every pixel; `pca`: the leading principal components of the pixels;
    `random`, `network`: the leading principal components of the features of a random or a trained network, which the
    caller supplies."""

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
    feature_network: str = network_parameter(when={"features": NETWORK_FEATURES}, title="Network")

    def __post_init__(self):
        check(self)


def cached_map_path(dataset_hash: str, settings: MapSettings) -> Path:
    """Where the map of a dataset's training images under `settings` is kept."""
    return MAPS.path(dataset_hash, named_by(settings))


def feature_matrix(kind: str, images: np.ndarray, mean: tuple[float, ...], std: tuple[float, ...]) -> np.ndarray:
    """Normalised pixels (N, H*W*C) float32 of `images` (N,H,W,C) uint8: the features of the kinds `pixels` and `pca`.

    Features of a network come from whoever holds the network.
    """
    if kind not in ("pixels", "pca"):
        raise BadInput(f"features={kind!r} cannot be computed from pixels alone; choose one of pixels, pca.")
    matrix = np.empty((len(images), int(np.prod(images.shape[1:]))), np.float32)
    each = matrix.shape[1] // images.shape[-1]  # a row of constants an image: many times faster than one a pixel
    shift, scale = (np.tile(255 * np.asarray(constants, np.float32), each) for constants in (mean, std))
    for start in range(0, len(images), CHUNK):
        part = matrix[start : start + CHUNK]
        np.subtract(images[start : start + CHUNK].reshape(len(part), -1), shift, out=part)
        part /= scale
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
    start = flat(reduced)
    if count < SMALLEST_FOR_UMAP:
        method, used = "pca", 0
        xy = start
    else:
        seen = features if settings.features == "pixels" else reduced
        xy = umap_layout(seen, start, used, settings.min_dist, settings.seed, progress)
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
