"""Difficulty-aligned trajectory matching (DATM).

Guo, Wang, Cazenavette, Li, Zhang & You, "Towards Lossless Dataset Distillation via Difficulty-Aligned Trajectory
Matching", ICLR 2024, arXiv:2310.05773. MTT (see `ddcore.distillers.mtt`), but that start epochs suit the size of the
set, and labels are learned:

    t ~ U{min_start .. T - 1},   T = min(max_start, c + floor((max_start - c) it / growth_steps)),   c = first_max_start
    y_i = w_i softmax(Y_i),      Y learned by gradient descent with momentum 0.9

it counts steps from 0. Early epochs teach what is easy: few images are matched to those, many to late ones. Y starts as
the mean logits over the experts whose last parameters classify the image right. An image's weight w_i stays.

Where this differs from the authors' code: what MTT's docstring says of its own; Y of an image that no expert gets right
starts so that its class has probability 0.9 (theirs divides by zero); images start as the run says, where theirs start
from real ones that an expert classifies right; with tiles, the logits of an image are the mean of those of its tiles.
The moving average of images that their settings mention is used by no line of their code, nor here.
Letters: M images of the set, K classes.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from ddcore.distillers.base import Problem, State
from ddcore.distillers.mtt import TrajectoryMatching, experts_of
from ddcore.distillers.unrolling import Gradients
from ddcore.networks.vectors import unflattened
from ddcore.parameters import parameter
from ddcore.randomness import Randomness
from ddcore.synthetic import SyntheticSet
from ddcore.training.trajectories import Trajectories

_MOMENTUM = 0.9  # of labels
_SURE = 0.9  # probability of its class where no expert says better


@dataclass(frozen=True)
class DifficultyAligned(TrajectoryMatching):
    first_max_start: int = parameter(
        10,
        "Start epochs are below this one at first; the limit then grows to the one above.",
        1,
        1000,
        title="Start epochs below, at first",
    )
    growth_steps: int = parameter(
        1000, "Steps over which the limit grows; 0: it does not begin lower.", 0, 10_000_000, title="Steps of growth"
    )
    lr_labels: float = parameter(
        2.0, "Step size of the labels' logits (published: 2 to 10).", 0.0, 1e6, title="Step size of labels"
    )

    def start_limit(self, step: int) -> int:
        if self.growth_steps == 0:
            return self.max_start
        first = max(self.min_start + 1, min(self.first_max_start, self.max_start))
        return min(self.max_start, first + (self.max_start - first) * (step - 1) // self.growth_steps)

    def init(self, problem: Problem, synthetic: SyntheticSet, rng: Randomness) -> State:
        state = super().init(problem, synthetic, rng)
        logits = starting_logits(
            problem, experts_of(problem), self.epochs_of_experts, state["images"], state["classes"]
        )
        state |= {"logits": logits, "weights": synthetic.targets.sum(1), "velocity_logits": torch.zeros_like(logits)}
        return state | {"targets": labels_of(logits, state["weights"])}

    def taught(self, state: State) -> torch.Tensor:
        return state["logits"]

    def targets(self, state: State, taught: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        return labels_of(taught, state["weights"][rows.to(taught.device)])

    def _follow(self, state: State, gradients: Gradients) -> None:
        super()._follow(state, gradients)
        state["velocity_logits"].mul_(_MOMENTUM).add_(gradients.labels)
        state["logits"].sub_(state["velocity_logits"], alpha=self.lr_labels)
        state["targets"].copy_(labels_of(state["logits"], state["weights"]))


def labels_of(logits: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """(M, K), (M,) -> (M, K) labels, whose rows sum to the weights."""
    return torch.softmax(logits, 1) * weights[:, None]


@torch.no_grad()
def starting_logits(
    problem: Problem, experts: Trajectories, epoch: int, images: torch.Tensor, classes: torch.Tensor
) -> torch.Tensor:
    """(M, K) the mean logits of stored `images` over the experts that, after `epoch`, get them right."""
    total, right = torch.zeros(len(images), problem.num_classes, device=images.device), torch.zeros_like(classes)
    decoded, network = problem.decode(images), problem.network
    for expert in range(len(experts)):
        parameters = unflattened(network, experts.parameters(expert, epoch))
        outputs = F.linear(problem.compute.features(network, parameters, decoded), *network.head(parameters))
        logits = outputs.view(len(images), problem.factor**2, -1).mean(1)
        hits = logits.argmax(1) == classes
        total += logits * hits[:, None]
        right += hits
    sure = math.log(max(1, problem.num_classes - 1) * _SURE / (1 - _SURE))
    own = sure * F.one_hot(classes, problem.num_classes).to(total.dtype)
    return torch.where(right[:, None] > 0, total / right.clamp(min=1)[:, None], own)
