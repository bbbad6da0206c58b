"""Randomness as a function of (seed, stream, step).

No generator is ever carried along: resuming a run equals never having stopped it, evaluating more often changes
nothing, and two distillers with one seed see the same real batches.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch


def _entropy(seed: int, stream: str, step: int) -> list[int]:
    name = int.from_bytes(hashlib.sha256(stream.encode()).digest()[:8], "little")
    return [int(seed), name, int(step)]


def numpy_generator(seed: int, stream: str, step: int = 0) -> np.random.Generator:
    """Generator for one use: `stream` names the purpose, `step` the iteration; `seed` and `step` are at least 0."""
    return np.random.default_rng(np.random.SeedSequence(_entropy(seed, stream, step)))


def torch_generator(seed: int, stream: str, step: int = 0, device: str = "cpu") -> torch.Generator:
    """The same for torch; the stream of numbers depends on the kind of device, not on what was drawn before."""
    import torch

    state = np.random.SeedSequence(_entropy(seed, stream, step)).generate_state(1, np.uint64)[0]
    return torch.Generator(device=device).manual_seed(int(state >> np.uint64(1)))


@dataclass(frozen=True)
class Randomness:
    """The generators of one step of one run: `numpy(stream)` and `torch(stream, device)` are fresh at every call."""

    seed: int
    step: int = 0

    def at(self, step: int) -> Randomness:
        return Randomness(self.seed, step)

    def numpy(self, stream: str) -> np.random.Generator:
        return numpy_generator(self.seed, stream, self.step)

    def torch(self, stream: str, device: str = "cpu") -> torch.Generator:
        return torch_generator(self.seed, stream, self.step, device)
