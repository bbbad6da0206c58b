"""Random conv nets without normalisation, whose features' inner products tend to a Gaussian-process kernel.

Loo, Hasani, Amini & Rus, "Efficient dataset distillation using random feature approximation", NeurIPS 2022 (RFAD):
depth x [conv 3x3 (zero padding), ReLU, average pool 2x2], weights N(0, 2/fan in), biases N(0, 0.1^2), nothing trained.
For the last hidden layer h of width -> infinity, 2 <h(x), h(y)>/dim + 0.1^2 is the kernel (NNGP) of such a network with
a linear readout drawn alike; `ddcore.ridge.kernels.random_features` computes it.

Unlike `ddcore.networks.convnet.ConvNet` 28-pixel images are not padded to 32: 3 x 3 pixels are left of them after three
blocks. Letters: B images, C channels, H x W pixels, F features.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from ddcore.errors import BadInput
from ddcore.networks.pooling import average_pool, in_planes
from ddcore.ridge.kernels import BIAS_STD, WEIGHT_STD

Layers = list[tuple[torch.Tensor, torch.Tensor]]
"""(weight, bias) of every convolution, and of the readout where there is one."""


@dataclass(frozen=True)
class RandomConvNet:
    """`shape` (C, H, W); `width` channels of each of `depth` blocks; `outputs` numbers an image, 0 for no readout.

    Raises BadInput if `depth` would pool below 1x1.
    """

    shape: tuple[int, int, int]
    width: int
    depth: int
    outputs: int = 0

    def __post_init__(self):
        _, height, width = self.shape
        deepest = min(height, width).bit_length() - 1
        if not 1 <= self.depth <= deepest:
            raise BadInput(
                f"depth={self.depth} does not fit random networks of {height}x{width} images; choose a depth from 1 to "
                f"{deepest}."
            )

    @property
    def cost(self) -> int:
        """As of any network: floats of an image in the widest activation."""
        return self.width * self.shape[1] * self.shape[2]

    @property
    def num_features(self) -> int:
        _, height, width = self.shape
        return self.width * (height >> self.depth) * (width >> self.depth)

    def init(self, generator: torch.Generator) -> Layers:
        """Fresh random layers on the generator's device."""
        channels = [self.shape[0], *[self.width] * (self.depth - 1)]
        sizes: list[tuple[int, ...]] = [(self.width, before, 3, 3) for before in channels]
        if self.outputs:
            sizes.append((self.outputs, self.num_features))
        return [_layer(size, generator) for size in sizes]

    def features(self, layers: Layers, images: torch.Tensor) -> torch.Tensor:
        """(B, C, H, W) normalised images -> (B, F), the last hidden layer, which a readout would see."""
        x = in_planes(images)
        for weight, bias in layers[: self.depth]:
            x = average_pool(torch.relu_(F.conv2d(x, weight, bias, padding=1)))
        return x.flatten(1)

    def __call__(self, layers: Layers, images: torch.Tensor) -> torch.Tensor:
        """(B, C, H, W) normalised images -> (B, outputs) of the readout."""
        return F.linear(self.features(layers, images), *layers[self.depth])


def _layer(size: tuple[int, ...], generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    device, fan_in = generator.device, torch.Size(size[1:]).numel()
    weight = torch.randn(size, generator=generator, device=device).mul_(WEIGHT_STD * fan_in**-0.5)
    return weight, torch.randn(size[0], generator=generator, device=device).mul_(BIAS_STD)
