"""What a distiller is, and all it may see.

A distiller is a frozen dataclass whose fields are its hyper-parameters, with two methods:

    init(problem, synthetic, rng) -> state          a dict; `images`, `targets`, `classes` are the synthetic set
    step(problem, state, rng) -> metrics            changes `state` in place; `loss` is always among the metrics

A method in closed form says what it proves by three more metrics, which Watch tells in one sentence: `cost/this set`
and `cost/optimum`, what the set's own predictor and the best one cost on all images, and `epsilon`, the certificate of
the images that it was solved on.

The state holds tensors (and dicts of them) only, and everything that is needed to go on: it is the checkpoint. The
loop keeps in it what the sampler needs, under `sampler`, and the `factor` of a set with tiles. A method that learns the
students' step size keeps its logarithm under `log_lr_student`. `rng` is the randomness of that step; nothing else may
be random. Of the sampler a distiller calls `sweep` and `draw`, or `draw_across` where its loss is no sum over classes.
One that needs experts on the real data says so by its `plan`, and sees of the real data nothing but them.
Images of the state are what is stored: what a step works on is `problem.decode` of them.
A step that follows a gradient on these images tells it to `problem.witness`, before it moves them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from ddcore.distillers.views import NetworkView
from ddcore.formation import decode, tiled
from ddcore.networks.base import Network
from ddcore.networks.compute import Compute
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness
from ddcore.sampling.batches import BatchSampler
from ddcore.sampling.pools import View
from ddcore.synthetic import SyntheticSet
from ddcore.training.augmentation import Augmentation
from ddcore.training.trajectories import ExpertPlan, Trajectories

State = dict[str, Any]


def unwatched(gradient: torch.Tensor) -> None:
    """Nobody looks on."""


@dataclass(frozen=True)
class Problem:
    """What a distiller is given: real batches, a network, an augmentation.

    Neither the dataset nor the scores nor test data.
    """

    sampler: BatchSampler
    network: Network
    augmentation: Augmentation
    compute: Compute
    factor: int = 1  # tiles along each side of a stored image
    experts: Trajectories | None = None  # what a distiller with a `plan` asked for
    witness: Callable[[torch.Tensor], None] = unwatched
    """Told the gradient (M, C, H, W) of the loss by the stored images, as it was before an optimiser sees it."""

    @property
    def num_classes(self) -> int:
        return self.network.num_classes

    def decode(self, images: torch.Tensor) -> torch.Tensor:
        """Stored images (M, C, H, W) -> (M f^2, C, H, W) those that a step works on (see `ddcore.formation`)."""
        return decode(images, self.factor)

    def tiled(self, values: torch.Tensor) -> torch.Tensor:
        """(M, ...) of stored images -> (M f^2, ...) of decoded ones."""
        return tiled(values, self.factor)


class Distiller:
    """The base of all distillers: what they must have, and what they may have beside that, as it is without."""

    batch_real: int = 0
    """Real images per class and step; a parameter of those that draw real batches."""

    @property
    def plan(self) -> ExpertPlan | None:
        """The experts that the method needs before step 1, if it does. They are made once, kept, and shared by runs."""
        return None

    @property
    def expensive_every(self) -> int | None:
        """Where the first step and every so many after it cost much more than the others: how many. Estimates time such
        a step by itself."""
        return None

    def kinds_of_step(self, steps: int) -> list[tuple["Distiller", int]]:
        """How many of a run's `steps` are of which kind, each as a method all of whose steps are of that kind: what
        estimates time where some steps do more than others."""
        return [(self, steps)]

    def check_fit(self, network: Network, factor: int) -> None:
        """Refuse (BadInput) a network or a factor that the method cannot work with, before anything is computed."""

    def init(self, problem: Problem, synthetic: SyntheticSet, rng: Randomness) -> State:
        """The state before the first step; `synthetic` stays as it is."""
        raise NotImplementedError

    def step(self, problem: Problem, state: State, rng: Randomness) -> dict[str, float]:
        """One step, which changes `state`; the metrics, `loss` among them."""
        raise NotImplementedError

    def view(self, problem: Problem, state: State, rng: Randomness, progress: Progress = silent) -> View:
        """What rules that follow the synthetic set look through before the step of `rng`; must change nothing.

        By default the fresh random network that the stream "network" of `rng` gives, and a student trained on the
        current set. A method that trains its networks shows the features of the current one instead.
        """
        return NetworkView(problem.network, problem.augmentation, problem.compute, set_of(state), rng, progress)


def set_of(state: State) -> SyntheticSet:
    """The synthetic set in a state; live: copy what you keep."""
    learned = state.get("log_lr_student")
    return SyntheticSet(
        state["images"].detach(),
        state["targets"].detach(),
        state["classes"],
        int(state.get("factor", 1)),
        None if learned is None else learned.exp().item(),
    )
