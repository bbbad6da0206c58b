"""Where and how tensors are computed: the device, and how many images go through a network at once."""

from __future__ import annotations

import logging
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch

from ddcore.devices import settle
from ddcore.errors import BadInput
from ddcore.networks.base import Buffers, Network, Parameters
from ddcore.networks.random_conv_net import RandomConvNet
from ddcore.parameters import parameter

_CPU_ACTIVATIONS = 64 * 128 * 32 * 32
"""Floats in the widest activation of a chunk, 32 MB. Measured on one and two cores with freed memory kept
(`ddcore.runs.allocator`), widths 16 to 256: chunks of 64 to 256 images are equally fast, those of 16 take 5 % (width
128) to 60 % (width 16) longer. Where freed memory is not kept, every chunk above 8 MB costs page faults."""
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


def compile_parameter() -> Any:
    """The field of a method whose features may be computed by compiled code."""
    return parameter(
        "off",
        "Compile the network for features before the first step, which takes from ten seconds to more than a minute "
        "and needs a C++ compiler. On a processor steps were measured to be no faster; a GPU may gain. Last bits "
        "differ.",
        choices={"off": "No", "on": "Yes, at the start of every run"},
        title="Compile the network",
        later=True,
    )


def real_precision_parameter() -> Any:
    """The field of a method that takes means of real images' features."""
    return parameter(
        "float32",
        "Numbers that the features of real images are computed in; their means are float32. bfloat16 has 3 digits "
        "instead of 7. It is faster where the processor or GPU has it, and slower elsewhere.",
        choices=("float32", "bfloat16"),
        title="Precision of real features",
        later=True,
    )


@dataclass(frozen=True)
class Compute:
    """Float32 everywhere, unless a method asks for less: what a result was computed with is the device, the shapes and
    what the method says."""

    device: str = "cpu"
    compiled: bool = False

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
        see = _compiled(network) if self.compiled else network.features
        return torch.cat([see(parameters, part, buffers) for part in images.split(size)])

    @torch.no_grad()
    def real_features(
        self, network: Network, parameters: Parameters, images: torch.Tensor, precision: str
    ) -> torch.Tensor:
        """The same without a graph, computed in `precision`; float32 (B,F)."""
        with torch.autocast(self.kind, torch.bfloat16, enabled=precision == "bfloat16"):
            return self.features(network, parameters, images).float()


@cache
def _compiled(network: Network) -> Callable[..., torch.Tensor]:
    """`network.features` compiled for batches of any size."""
    return torch.compile(network.features, dynamic=True)


def check_compiler(compile: str) -> None:
    """BadInput where a method is to compile its network and there is no C++ compiler that works, or no Python.h."""
    if compile == "off":
        return
    from torch._inductor.cpp_builder import get_cpp_compiler  # takes seconds to import
    from torch._inductor.exc import InvalidCxxCompiler

    logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)  # it warns of CUDA, which nobody asked for
    try:
        get_cpp_compiler()
    except InvalidCxxCompiler as none:
        raise BadInput("compile=on needs a C++ compiler that works; install g++, set CXX, or choose off.") from none
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        raise BadInput("compile=on needs Python's headers (Python.h); install python3-dev, or choose off.")
