"""Features of a small ConvNet, trained on real data or random: what its linear layer sees, principal components.

The network (Zhao, Mopuri & Bilen 2021, see `ddcore.networks.convnet`) of width 32 after 400 short steps is our choice;
it is the one whose features the map of the same seed shows. The random one is the same before its first step.
"""

import numpy as np
import torch

from ddcore.data.device_images import DeviceImages
from ddcore.data.train_set import TrainSet
from ddcore.features.pca import pca_features
from ddcore.networks.base import Network, Trained, calibrated, network_of
from ddcore.networks.compute import Compute, resolve_device
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness
from ddcore.training.experts import ExpertSchedule, finished_expert, outputs, train_expert

_WIDTH, _SCHEDULE = 32, ExpertSchedule(400)
_OBSERVED = 512  # real images from which a random network with batch normalisation takes its statistics
_PARAMETER, _BUFFER = "network_", "buffer_"  # how arrays of a kept network are called


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
    return features_by(*trained_network(train, seed, device, progress, text), train, device, progress)


def trained_network(
    train: TrainSet, seed: int, device: str = "cpu", progress: Progress = silent, text: str = "convnet"
) -> tuple[Network, Trained]:
    """The network called `text`, and what training on `train` made of it."""
    network = small_network(train, text)
    training = train_expert(
        network, DeviceImages.of(train, device), train.labels, _SCHEDULE, None, Randomness(seed), "map"
    )
    return network, finished_expert(training, _SCHEDULE, progress)


def random_network(
    train: TrainSet, seed: int, device: str = "cpu", progress: Progress = silent, text: str = "convnet"
) -> tuple[Network, Trained]:
    """The same before its first step; one with batch normalisation has the statistics of 512 real images."""
    network, rng = small_network(train, text), Randomness(seed)
    parameters = network.init(rng.torch("map", device))
    progress(1, 1, "drawing a random network")
    chosen = np.sort(rng.numpy("map-statistics").permutation(len(train.labels))[:_OBSERVED])
    observed = DeviceImages(train.images[chosen], train.mean, train.std, device, train.whitening)
    return network, calibrated(network, parameters, observed[:])


def small_network(train: TrainSet, text: str) -> Network:
    """The network called `text` for images of `train`, of width 32 unless `text` says otherwise."""
    return network_of(text, train.shape, train.num_classes, width=_WIDTH)


def features_by(
    network: Network, found: Trained, train: TrainSet, device: str = "cpu", progress: Progress = silent
) -> np.ndarray:
    """(N, F) float32 inputs of the last layer of `network` with the parameters `found`."""
    images = DeviceImages.of(train, device)
    features = np.empty((len(images), network.num_features), np.float32)
    for part, _, seen in outputs(network, found, images, Compute(device)):
        features[part] = seen.cpu().numpy()
        progress(part.stop, len(images), "taking the network's features")
    return features


@torch.no_grad()
def features_of(network: Network, found: Trained, images: np.ndarray, device: str = "cpu") -> np.ndarray:
    """(m, F) float32: the same for any `images` (m,C,H,W) float32 in the network's training space."""
    seen = Compute(device).features(network, found.parameters, torch.as_tensor(images, device=device), found.buffers)
    return seen.cpu().numpy()


# -- on disk


def packed_network(found: Trained) -> dict[str, np.ndarray]:
    """Parameters and buffers as arrays, which `unpacked_network` reads from among others."""
    named = [(_PARAMETER, found.parameters), (_BUFFER, found.buffers or {})]
    return {prefix + name: value.cpu().numpy() for prefix, values in named for name, value in values.items()}


def unpacked_network(arrays: dict[str, np.ndarray], device: str = "cpu") -> Trained | None:
    """What `packed_network` wrote; None if there is no network among the arrays."""
    parameters, buffers = (
        {
            name.removeprefix(prefix): torch.tensor(value, device=device)
            for name, value in arrays.items()
            if name.startswith(prefix)
        }
        for prefix in (_PARAMETER, _BUFFER)
    )
    return Trained(parameters, buffers or None) if parameters else None
