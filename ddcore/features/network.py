"""Features of a small ConvNet trained on the real data: what its linear layer sees, then principal components.

The network (Zhao, Mopuri & Bilen 2021, see `ddcore.networks.convnet`) of width 32 after 400 short steps is our choice;
it is the one whose features the map of the same seed shows.
"""

import numpy as np

from ddcore.data.device_images import DeviceImages
from ddcore.data.train_set import TrainSet
from ddcore.features.pca import pca_features
from ddcore.networks.base import network_of
from ddcore.networks.compute import Compute, resolve_device
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness
from ddcore.training.experts import ExpertSchedule, finished_expert, outputs, train_expert

_WIDTH, _SCHEDULE = 32, ExpertSchedule(400)


def network_features(
    train: TrainSet,
    num_features: int,
    seed: int,
    device: str = "cpu",
    progress: Progress = silent,
    text: str = "convnet",
) -> np.ndarray:
    """(N, D) float32: all features of the network called `text` where they are at most `num_features`, in its own
    scale; else their `num_features` leading principal components (fewer where their rank is lower)."""
    features = trained_features(train, seed, device, progress, text)
    if features.shape[1] <= num_features:
        return features
    return pca_features(features, num_features, progress)


def trained_features(
    train: TrainSet, seed: int, device: str = "cpu", progress: Progress = silent, text: str = "convnet"
) -> np.ndarray:
    """(N, F) float32 inputs of the last layer of a network, named by `text` (see `ddcore.networks`), trained on
    `train`."""
    device = resolve_device(device)
    network = network_of(text, train.shape, train.num_classes, width=_WIDTH)
    images, compute = DeviceImages.of(train, device), Compute(device)
    training = train_expert(network, images, train.labels, _SCHEDULE, None, Randomness(seed), "map")
    expert = finished_expert(training, _SCHEDULE, progress)
    features = np.empty((len(images), network.num_features), np.float32)
    for part, _, seen in outputs(network, expert, images, compute):
        features[part] = seen.cpu().numpy()
        progress(part.stop, len(images), "taking the network's features")
    return features
