"""ConvNet: depth x [conv 3x3, normalisation, activation, pooling], then one linear layer.

Zhao, Mopuri & Bilen, "Dataset Condensation with Gradient Matching", ICLR 2021, with the variants of their public code:
instance norm, ReLU and average pooling unless another is asked for. Batch normalisation is Ioffe & Szegedy 2015: the
statistics of the batch while a network trains (or is drawn at random), running ones once it is tested.

Letters: B images, C channels, H x W pixels, F features, K classes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F

from ddcore.errors import BadInput
from ddcore.networks import check_depth, default_depth, padded
from ddcore.networks.base import Buffers, Network, Parameters, uniform
from ddcore.networks.pooling import average_pool, in_planes
from ddcore.networks.random_conv_net import RandomConvNet
from ddcore.parameters import parameter

_EPS, _GROUPS = 1e-5, 4  # of the norms; of group norm
_ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "relu": torch.relu_, "leaky-relu": F.leaky_relu_, "sigmoid": torch.sigmoid, "swish": F.silu,
}  # fmt: skip
_POOLINGS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "average": average_pool, "max": partial(F.max_pool2d, kernel_size=2),
}  # fmt: skip
_NORMS = ("instance", "batch", "layer", "group", "none")


@dataclass(frozen=True)
class ConvNet(Network):
    """28-pixel images are padded to 32 by the first convolution, as published for MNIST.

    320,010 parameters for CIFAR-10 as it is by default. Raises BadInput if `depth` would pool below 1x1, or a width
    does not fall into groups.
    """

    width: int = parameter(128, "Channels of every block.", 1, 4096)
    depth: int | None = parameter(None, "Blocks; by image size if not given.", 1, 8)
    norm: str = parameter("instance", "Normalisation in every block.", choices=_NORMS, later=True)
    activation: str = parameter("relu", "Activation of every block.", choices=tuple(_ACTIVATIONS), later=True)
    pooling: str = parameter("average", "Pooling by two after every block.", choices=(*_POOLINGS, "none"), later=True)

    def __post_init__(self):
        if self.depth is None:
            object.__setattr__(self, "depth", default_depth(*self.shape[1:]))
        super().__post_init__()
        if self.pooling != "none":
            check_depth(self.shape, self._blocks)
        if self.norm == "group" and self.width % _GROUPS:
            raise BadInput(f"width={self.width} does not fit norm=group; choose a multiple of {_GROUPS}.")

    @property
    def _blocks(self) -> int:
        """`depth`, which is known once the network is made."""
        assert self.depth is not None
        return self.depth

    def _side(self, pixels: int, blocks: int) -> int:
        """Pixels of a side after so many blocks."""
        return padded(pixels) if self.pooling == "none" else padded(pixels) >> blocks

    @property
    def num_features(self) -> int:
        _, height, width = self.shape
        return self.width * self._side(height, self._blocks) * self._side(width, self._blocks)

    @property
    def cost(self) -> int:
        return self.width * self.shape[1] * self.shape[2]

    @property
    def coupled(self) -> bool:
        return self.norm == "batch"

    @property
    def second_order_vmap(self) -> bool:
        """Not with layer norm: PyTorch 2.14 gives wrong numbers there (pytorch/functorch#534)."""
        return self.norm != "layer"

    def bare(self, width: int) -> RandomConvNet:
        return RandomConvNet(self.shape, width, self._blocks)

    def init(self, generator: torch.Generator) -> Parameters:
        parameters, channels, device = {}, self.shape[0], generator.device
        for block in range(self._blocks):
            fan_in = channels * 9
            parameters[f"conv{block}.weight"] = uniform((self.width, channels, 3, 3), fan_in, generator)
            parameters[f"conv{block}.bias"] = uniform((self.width,), fan_in, generator)
            if self.norm != "none":
                sides = [self._side(pixels, block) for pixels in self.shape[1:]] if self.norm == "layer" else []
                parameters[f"norm{block}.weight"] = torch.ones(self.width, *sides, device=device)
                parameters[f"norm{block}.bias"] = torch.zeros(self.width, *sides, device=device)
            channels = self.width
        parameters["linear.weight"] = uniform((self.num_classes, self.num_features), self.num_features, generator)
        parameters["linear.bias"] = uniform((self.num_classes,), self.num_features, generator)
        return parameters

    def fresh_buffers(self, device: str) -> Buffers:
        buffers = {}
        for block in range(self._blocks if self.coupled else 0):
            buffers[f"norm{block}.mean"] = torch.zeros(self.width, device=device)
            buffers[f"norm{block}.variance"] = torch.ones(self.width, device=device)
        return buffers

    def features(self, parameters: Parameters, images: torch.Tensor, buffers: Buffers | None = None) -> torch.Tensor:
        return self._forward(parameters, images, buffers, {})

    def observed(self, parameters: Parameters, images: torch.Tensor) -> tuple[torch.Tensor, Buffers]:
        seen: Buffers = {}
        return self._forward(parameters, images, None, seen), seen

    def _forward(
        self, parameters: Parameters, images: torch.Tensor, buffers: Buffers | None, seen: Buffers
    ) -> torch.Tensor:
        """(B, F); the statistics of the batch go into `seen`."""
        x = in_planes(images)
        for block in range(self._blocks):
            padding = tuple(3 if block == 0 and side == 28 else 1 for side in self.shape[1:])
            x = F.conv2d(x, parameters[f"conv{block}.weight"], parameters[f"conv{block}.bias"], padding=padding)
            if self.coupled:
                x = _batch_norm(x, f"norm{block}", parameters, buffers, seen)
            elif self.norm != "none":
                x = self._normalised(x, parameters[f"norm{block}.weight"], parameters[f"norm{block}.bias"])
            x = _ACTIVATIONS[self.activation](x)
            x = x if self.pooling == "none" else _POOLINGS[self.pooling](x)
        return x.flatten(1)

    def _normalised(self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        if self.norm == "layer":
            return F.layer_norm(x, x.shape[1:], weight, bias)
        return F.group_norm(x, self.width if self.norm == "instance" else _GROUPS, weight, bias)


def _batch_norm(
    x: torch.Tensor, name: str, parameters: Parameters, buffers: Buffers | None, seen: Buffers
) -> torch.Tensor:
    """`x` (B, C, H, W) by the statistics of `buffers`, or by its own, which go into `seen`: the variance without bias,
    as PyTorch keeps it, from the scale that normalisation itself took. Looking again would take longer than the rest.
    A single value a channel has no variance and becomes the bias.
    """
    weight, bias = parameters[f"{name}.weight"], parameters[f"{name}.bias"]
    if buffers is not None:
        return F.batch_norm(x, buffers[f"{name}.mean"], buffers[f"{name}.variance"], weight, bias)
    y, mean, scale = torch.native_batch_norm(x, weight, bias, None, None, True, 0.0, _EPS)
    count = x.numel() // x.shape[1]
    seen[f"{name}.mean"] = mean
    seen[f"{name}.variance"] = (scale.pow(-2) - _EPS).clamp_min(0.0) * (count / max(1, count - 1))
    return y
