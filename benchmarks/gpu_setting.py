"""What `benchmarks.gpu_check` computes on, and how two results are compared."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.overrides import TorchFunctionMode

from ddcore.data.dataset import Dataset, Split, materialise
from ddcore.distillers.base import Problem, State
from ddcore.experiments.experiment import Experiment
from ddcore.runs.jobs.expert_timing import pretended_experts

NAME = "cifar10"  # of the made-up images, so that presets are those of the paper
VARIANTS: dict[str, dict[str, Any]] = {
    "dm, tiles": {"distiller": "dm", "factor": 2}, "ncfm, pool": {"distiller": "ncfm", "match_in": "pool"},
    "dm, batch norm": {"distiller": "dm", "network": "convnet:norm=batch"},
    "dsa, layer norm": {"distiller": "dsa", "network": "convnet:norm=layer"},
    "dsa, group norm": {"distiller": "dsa", "network": "convnet:norm=group"},
    "dm, bfloat16": {"distiller": "dm", "real_precision": "bfloat16"},
    "dm, max pooling": {"distiller": "dm", "network": "convnet:pooling=max"},
    "dm, batches by the student's loss": {"distiller": "dm", "importance": "student-loss", "refresh_every": 2},
    "dm, representative batches": {"distiller": "dm", "importance": "representative", "refresh_every": 2},
    "frepo, batches by its own loss": {"distiller": "frepo", "importance": "student-loss", "refresh_every": 2},
}  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How much each part computes."""

    classes: int = 10
    shape: tuple[int, int, int] = (3, 32, 32)
    per_class: int = 5000
    few: int = 1100  # images a class where their number does not matter
    small: tuple[int, int, int] = (3, 16, 16)  # images where bits are compared, and 60 a class
    width: int = 16  # of networks that are compared
    batch: int = 8  # real images a class there
    preset: str = "paper"
    ipc: int = 10
    seconds: float = 5.0  # of timing a method
    epochs: int = 20  # of students


TOY = Size(3, (1, 8, 8), 24, 24, (1, 8, 8), 8, 4, "quick", 1, 0.0, 1)


@dataclass(frozen=True)
class Chosen:
    """Settings as a run is given them, and the experiment that they make."""

    settings_given: dict[str, Any]
    made: Experiment

    def given(self, pretended: bool = False) -> Problem:
        if pretended:
            return self.made.problem_with(None, pretended_experts(self.made))
        return self.made.problem(self.made.scores())


class SameDraws(TorchFunctionMode):
    """Random tensors are drawn on the CPU and copied: generators of another device give other numbers for a seed."""

    def __init__(self):
        super().__init__()
        self._twins: dict[int, tuple[torch.Generator, torch.Generator]] = {}

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        generator = kwargs.get("generator")
        if generator is None or func not in (torch.rand, torch.randn):
            return func(*args, **kwargs)
        if id(generator) not in self._twins:  # it is kept, too, so that no other gets its number
            self._twins[id(generator)] = generator, torch.Generator().manual_seed(generator.initial_seed())
        twin = self._twins[id(generator)][1]
        return func(*args, **(kwargs | {"generator": twin, "device": "cpu"})).to(generator.device)


def followed(state: State) -> torch.Tensor:
    """What the images of a state moved along in its first step; the images themselves where they are written."""
    if "velocity" in state:
        return state["velocity"]
    moments = state.get("moments", {})
    return moments["unmixed" if "unmixed" in moments else "images"]["first"] if moments else state["images"]


def apart(one: torch.Tensor, other: torch.Tensor) -> float:
    """The length of the difference in units of the other's; NaN counts as infinite."""
    one, other = (values.detach().cpu().double() for values in (one, other))
    found = ((one - other).norm() / other.norm().clamp(min=1e-30)).item()
    return found if math.isfinite(found) else math.inf


def same(one: Any, other: Any) -> bool:
    """Bit for bit, through dicts."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    return torch.equal(one, other)


def made_up(classes: int, shape: tuple[int, int, int], per_class: int) -> Dataset:
    """Noise, a little brighter class by class; as many test images a class as a fifth of the training images."""
    rng, (channels, height, width) = np.random.default_rng(0), shape

    def split(count: int) -> Split:
        labels = np.repeat(np.arange(classes), count)
        images = rng.integers(0, 200, (len(labels), height, width, channels), dtype=np.uint8)
        return Split(images + (5 * labels[:, None, None, None]).astype(np.uint8), labels.astype(np.int64))

    names = tuple(str(number) for number in range(classes))
    return materialise(NAME, split(per_class), split(max(1, per_class // 5)), names, origin="made up", flip=True)
