"""The one trainer of networks: experts, students and the networks that distillers train.

What a step changes is one state of tensors, and what it is given is a function of seed and step; so training stops
after any step and goes on as if it had never stopped.

Letters: S students side by side, B images, K classes.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F

from ddcore.networks.base import Buffers, Network, Parameters, Trained
from ddcore.networks.compute import Compute
from ddcore.training.optimisers import Optimiser

State = dict[str, Any]
"""`parameters`, `moments` of each of them, and `buffers`: dicts of tensors, all that is needed to go on."""
Forward = Callable[[Parameters, torch.Tensor], tuple[torch.Tensor, Buffers]]
"""(parameters, images) -> outputs, and what the images say of the buffers."""

_TAKEN_IN = 0.1  # share by which running statistics move to those of a batch, PyTorch's own


class Step(NamedTuple):
    """What one step learns from, and its step size; `restart`: the optimiser forgets what it knew before."""

    images: torch.Tensor
    targets: torch.Tensor
    lr: float
    restart: bool = False


@dataclass(frozen=True, eq=False)
class Trainer:
    """`loss(outputs, targets)` is a number; `forward` says how images go through the network."""

    forward: Forward
    optimiser: Optimiser
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

    def begin(self, parameters: Parameters, buffers: Buffers) -> State:
        """The state before the first step; the tensors given are those that change."""
        return {"parameters": parameters, "moments": self._fresh(parameters), "buffers": buffers}

    def run(self, state: State, steps: Iterable[Step]) -> Iterator[State]:
        """Take one step after another, yielding the live state after each."""
        for step in steps:
            if step.restart:
                state["moments"] = self._fresh(state["parameters"])
            self.step(state, step)
            yield state

    def step(self, state: State, step: Step) -> None:
        """Change `state` in place."""
        parameters = state["parameters"]
        leaves = {name: value.detach().requires_grad_(True) for name, value in parameters.items()}
        outputs, seen = self.forward(leaves, step.images)
        gradients = torch.autograd.grad(self.loss(outputs, step.targets), list(leaves.values()))
        moments = [state["moments"][name] for name in parameters]
        self.optimiser.update_all(list(parameters.values()), list(gradients), moments, step.lr)
        for name, value in seen.items():
            state["buffers"][name].lerp_(value, _TAKEN_IN)

    def _fresh(self, parameters: Parameters) -> dict[str, dict[str, torch.Tensor]]:
        return {name: self.optimiser.fresh(value) for name, value in parameters.items()}


def trained(state: State) -> Trained:
    """The network in a state, live: copy what you keep."""
    return Trained(state["parameters"], state["buffers"] or None)


def plain(network: Network) -> Forward:
    """One network: images (B, C, H, W) -> logits (B, K)."""

    def forward(parameters: Parameters, images: torch.Tensor) -> tuple[torch.Tensor, Buffers]:
        features, seen = network.observed(parameters, images)
        return F.linear(features, *network.head(parameters)), seen

    return forward


def in_chunks(network: Network, compute: Compute) -> Forward:
    """The same in chunks of images, where their statistics are not taken."""

    def forward(parameters: Parameters, images: torch.Tensor) -> tuple[torch.Tensor, Buffers]:
        if network.coupled:
            return plain(network)(parameters, images)
        return F.linear(compute.features(network, parameters, images), *network.head(parameters)), {}

    return forward


def side_by_side(network: Network) -> Forward:
    """S networks with stacked parameters, each on its own images: (S, B, C, H, W) -> (S, B, K)."""
    one = plain(network)

    def forward(parameters: Parameters, images: torch.Tensor) -> tuple[torch.Tensor, Buffers]:
        return torch.vmap(one)(parameters, images)

    return forward
