"""What a network is: a frozen description, whose parameters are a plain dict of tensors.

So a fresh random network costs one `init`, many train side by side on stacked parameters, and a gradient can be taken
with respect to any of them. What is not learned but estimated, the running statistics of batch normalisation, is a dict
of its own, the *buffers*; most networks have none.

Letters: B images, C channels, H x W pixels, F features, K classes.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F

from ddcore.networks import NETWORKS, default_depth, parsed
from ddcore.networks.random_conv_net import RandomConvNet
from ddcore.parameters import check, named_by

Parameters = dict[str, torch.Tensor]
Buffers = dict[str, torch.Tensor]


class Trained(NamedTuple):
    """A network's parameters and buffers, as `features` and `logits` take them."""

    parameters: Parameters
    buffers: Buffers | None = None


@dataclass(frozen=True)
class Network:
    """The base of all networks: `shape` (C, H, W) of an image, `num_classes`, and the parameters of each kind.

    A network has `init`, `features`, `num_features`, `cost` and, if its last layer is not called "linear", `head`. One
    with buffers says that it is `coupled`, and has `fresh_buffers` and `observed`.
    """

    shape: tuple[int, int, int]
    num_classes: int

    def __post_init__(self):
        check(self)

    # -- what every network has

    def init(self, generator: torch.Generator) -> Parameters:
        """Fresh random parameters on the generator's device."""
        raise NotImplementedError

    def features(self, parameters: Parameters, images: torch.Tensor, buffers: Buffers | None = None) -> torch.Tensor:
        """(B, C, H, W) normalised images -> (B, F) inputs of the last layer.

        Without `buffers` a network that has them takes the statistics of these very images, as while it trains.
        """
        raise NotImplementedError

    @property
    def num_features(self) -> int:
        """F."""
        raise NotImplementedError

    @property
    def cost(self) -> int:
        """Floats of an image in the widest activation: how many images go through at once depends on it."""
        raise NotImplementedError

    def head(self, parameters: Parameters) -> tuple[torch.Tensor, torch.Tensor]:
        """Weight (K, F) and bias (K,) of the last layer."""
        return parameters["linear.weight"], parameters["linear.bias"]

    # -- what those with buffers have

    @property
    def coupled(self) -> bool:
        """Whether an image's features depend, without buffers, on the images it is with: these must stay together."""
        return False

    def fresh_buffers(self, device: str) -> Buffers:
        """Running statistics before anything was seen; empty if there are none."""
        return {}

    def observed(self, parameters: Parameters, images: torch.Tensor) -> tuple[torch.Tensor, Buffers]:
        """`features` without buffers, and the statistics of these images by the names of the buffers."""
        return self.features(parameters, images), {}

    # -- what some can do

    @property
    def second_order_vmap(self) -> bool:
        """Whether second derivatives are right where `torch.vmap` takes several batches at once. Without, they are
        taken one by one, so `False` is always right."""
        return False

    # -- what follows

    def logits(self, parameters: Parameters, images: torch.Tensor, buffers: Buffers | None = None) -> torch.Tensor:
        """(B, C, H, W) normalised images -> (B, K)."""
        return F.linear(self.features(parameters, images, buffers), *self.head(parameters))

    def describe(self) -> dict[str, Any]:
        """Name and parameters, as JSON can hold them: what distinguishes two networks."""
        return {"name": NETWORKS.name_of(self), **named_by(self)}

    @property
    def identity(self) -> str:
        """The same with shape and classes on one line, for the names of what is kept."""
        about = {"shape": self.shape, "num_classes": self.num_classes, **named_by(self)}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in about.items())})"

    def bare(self, width: int) -> RandomConvNet:
        """A conv net of this one's depth without normalisation, for random features (of a network that is no conv net:
        of the usual depth)."""
        return RandomConvNet(self.shape, width, default_depth(*self.shape[1:]))


def make_network(shape: tuple[int, int, int], num_classes: int, name: str, **fields: Any) -> Network:
    """The network called `name` with these parameters (None: its default), for images (C, H, W).

    BadInput for a parameter that the network does not have, a value out of bounds, or a depth that does not fit.
    """
    fields = {key: value for key, value in fields.items() if value is not None}
    return NETWORKS.make(name, shape=shape, num_classes=num_classes, **fields)


def network_of(text: str, shape: tuple[int, int, int], num_classes: int, **given: Any) -> Network:
    """The same of a network's text; `given` are parameters that it does not mention."""
    name, fields = parsed(text)
    return make_network(shape, num_classes, name, **given | fields)


def uniform(size: tuple[int, ...], fan_in: int, generator: torch.Generator) -> torch.Tensor:
    """Weights drawn as PyTorch's layers draw theirs: uniform, +-1/sqrt(fan in)."""
    values = torch.rand(*size, generator=generator, device=generator.device)
    return values.mul_(2).sub_(1).mul_(fan_in**-0.5)


def calibrated(network: Network, parameters: Parameters, images: torch.Tensor) -> Trained:
    """A network with the statistics of `images` for its buffers; the network itself if it has none.

    How random networks are frozen in gradient matching (Zhao, Mopuri & Bilen 2021, 16 real images per class). Ours: the
    statistics are taken whole, where one pass in PyTorch's training mode takes a tenth of them.
    """
    if not network.coupled:
        return Trained(parameters)
    with torch.no_grad():
        return Trained(parameters, network.observed(parameters, images)[1])
