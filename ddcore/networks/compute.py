"""Where and how tensors are computed: the device, and how many images go through a network at once."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from ddcore.devices import settle
from ddcore.errors import BadInput
from ddcore.networks.base import Buffers, Network, Parameters
from ddcore.networks.random_conv_net import RandomConvNet

_CPU_ACTIVATIONS = 16 * 128 * 32 * 32
"""Floats in the widest activation of a chunk, 8 MB. Measured on two cores: with freed memory kept
(`ddcore.runs.allocator`) chunks of 16 to 1,024 images are equally fast within 10 %; without, those above 8 MB take up
to three times as long."""
_GPU_ACTIVATIONS = 1024 * 128 * 32 * 32  # half a gigabyte; not measured yet


def available_devices() -> list[str]:
    """Names this machine can compute on, best first; `mps` is offered where PyTorch has it but is not tested by us."""
    devices = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        devices.append("mps")
    return [*devices, "cpu"]


def resolve_device(name: str) -> str:
    """`auto` -> the first available device; `cuda` -> `cuda:0`; BadInput for one this machine does not have.

    Whoever computes asks here first, so this is where CUDA is settled (see `ddcore.devices`).
    """
    devices = available_devices()
    name = {"auto": devices[0], "cuda": "cuda:0"}.get(name, name)
    if name not in devices:
        raise BadInput(f"device={name!r} is not available on this machine; choose auto or one of {', '.join(devices)}.")
    settle(name)
    return name


@dataclass(frozen=True)
class Compute:
    """Float32 everywhere: what a result was computed with is the device and the shapes, nothing hidden."""

    device: str = "cpu"

    @property
    def kind(self) -> str:
        return self.device.split(":")[0]

    def chunk(self, network: Network | RandomConvNet) -> int:
        """How many images to send through `network` at once; a function of the shapes only, so results repeat."""
        budget = _CPU_ACTIVATIONS if self.kind == "cpu" else _GPU_ACTIVATIONS
        return max(8, budget // network.cost)

    def features(
        self, network: Network, parameters: Parameters, images: torch.Tensor, buffers: Buffers | None = None
    ) -> torch.Tensor:
        """`network.features` in chunks, (B,C,H,W) -> (B,F); keeps the graph if `images` needs one.

        Images whose statistics a network takes go through it together.
        """
        size = len(images) if network.coupled and buffers is None else self.chunk(network)
        return torch.cat([network.features(parameters, part, buffers) for part in images.split(size)])
