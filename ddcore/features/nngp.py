"""Random ConvNet features: outputs of fresh random networks, whose inner products tend to the NNGP kernel.

Loo, Hasani, Amini & Rus, "Efficient dataset distillation using random feature approximation", NeurIPS 2022 (RFAD): the
conv-net Gaussian-process kernel K(x, y) = E <h(x), h(y)> is estimated by random networks of finite width,
depth x [conv 3x3 (zero padding), ReLU, average pool 2x2], weights N(0, 2/fan in), biases N(0, 0.1^2), then a linear
readout drawn alike: K = 2 <F(x), F(y)>/dim + 0.1^2 for the last hidden layer F.

Ours: the readout is drawn too, R outputs a network, so that the number of features is free: given a network, the
product of two outputs has the expectation K above; 8 networks of width 64 (RFAD: 8 of width 256, fresh at every step).
Finite width leaves a bias of order 1/width beside the noise of order 1/sqrt(num_features).
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from ddcore.compute import Compute, DeviceImages, resolve_device
from ddcore.depths import default_depth
from ddcore.importance.base import TrainSet
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness

_NETWORKS, _WIDTH = 8, 64
_GAIN = 2.0  # variance of a weight times its fan in
_BIAS = 0.1  # standard deviation of a bias


@dataclass(frozen=True)
class RandomConvNet:
    """`shape` (C, H, W); `width` channels of each of `depth` blocks; `outputs` numbers an image."""

    shape: tuple[int, int, int]
    width: int
    depth: int
    outputs: int

    def init(self, rng: np.random.Generator, device: str) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """(weight, bias) of every convolution and of the readout; the same numbers on every device."""
        channels, height, width = self.shape
        sizes = [(self.width, channels if block == 0 else self.width, 3, 3) for block in range(self.depth)]
        sizes.append((self.outputs, self.width * (height >> self.depth) * (width >> self.depth)))
        return [self._layer(size, rng, device) for size in sizes]

    def __call__(self, layers: list[tuple[torch.Tensor, torch.Tensor]], images: torch.Tensor) -> torch.Tensor:
        """(B, C, H, W) normalised images -> (B, outputs)."""
        x = images
        for weight, bias in layers[:-1]:
            x = F.avg_pool2d(F.relu(F.conv2d(x, weight, bias, padding=1)), 2)
        return F.linear(x.flatten(1), *layers[-1])

    @staticmethod
    def _layer(size: tuple[int, ...], rng: np.random.Generator, device: str) -> tuple[torch.Tensor, torch.Tensor]:
        spread = np.float32((_GAIN / np.prod(size[1:])) ** 0.5)
        weight = rng.standard_normal(size, np.float32) * spread
        bias = rng.standard_normal(size[0], np.float32) * np.float32(_BIAS)
        return torch.from_numpy(weight).to(device), torch.from_numpy(bias).to(device)


@torch.no_grad()
def nngp_features(
    train: TrainSet,
    num_features: int,
    seed: int,
    device: str = "cpu",
    progress: Progress = silent,
    networks: int = _NETWORKS,
    width: int = _WIDTH,
) -> np.ndarray:
    """(N, num_features) float32: the outputs of `networks` random networks side by side, over sqrt(num_features)."""
    device = resolve_device(device)
    images, compute = DeviceImages(train.images, train.mean, train.std, device), Compute(device)
    out = np.empty((len(images), num_features), np.float32)
    shares = np.array_split(np.arange(num_features), min(networks, num_features))
    for place, columns in enumerate(shares):
        network = RandomConvNet(train.shape, width, default_depth(*train.shape[1:]), len(columns))
        layers = network.init(Randomness(seed, place).numpy("nngp"), device)
        for part, x in images.chunks(compute.chunk(network)):
            out[part, columns[0] : columns[-1] + 1] = network(layers, x).cpu().numpy()
            progress(place + part.stop / len(images), len(shares), "random networks' outputs")
    out *= np.float32(num_features**-0.5)
    return out
