"""Multilayer perceptron: all pixels, depth x [linear, activation], then one linear layer.

With two layers of 128 and ReLU, as it is by default, that of Zhao, Mopuri & Bilen, "Dataset Condensation with Gradient
Matching", ICLR 2021: 118,282 parameters for MNIST.
Letters: B images, F features.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from ddcore.networks.base import Buffers, Network, Parameters, uniform
from ddcore.parameters import parameter


@dataclass(frozen=True)
class MLP(Network):
    width: int = parameter(128, "Units of every hidden layer.", 1, 65_536)
    depth: int = parameter(2, "Hidden layers.", 1, 20)

    def _sizes(self) -> list[int]:
        channels, height, width = self.shape
        return [channels * height * width, *[self.width] * self.depth]

    @property
    def num_features(self) -> int:
        return self.width

    @property
    def cost(self) -> int:
        return max(self._sizes())

    @property
    def second_order_vmap(self) -> bool:
        return True

    def init(self, generator: torch.Generator) -> Parameters:
        sizes, parameters = self._sizes(), {}
        names = [*(f"hidden{layer}" for layer in range(self.depth)), "linear"]
        for name, fan_in, fan_out in zip(names, sizes, [*sizes[1:], self.num_classes], strict=True):
            parameters[f"{name}.weight"] = uniform((fan_out, fan_in), fan_in, generator)
            parameters[f"{name}.bias"] = uniform((fan_out,), fan_in, generator)
        return parameters

    def features(self, parameters: Parameters, images: torch.Tensor, buffers: Buffers | None = None) -> torch.Tensor:
        x = images.flatten(1)
        for layer in range(self.depth):
            x = F.relu(F.linear(x, parameters[f"hidden{layer}.weight"], parameters[f"hidden{layer}.bias"]))
        return x
