"""What the experts of a method that needs some will cost, from a few steps of one; and what stands in for them while
steps of distilling are timed.

Letters: P parameters.
"""

from dataclasses import dataclass

import torch

from ddcore.devices import finished_at
from ddcore.experiments.experiment import Experiment
from ddcore.importance import UNIFORM
from ddcore.networks.vectors import flattened
from ddcore.randomness import Randomness
from ddcore.runs.handle import Job
from ddcore.training.trajectories import Trajectories

TIMED_STEPS = 3


class _Enough(Exception):
    pass


def expert_seconds(job: Job, experiment: Experiment) -> dict[str, float]:
    """{"experts": seconds}; nothing if the distiller needs none. BadInput if they do not fit on the disk.

    Experts made with importance are taken to be missing: under which name they are kept is known once scores are.
    """
    experts = experiment.experts(None)
    if experts is None:
        return {}
    experts.refuse_small_disk()
    training, plan = experts.training, experts.training.plan
    missing = experts.missing if experiment.settings.importance == UNIFORM else plan.experts * plan.epochs
    return {"experts": _step_seconds(job, experiment) * training.batches * missing}


def _step_seconds(job: Job, experiment: Experiment) -> float:
    """Seconds of a training step of one expert, whose first step warms up."""
    experts, clock = experiment.experts(None), []
    assert experts is not None

    def tick(done: float, total: float, note: str) -> None:
        clock.append(finished_at(experiment.device))
        job.progress(len(clock), TIMED_STEPS + 2, "timing an expert")
        if len(clock) == TIMED_STEPS + 2:
            raise _Enough

    try:
        for _ in experts.training.rows(0, 0, None, tick):
            pass
    except _Enough:
        pass
    return (clock[-1] - clock[1]) / (len(clock) - 2) if len(clock) > 2 else 0.0


@dataclass(frozen=True, eq=False)
class _Pretended(Trajectories):
    """One expert that goes from one random network towards another, as long as anybody asks."""

    ends: tuple[torch.Tensor, torch.Tensor] = ()  # type: ignore[assignment]

    def __len__(self) -> int:
        return 1

    def parameters(self, expert: int, epoch: int) -> torch.Tensor:
        return torch.lerp(*self.ends, epoch / 100)

    def accuracy(self, expert: int, epoch: int) -> float:
        return 0.0


def pretended_experts(experiment: Experiment) -> Trajectories | None:
    """What a step of distilling takes as long with as with the experts that the method needs, if it does."""
    if experiment.distiller.plan is None:
        return None
    generator = Randomness(0).torch("network", experiment.device)
    first, second = (flattened(experiment.network.init(generator)) for _ in range(2))
    return _Pretended((), experiment.device, (first, second))
