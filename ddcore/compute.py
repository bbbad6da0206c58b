"""Where and how tensors are computed: the device, and how many images go through a network at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from ddcore.errors import BadInput
from ddcore.importance.base import TrainSet
from ddcore.models import ConvNet, Parameters
from ddcore.progress import Progress, silent
from ddcore.zca import ROWS, ZCA

_CPU_ACTIVATIONS = 16 * 128 * 32 * 32
"""Floats in the widest activation of a chunk, 8 MB. Measured on two cores: with freed memory kept
(`ddcore.allocator`) chunks of 16 to 1,024 images are equally fast within 10 %; without, those above 8 MB take up to
three times as long."""
_GPU_ACTIVATIONS = 1024 * 128 * 32 * 32  # half a gigabyte; not measured yet


def available_devices() -> list[str]:
    """Names this machine can compute on, best first; `mps` is offered where PyTorch has it but is not tested by us."""
    devices = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        devices.append("mps")
    return [*devices, "cpu"]


def resolve_device(name: str) -> str:
    """`auto` -> the first available device; `cuda` -> `cuda:0`; BadInput for one this machine does not have."""
    devices = available_devices()
    if name == "auto":
        return devices[0]
    name = "cuda:0" if name == "cuda" else name
    if name not in devices:
        raise BadInput(f"device={name!r} is not available on this machine; choose auto or one of {', '.join(devices)}.")
    return name


@dataclass(frozen=True)
class Compute:
    """Float32 everywhere: what a result was computed with is the device and the shapes, nothing hidden."""

    device: str = "cpu"

    @property
    def kind(self) -> str:
        return self.device.split(":")[0]

    def chunk(self, network: ConvNet) -> int:
        """How many images to send through `network` at once; a function of the shapes only, so results repeat."""
        budget = _CPU_ACTIVATIONS if self.kind == "cpu" else _GPU_ACTIVATIONS
        return max(8, budget // (network.width * network.shape[1] * network.shape[2]))

    def features(self, network: ConvNet, parameters: Parameters, images: torch.Tensor) -> torch.Tensor:
        """`network.features` in chunks, (B,C,H,W) -> (B,F); keeps the graph if `images` needs one."""
        return torch.cat([network.features(parameters, part) for part in images.split(self.chunk(network))])


class DeviceImages:
    """Images of one split as a single uint8 tensor on the device; a batch is an index, normalised when it is taken.

    Whitened images are whitened once, into one float32 tensor: four times the memory, and an image's numbers do not
    depend on the batch it is taken in.
    """

    def __init__(
        self,
        images,
        mean: tuple[float, ...],
        std: tuple[float, ...],
        device: str,
        whitening: ZCA | None = None,
        progress: Progress = silent,
    ):
        """`images` (N,H,W,C) uint8 array (memory-mapped is fine). `progress` is told while they are whitened."""
        self._pixels = torch.tensor(images).permute(0, 3, 1, 2).contiguous().to(device)
        mean_, std_ = (torch.tensor(v, dtype=torch.float32, device=device).view(1, -1, 1, 1) for v in (mean, std))
        self._scale, self._shift = 1 / (255 * std_), mean_ / std_
        self.device = device
        if whitening is not None:
            self._whiten(whitening, progress)

    @classmethod
    def of(cls, train: TrainSet, device: str) -> DeviceImages:
        """The images of `train` in its training space."""
        return cls(train.images, train.mean, train.std, device, train.whitening, train.progress)

    def _whiten(self, whitening: ZCA, progress: Progress) -> None:
        whitened = torch.empty(self._pixels.shape, dtype=torch.float32, device=self.device)
        for part, images in self.chunks(ROWS):
            whitened[part] = whitening.whiten(images)
            progress(part.stop, len(self), "whitening images")
        self._pixels = whitened
        self._scale, self._shift = torch.ones_like(self._scale), torch.zeros_like(self._shift)

    def __len__(self) -> int:
        return len(self._pixels)

    def __getitem__(self, indices) -> torch.Tensor:
        """(B,C,H,W) float32, in training space: normalised, or whitened."""
        return self._pixels[indices].float() * self._scale - self._shift

    def chunks(self, size: int) -> Iterator[tuple[slice, torch.Tensor]]:
        """The whole split in order, `size` images at a time."""
        for start in range(0, len(self), size):
            part = slice(start, min(start + size, len(self)))
            yield part, self[part]
