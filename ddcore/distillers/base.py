"""What a distiller is, and all it may see.

A distiller is a frozen dataclass whose fields are its hyper-parameters, with two methods:

    init(problem, synthetic, rng) -> state          a dict; `images` and `targets` in it are the synthetic set
    step(problem, state, rng) -> metrics            changes `state` in place; `loss` is always among the metrics

The state holds tensors (and dicts of them) only, and everything that is needed to go on: it is the checkpoint.
`rng` is the randomness of that step; nothing else may be random. Adding a method is one file here and one line in
`ddcore/distillers/__init__.py`.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from ddcore.augmentation import Augmentation
from ddcore.batches import BatchSampler
from ddcore.compute import Compute
from ddcore.models import ConvNet
from ddcore.randomness import Randomness
from ddcore.synthetic import SyntheticSet

State = dict[str, Any]


@dataclass(frozen=True)
class Problem:
    """What a distiller is given: real batches, a network, an augmentation.

    Neither the dataset nor the scores nor test data.
    """

    sampler: BatchSampler
    network: ConvNet
    augmentation: Augmentation
    compute: Compute

    @property
    def num_classes(self) -> int:
        return self.network.num_classes


class Distiller(Protocol):
    def init(self, problem: Problem, synthetic: SyntheticSet, rng: Randomness) -> State: ...

    def step(self, problem: Problem, state: State, rng: Randomness) -> dict[str, float]: ...
