"""The networks of this field, as pure functions of their parameters.

A network here is a frozen description; its parameters are a plain dict of tensors. So a fresh random network costs one
`init`, many students train side by side on stacked parameters, and a gradient can be taken with respect to any of them.

ConvNet: Zhao, Mopuri & Bilen, "Dataset Condensation with Gradient Matching", ICLR 2021:
depth x [conv 3x3, instance norm, ReLU, average pool 2x2], then one linear layer. Weights are drawn as PyTorch's layers
draw theirs (uniform, +-1/sqrt(fan in)).
Letters: B images, C channels, H x W pixels, F features, K classes.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from ddcore.errors import BadInput
from ddcore.networks.depths import largest_depth, padded

Parameters = dict[str, torch.Tensor]


@dataclass(frozen=True)
class ConvNet:
    """`shape` (C,H,W), `num_classes`, `width` channels of every block, `depth` blocks.

    28-pixel images are padded to 32 by the first convolution, as published for MNIST.
    320,010 parameters for CIFAR-10 at width 128, depth 3. Raises BadInput if `depth` would pool below 1x1.
    """

    shape: tuple[int, int, int]
    num_classes: int
    width: int = 128
    depth: int = 3

    def __post_init__(self):
        deepest = largest_depth(*self.shape[1:])
        if not 1 <= self.depth <= deepest:
            size = f"{self.shape[1]}x{self.shape[2]}"
            raise BadInput(f"depth={self.depth} does not fit {size} images; choose a depth from 1 to {deepest}.")
        if not 1 <= self.width <= 4096:
            raise BadInput(f"width={self.width} is not allowed; choose a whole number from 1 to 4096.")

    @property
    def num_features(self) -> int:
        _, height, width = self.shape
        return self.width * (padded(height) >> self.depth) * (padded(width) >> self.depth)

    def init(self, generator: torch.Generator) -> Parameters:
        """Fresh random parameters on the generator's device."""

        def uniform(*size: int, fan_in: int) -> torch.Tensor:
            values = torch.rand(*size, generator=generator, device=generator.device)
            return values.mul_(2).sub_(1).mul_(fan_in**-0.5)

        parameters, channels = {}, self.shape[0]
        for block in range(self.depth):
            fan_in = channels * 9
            parameters[f"conv{block}.weight"] = uniform(self.width, channels, 3, 3, fan_in=fan_in)
            parameters[f"conv{block}.bias"] = uniform(self.width, fan_in=fan_in)
            parameters[f"norm{block}.weight"] = torch.ones(self.width, device=generator.device)
            parameters[f"norm{block}.bias"] = torch.zeros(self.width, device=generator.device)
            channels = self.width
        parameters["linear.weight"] = uniform(self.num_classes, self.num_features, fan_in=self.num_features)
        parameters["linear.bias"] = uniform(self.num_classes, fan_in=self.num_features)
        return parameters

    def features(self, parameters: Parameters, images: torch.Tensor) -> torch.Tensor:
        """(B,C,H,W) normalised images -> (B,F) inputs of the linear layer."""
        x = images
        for block in range(self.depth):
            padding = tuple(3 if block == 0 and side == 28 else 1 for side in self.shape[1:])
            x = F.conv2d(x, parameters[f"conv{block}.weight"], parameters[f"conv{block}.bias"], padding=padding)
            x = F.group_norm(x, self.width, parameters[f"norm{block}.weight"], parameters[f"norm{block}.bias"])
            x = F.avg_pool2d(F.relu(x), 2)
        return x.flatten(1)

    def logits(self, parameters: Parameters, images: torch.Tensor) -> torch.Tensor:
        """(B,C,H,W) normalised images -> (B,K)."""
        return F.linear(self.features(parameters, images), parameters["linear.weight"], parameters["linear.bias"])
