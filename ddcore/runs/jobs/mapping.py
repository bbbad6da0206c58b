"""The job that draws a map of real images, and the networks behind maps of their features."""

import json
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ddcore.data.dataset import Dataset, open_dataset
from ddcore.data.train_set import train_set
from ddcore.errors import BadInput
from ddcore.features.network import (
    features_by,
    features_of,
    packed_network,
    random_network,
    small_network,
    trained_network,
    unpacked_network,
)
from ddcore.kept import MAPS
from ddcore.maps.embedding import NETWORK_FEATURES, MapSettings, cached_map_path, embed, feature_matrix
from ddcore.maps.projection import kept_map
from ddcore.networks.base import Network, Trained
from ddcore.networks.compute import resolve_device
from ddcore.progress import Progress
from ddcore.runs.handle import Job
from ddcore.runs.jobs.keeping import must_keep
from ddcore.runs.placed import Features


@must_keep
def embedding(job: Job) -> dict[str, Any]:
    """Settings: dataset (a content hash) and the fields of MapSettings. Fills the map cache."""
    settings = dict(job.config["settings"])
    dataset = open_dataset(settings.pop("dataset"))
    map_settings = MapSettings(**settings)
    path = cached_map_path(dataset.hash, map_settings)
    if kept_map(path, dataset.hash) is None:
        job.phase("features")
        features, network = map_features(dataset, map_settings, job.progress)
        job.phase("embedding")
        MAPS.write(path, embed(features, map_settings, dataset.hash, job.progress) | network)
    return {"hash": dataset.hash, "map": path.name}


def map_features(
    dataset: Dataset, settings: MapSettings, progress: Progress
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """(features (N,D) float32, the network behind them as arrays): pixels, or what a small network makes of them."""
    if settings.features not in NETWORK_FEATURES:
        return feature_matrix(settings.features, dataset.train.images, dataset.mean, dataset.std), {}
    network, found = map_network(dataset, settings, progress)
    features = features_by(network, found, train_set(dataset), resolve_device("auto"), progress)
    return features, packed_network(found)


def map_network(dataset: Dataset, settings: MapSettings, progress: Progress) -> tuple[Network, Trained]:
    """The network whose features such a map shows."""
    make = random_network if settings.features == "random" else trained_network
    return make(train_set(dataset), settings.seed, resolve_device("auto"), progress, settings.feature_network)


def features_seen_by(map: dict[str, np.ndarray], map_path: Path, dataset: Dataset, progress: Progress) -> Features:
    """What turns images into the features of a map of network features, on the CPU: a network of width 32, few images.

    One drawn by an earlier version lacks its network: it is made again (on the GPU, if there is one, in whose queue the
    job must stand then), and kept if it gives the features that the map has; BadInput if it does not.
    """
    known = json.loads(str(map["settings"]))
    settings = MapSettings(**{field.name: known[field.name] for field in fields(MapSettings) if field.name in known})
    network, found = small_network(train_set(dataset), settings.feature_network), unpacked_network(map)
    if found is None:
        _, made = map_network(dataset, settings, progress)
        first, expected = network_inputs(dataset, slice(5)), map["head"]
        off = np.abs(features_of(network, made, first, resolve_device("auto")) - expected[: len(first)]).max()
        if not off <= 1e-3 * max(1.0, float(np.abs(expected).max())):
            raise BadInput(
                f"The map {map_path.name} was drawn without keeping its network, and training it again gives other "
                f"features (off by {off:.3g}); delete the map to have it drawn again."
            )
        whole = map | packed_network(made)
        MAPS.write(map_path, whole)
        return features_seen_by(whole, map_path, dataset, progress)
    return partial(features_of, network, found)


def network_inputs(dataset: Dataset, rows: slice) -> np.ndarray:
    """(m,C,H,W) float32 normalised training images."""
    images = dataset.train.images[rows]
    flat = feature_matrix("pixels", images, dataset.mean, dataset.std)
    return flat.reshape(images.shape).transpose(0, 3, 1, 2)
