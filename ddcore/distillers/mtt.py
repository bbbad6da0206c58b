"""Matching training trajectories (MTT).

Cazenavette, Wang, Torralba, Efros & Zhu, "Dataset Distillation by Matching Training Trajectories", CVPR 2022,
arXiv:2203.11932. A student that takes N steps on the synthetic set S from an expert's parameters at epoch t should come
to where the expert was M epochs later:

    t ~ U{min_start .. max_start - 1},   theta_0 = theta*_t
    theta_{i+1} = theta_i - a grad_theta CE(f_{theta_i}(A_i(b_i)), y_i)      b_i a mini-batch of S, A_i an augmentation
    loss = |theta_N - theta*_{t+M}|^2 / |theta*_t - theta*_{t+M}|^2

Images and the step size a follow the exact gradient, in memory that does not grow with N (see
`ddcore.distillers.unrolling`; the authors' code keeps the graphs of all steps). Experts:
`ddcore.training.trajectories`.

Where this differs from the authors' code: a is learned by its logarithm, so that it stays positive. A step size r of a
itself, as published, is r / a^2 of its logarithm while a changes little: `lr_alpha` 0.1 for their 1e-5 at a = 0.01.
A step whose loss exceeds `threshold` changes nothing but the count of those skipped: its student has left the way, and
its gradient says nothing (DATM's guard; MTT has none). Expert and t are drawn anew in every step, instead of going
through shuffled files of experts. With tiles, mini-batches are of stored images, each with all its tiles; an initial
image's weight counts in the student's loss. Rotated and scaled images are sampled as everywhere here.
Letters: P parameters, N student steps, K classes; M `expert_epochs` above, in shapes the images of S.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F

from ddcore.distillers.base import Distiller, Problem, State
from ddcore.distillers.unrolling import Gradients, Loss, Unroll
from ddcore.errors import BadInput
from ddcore.networks.base import Network
from ddcore.networks.vectors import count, unflattened
from ddcore.parameters import check, parameter
from ddcore.randomness import Randomness
from ddcore.synthetic import SyntheticSet
from ddcore.training.augmentation import Draw
from ddcore.training.trajectories import ExpertPlan, Trajectories

_POINTS = 11  # of a profile that Watch shows


@dataclass(frozen=True)
class TrajectoryMatching(Distiller):
    lr_images: float = parameter(
        100.0, "Step size of the synthetic images (published: 100 to 10,000).", 1e-6, 1e9, title="Step size of images"
    )
    momentum: float = parameter(0.5, "Momentum of images and of the students' step size.", 0.0, 0.999)
    lr_student: float = parameter(
        0.01, "The students' step size before the first step; it is learned.", 1e-6, 10.0, title="Students' step size"
    )
    lr_alpha: float = parameter(
        0.1,
        "Step size of the logarithm of the students' step size a: the published one for a itself, divided by a^2. "
        "0 keeps a as it is.",
        0.0,
        1e6,
        title="Learning rate of the student step size",
    )
    syn_steps: int = parameter(20, "Steps of a student on the synthetic set.", 1, 10_000, title="Student steps")
    batch_syn: int = parameter(
        0, "Synthetic images in a student's step; 0 takes all.", 0, 1_000_000, title="Images per student step (0: all)"
    )
    expert_epochs: int = parameter(
        2, "Epochs of the expert that the student's steps stand for.", 1, 1000, title="Expert epochs to match"
    )
    min_start: int = parameter(0, "Earliest epoch of an expert to start from.", 0, 1000, title="Earliest start epoch")
    max_start: int = parameter(
        20, "Start epochs are below this one (late ones for many images).", 1, 1000, title="Start epochs below"
    )
    threshold: float = parameter(
        1.0,
        "A step whose loss exceeds this is skipped. At 1, that is where the student ended farther from the expert than "
        "it started.",
        0.0,
        1e9,
        title="Largest loss that counts",
    )
    experts: int = parameter(
        100, "Experts: networks trained on the real data before the first step, and kept.", 1, 10_000, title="Experts"
    )
    epochs_of_experts: int = parameter(50, "Epochs of an expert.", 1, 1000, title="Epochs of an expert")
    lr_experts: float = parameter(0.01, "Step size of the experts.", 1e-6, 10.0, title="Step size of experts")
    batch_experts: int = parameter(
        256, "Real images in a step of an expert.", 1, 65536, title="Real images per expert step"
    )
    expert_importance: str = parameter(
        "weights",
        "How scores enter the experts: as weights of the images' losses, or as how often images are drawn.",
        choices={"weights": "Weights in shuffled epochs", "batches": "Importance batches"},
        title="Importance in experts",
    )

    def __post_init__(self):
        check(self)
        last = self.max_start - 1 + self.expert_epochs
        if self.min_start >= self.max_start:
            raise BadInput(f"min_start={self.min_start} is not below max_start={self.max_start}; choose it below.")
        if last > self.epochs_of_experts:
            raise BadInput(
                f"epochs_of_experts={self.epochs_of_experts} is too few: with max_start={self.max_start} and "
                f"expert_epochs={self.expert_epochs} the experts need {last} epochs."
            )

    @property
    def plan(self) -> ExpertPlan:
        return ExpertPlan(
            self.experts, self.epochs_of_experts, self.lr_experts, self.batch_experts, self.expert_importance
        )

    def kinds_of_step(self, steps: int) -> list[tuple[Distiller, int]]:
        """None is skipped."""
        return [(replace(self, threshold=1e9), steps)]

    def check_fit(self, network: Network, factor: int) -> None:
        if network.fresh_buffers("cpu"):
            raise BadInput(
                "Trajectories are matched by parameters alone, and a network with batch normalisation has running "
                "statistics besides; choose another norm."
            )

    def init(self, problem: Problem, synthetic: SyntheticSet, rng: Randomness) -> State:
        exact = torch.float32 if problem.compute.kind == "mps" else torch.float64  # the former has none
        step_size = torch.tensor(math.log(self.lr_student), dtype=exact, device=problem.compute.device)
        return {
            "images": synthetic.images.clone(),
            "targets": synthetic.targets.clone(),
            "classes": synthetic.classes.clone(),
            "velocity": torch.zeros_like(synthetic.images),
            "log_lr_student": step_size,
            "velocity_lr": torch.zeros_like(step_size),
            "skipped": torch.zeros((), dtype=torch.int64),
        }

    def step(self, problem: Problem, state: State, rng: Randomness) -> dict[str, float]:
        experts = experts_of(problem)
        expert, epoch = self._start(rng, len(experts))
        start = experts.parameters(expert, epoch)
        target = experts.parameters(expert, epoch + self.expert_epochs)
        unroll = self._unroll(problem, state, rng)
        path = unroll.path(start)
        exact = state["log_lr_student"].dtype
        size = (start - target).to(exact).square().sum()
        distances = torch.stack([(theta - target).to(exact).square().sum() / size for theta in path]).tolist()
        metrics = {
            "loss": distances[-1],
            "lr_student": unroll.step_size.item(),
        }
        if distances[-1] <= self.threshold:
            end = 2 * (path[-1] - target) / size.to(target.dtype)
            gradients = unroll.gradients(path, end)
            problem.witness(gradients.images)
            self._follow(state, gradients)
        elif math.isfinite(distances[-1]):
            state["skipped"] += 1
        accuracies = {f"expert/{epoch}": experts.accuracy(expert, epoch) for epoch in _few(1, self.epochs_of_experts)}
        return metrics | {"skipped": float(state["skipped"])} | accuracies | _way(distances)

    def _start(self, rng: Randomness, experts: int) -> tuple[int, int]:
        """The expert of this step, and the epoch at which the student starts."""
        generator = rng.numpy("trajectory")
        return int(generator.integers(experts)), int(generator.integers(self.min_start, self.start_limit(rng.step)))

    def start_limit(self, step: int) -> int:
        """Start epochs of this step are below it."""
        return self.max_start

    def _unroll(self, problem: Problem, state: State, rng: Randomness) -> Unroll:
        """The student's steps, every one on a batch and with an augmentation of its own."""
        batches = batches_of(len(state["images"]), self.batch_syn, self.syn_steps, rng.numpy("synthetic-batches"))
        generator, tiles = rng.numpy("augmentation"), problem.factor**2
        draws = [problem.augmentation.draw_batch(generator, len(rows) * tiles) for rows in batches]
        device, largest = problem.compute.device, tiles * max(map(len, batches))
        return Unroll(
            self._loss(problem, state, draws, batches), state["images"], self.taught(state),
            [rows.to(device) for rows in batches], state["log_lr_student"].exp().to(state["images"].dtype),
            self._kept(problem, largest),
        )  # fmt: skip

    def _kept(self, problem: Problem, images: int) -> int:
        """How many graphs of steps on so many images a chunk's share of memory holds: a few times the parameters are in
        each, besides the activations."""
        network = problem.network
        return int(problem.compute.chunk(network) / (images + 4 * count(network) / network.cost))

    def _loss(self, problem: Problem, state: State, draws: list[Draw], batches: list[torch.Tensor]) -> Loss:
        network = problem.network

        def loss(step: int, theta: torch.Tensor, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
            seen = problem.augmentation.apply(problem.decode(images), draws[step])
            logits = network.logits(unflattened(network, theta), seen)
            return F.cross_entropy(logits, problem.tiled(self.targets(state, labels, batches[step])))

        return loss

    def taught(self, state: State) -> torch.Tensor:
        """(M, K) what the students' labels are made of."""
        return state["targets"]

    def targets(self, state: State, taught: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        """(B, K) the labels made of the `rows` of what is `taught`."""
        return taught

    def _follow(self, state: State, gradients: Gradients) -> None:
        """One step of images and step size down the gradient."""
        state["velocity"].mul_(self.momentum).add_(gradients.images)
        state["images"].sub_(state["velocity"], alpha=self.lr_images)
        by_logarithm = gradients.step_size.to(state["log_lr_student"].dtype) * state["log_lr_student"].exp()
        state["velocity_lr"].mul_(self.momentum).add_(by_logarithm)
        state["log_lr_student"].sub_(state["velocity_lr"], alpha=self.lr_alpha)


def experts_of(problem: Problem) -> Trajectories:
    """The experts that the method's plan asked for."""
    assert problem.experts is not None  # whoever makes a problem for a method with a plan gives them
    return problem.experts


def batches_of(count: int, size: int, steps: int, generator: np.random.Generator) -> list[torch.Tensor]:
    """`steps` mini-batches (B,) of `size` of `count` images: from one random permutation after another, whose last may
    be smaller; all images in order where `size` is 0 or not below their number."""
    if not 0 < size < count:
        return [torch.arange(count)] * steps
    batches: list[torch.Tensor] = []
    while len(batches) < steps:
        batches += torch.as_tensor(generator.permutation(count)).split(size)
    return batches[:steps]


def _way(distances: list[float]) -> dict[str, float]:
    """How far the student is from where it should come to after some of its steps; at its start it is 1."""
    return {f"unroll/{step}": math.sqrt(distances[step]) for step in _few(0, len(distances) - 1)}


def _few(first: int, last: int) -> list[int]:
    """At most `_POINTS` whole numbers from `first` to `last`, evenly spread."""
    return np.unique(np.linspace(first, last, min(_POINTS, last - first + 1)).round().astype(int)).tolist()
