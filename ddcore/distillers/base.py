"""What a distiller is, and all it may see.

A distiller is a frozen dataclass whose fields are its hyper-parameters, with two methods:

    init(problem, synthetic, rng) -> state          a dict; `images`, `targets`, `classes` are the synthetic set
    step(problem, state, rng) -> metrics            changes `state` in place; `loss` is always among the metrics

The state holds tensors (and dicts of them) only, and everything that is needed to go on: it is the checkpoint. The
loop keeps what the sampler needs in it too, under `sampler`.
`rng` is the randomness of that step; nothing else may be random. Of the sampler a distiller calls `sweep` and `draw`,
or `draw_across` where its loss is no sum over classes. Adding a method is one file here and its entry in
`ddcore/distillers/__init__.py`.

A distiller may have a third method, for real batches that follow the synthetic set (`ddcore.following`):

    view(problem, state, rng) -> View               what they look through at a refresh: losses and features

Without it they look through `ddcore.following.views.NetworkView`: the fresh random network that the stream "network" of
`rng` gives, and a student trained on the current set. A method whose set is itself a predictor (kernel ridge) returns
the losses of that predictor, and one that trains its networks the features of the current one; what it does not have
it takes from a `NetworkView` of its own. It is called before `step`, with the same `rng`, and must change nothing.

Where the first step and every so many after it cost much more than the others, `dear_every` says how many (None where
none does): estimates then time such a step apart.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from ddcore.augmentation import Augmentation
from ddcore.batches import BatchSampler
from ddcore.compute import Compute
from ddcore.following.base import View
from ddcore.following.views import NetworkView
from ddcore.models import ConvNet
from ddcore.progress import Progress, silent
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


def view_of(distiller: Distiller, problem: Problem, state: State, rng: Randomness, progress: Progress = silent) -> View:
    """What real batches that follow the synthetic set look through before the step of `rng`."""
    if hasattr(distiller, "view"):
        return distiller.view(problem, state, rng)
    return NetworkView(problem, set_of(state), rng, progress)


def set_of(state: State) -> SyntheticSet:
    """The synthetic set in a state; live: copy what you keep."""
    return SyntheticSet(state["images"].detach(), state["targets"].detach(), state["classes"])
