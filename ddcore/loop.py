"""The only distillation loop: an iterator of events.

The worker, the command line and the tests consume the same iterator; it never prints, saves, evaluates or sees test
data.
Whoever consumes it pauses by not asking for the next event, and stops by asking no more.
"""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from ddcore.distillers.base import Distiller, Problem, State, set_of
from ddcore.distillers.witness import Witness, watched_step
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness
from ddcore.synthetic import LARGEST_LR, SyntheticSet


class Diverged(ArithmeticError):
    """The loss or the set stopped being numbers; the message says at which step and what may help."""


@dataclass(frozen=True)
class Event:
    """After `step` of `total` steps (0 = the initial set). `state` is live: copy what you keep."""

    step: int
    total: int
    metrics: dict[str, float]  # empty at step 0
    seconds: float  # spent in this step, choosing anew what batches come from included
    state: State
    seen: Witness | None = None  # of a step that was to be watched

    @property
    def synthetic(self) -> SyntheticSet:
        return set_of(self.state)


def distill(
    problem: Problem,
    distiller: Distiller,
    synthetic: SyntheticSet | None,
    steps: int,
    seed: int,
    resume_from: tuple[int, State] | None = None,
    progress: Progress = silent,
    watched: Callable[[], bool] = lambda: False,
) -> Iterator[Event]:
    """Yield one event for the initial set and one after every step.

    `resume_from` = (step, state) of a checkpoint: goes on after that step, bit for bit as if it had never stopped.
    `progress` is told where the choice of real batches is, where that takes long; what it raises comes out between two
    steps, with the state whole. `watched` is asked before every step whether a witness is to see it.
    Raises Diverged when the loss is not finite, or the set that a step leaves is no set.
    """
    rng = Randomness(seed)
    if resume_from is None:
        assert synthetic is not None  # a run that goes on has none
        start, state = 0, distiller.init(problem, synthetic, rng)
        if synthetic.factor > 1:
            state["factor"] = torch.tensor(synthetic.factor)
        yield Event(0, steps, {}, 0.0, state)
    else:
        start, state = resume_from
        if "sampler" in state:
            problem.sampler.restore(state["sampler"])
    for step in range(start + 1, steps + 1):
        began = time.perf_counter()
        if problem.sampler.due(step):
            refresh(problem, distiller, state, rng.at(step), progress)
        seen = None
        if watched():
            metrics, seen = watched_step(problem, distiller, state, rng.at(step))
        else:
            metrics = distiller.step(problem, state, rng.at(step))
        _refuse_divergence(metrics, state, step)
        yield Event(step, steps, metrics, time.perf_counter() - began, state, seen)


def _refuse_divergence(metrics: dict[str, float], state: State, step: int) -> None:
    if not all(math.isfinite(value) for value in metrics.values()):
        raise Diverged(f"The loss is {metrics['loss']} at step {step}; a smaller lr_images may help.")
    synthetic = set_of(state)
    weights = synthetic.targets.sum(1)  # labels beyond 1e7 swallow them: float32 has seven digits
    if not (synthetic.images.isfinite().all() and weights.isfinite().all() and (weights > 0).all()):
        raise Diverged(
            f"The images or labels of step {step} are too large or not finite; a smaller lr_images may help."
        )
    if synthetic.lr_student is not None and not 0 < synthetic.lr_student <= LARGEST_LR:
        raise Diverged(
            f"The students' step size is {synthetic.lr_student} after step {step}; a smaller lr_alpha may help."
        )


def refresh(problem: Problem, distiller: Distiller, state: State, rng: Randomness, progress: Progress = silent) -> None:
    """Make the sampler choose again what batches come from, and keep its choice in `state`."""
    problem.sampler.refresh(rng, distiller.view(problem, state, rng, progress), progress)
    state["sampler"] = problem.sampler.state()
