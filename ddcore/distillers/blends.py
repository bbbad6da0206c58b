"""A pool of networks that learn from real batches while a set is distilled, looked through as blends (see `ncfm`).

Each state lies in the state of the method that uses the pool: name -> what a trainer keeps of the network, and the
`steps` that it has taken.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from ddcore.distillers.base import Problem, State
from ddcore.networks.base import Parameters
from ddcore.randomness import Randomness
from ddcore.training.optimisers import sgd
from ddcore.training.trainer import Step, Trainer, in_chunks

TURN = 10  # steps that a network takes when it has been used
TURN_BATCH = 128  # real images in each of them, about
_LR, _SGD = 0.01, sgd(momentum=0.9, weight_decay=5e-4)  # published


@dataclass(frozen=True)
class BlendedPool:
    """`size` networks, of which each learns for `most` steps. What a step does is a function of its `rng`."""

    size: int
    most: int

    def fresh(self, problem: Problem, rng: Randomness) -> State:
        """Networks that have learned nothing yet."""
        return {name: _beginner(problem, rng, name) for name in map(str, range(self.size))}

    def current(self, pool: State, rng: Randomness) -> State:
        """The network of the step of `rng`, live."""
        return pool[self._pick(rng)[0]]

    def blend(self, problem: Problem, pool: State, rng: Randomness) -> Parameters:
        """Parameters between those with which that network began and those it has now, uniform along the line."""
        name, share = self._pick(rng)
        start, now = _start(problem, rng, name), pool[name]["parameters"]
        return {key: value.lerp(start[key], share) for key, value in now.items()}

    def learn(self, problem: Problem, pool: State, rng: Randomness) -> None:
        """Up to `TURN` steps of that network, in place, on batches of the run's own sampler.

        The step size is a fifth after two thirds of all steps, and a fifth of that after five sixths (published).
        """
        network = self.current(pool, rng)
        seeds = rng.numpy("pool-batches").integers(2**31, size=TURN)
        done = int(network["steps"])
        for step, seed in zip(range(done, min(done + TURN, self.most)), seeds, strict=False):
            images, targets = _augmented_batch(problem, Randomness(int(seed), rng.step))  # the law is of the run's step
            lr = _LR * 0.2 ** ((step >= 2 / 3 * self.most) + (step >= 5 / 6 * self.most))
            _trainer(problem).step(network, Step(images, targets, lr))
            network["steps"] += 1

    def _pick(self, rng: Randomness) -> tuple[str, float]:
        generator = rng.numpy("pool")
        return str(generator.integers(self.size)), float(generator.random())


def _augmented_batch(problem: Problem, rng: Randomness) -> tuple[torch.Tensor, torch.Tensor]:
    """(B,C,H,W) real images, and one-hot targets (B,K) times their weights, whose mean is 1."""
    batch = problem.sampler.draw(rng, -(-TURN_BATCH // problem.num_classes), counted=False)
    draw = problem.augmentation.draw_batch(rng.numpy("augmentation"), len(batch.labels))
    weights = batch.weights / batch.weights.mean()
    targets = F.one_hot(batch.labels, problem.num_classes) * weights[:, None]
    return problem.augmentation.apply(batch.images, draw), targets


def _start(problem: Problem, rng: Randomness, name: str) -> Parameters:
    """How a network begins: a function of the run's seed, so it need not be kept."""
    return problem.network.init(rng.at(0).torch(f"pool-{name}", problem.compute.device))


def _beginner(problem: Problem, rng: Randomness, name: str) -> State:
    return _trainer(problem).begin(_start(problem, rng, name), {}) | {"steps": torch.zeros((), dtype=torch.int64)}


def _trainer(problem: Problem) -> Trainer:
    """Without running statistics: who looks through one of the networks takes those of the images at hand."""
    forward = in_chunks(problem.network, problem.compute)
    return Trainer(lambda parameters, images: (forward(parameters, images)[0], {}), _SGD, F.cross_entropy)
