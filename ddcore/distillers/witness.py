"""One step as a witness saw it: the batch drawn, the images before, the gradient on them. A run is the same without."""

from dataclasses import dataclass, replace

import torch

from ddcore.distillers.base import Distiller, Problem, State
from ddcore.randomness import Randomness
from ddcore.sampling.batches import Batch


@dataclass
class Witness:
    """What it has seen of a step so far. `batch` is the first that was drawn, which is that of the loss."""

    before: torch.Tensor  # (M, C, H, W) the stored images before the step
    batch: Batch | None = None  # None: the step drew none
    others: int = 0  # real images drawn after it: for the networks that a method trains or calibrates
    gradient: torch.Tensor | None = None  # (M, C, H, W); None: the step followed none

    def hear(self, batch: Batch) -> None:
        """Take in a batch that was drawn."""
        if self.batch is None:
            self.batch = batch
        else:
            self.others += len(batch.labels)

    def see(self, gradient: torch.Tensor) -> None:
        """Take in the gradient, as it is now."""
        self.gradient = gradient.detach().clone()


def watched_step(
    problem: Problem, distiller: Distiller, state: State, rng: Randomness
) -> tuple[dict[str, float], Witness]:
    """The metrics of a step of `distiller`, which changes `state` as ever, and what was seen of it."""
    witness = Witness(state["images"].clone())
    with problem.sampler.heard_by(witness.hear):
        metrics = distiller.step(replace(problem, witness=witness.see), state, rng)
    return metrics, witness
