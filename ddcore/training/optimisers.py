"""One step of an optimiser, on tensors whose moments lie in a state that is kept: a checkpoint needs nothing else.

`moments` is a dict of tensors that every step changes in place, as it does `values`. There is no weight decay but that
of `sgd`: what the others optimise are images, labels, and networks that learn for a while.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch

Moments = dict[str, torch.Tensor]


class Optimiser(NamedTuple):
    """How a trainer optimises: `fresh(values)` moments, and `update(values, gradient, moments, lr)` in place.

    `together` takes lists of the same and changes all of them in as few calls as possible, to the same numbers.
    """

    fresh: Callable[[torch.Tensor], Moments]
    update: Callable[[torch.Tensor, torch.Tensor, Moments, float], None]
    together: Callable[[list[torch.Tensor], list[torch.Tensor], list[Moments], float], None] | None = None

    def update_all(
        self, values: list[torch.Tensor], gradients: list[torch.Tensor], moments: list[Moments], lr: float
    ) -> None:
        """One step of each of the `values`, in place."""
        if self.together is not None:
            self.together(values, gradients, moments, lr)
            return
        for value, gradient, own in zip(values, gradients, moments, strict=True):
            self.update(value, gradient, own, lr)


BETA_1, BETA_2 = 0.9, 0.999


def fresh_moments(values: torch.Tensor) -> Moments:
    """Nothing seen yet of gradients shaped like `values`."""
    return {
        "first": torch.zeros_like(values),
        "second": torch.zeros_like(values),
        "count": torch.zeros((), dtype=torch.int64),
    }


def adam(values: torch.Tensor, gradient: torch.Tensor, moments: Moments, lr: float, eps: float = 1e-8) -> None:
    """Kingma & Ba, "Adam", ICLR 2015, Algorithm 1."""
    first, second = _unbiased(gradient, gradient, moments)
    values.sub_(first / (second.sqrt() + eps), alpha=lr)


def efficient_adam(
    values: torch.Tensor, gradient: torch.Tensor, moments: Moments, lr: float, eps: float = 1e-8
) -> None:
    """The same in the more efficient order of section 2, as `torch.optim.Adam` computes it, bit for bit on a CPU."""
    moments["first"].lerp_(gradient, 1 - BETA_1)
    moments["second"].mul_(BETA_2).addcmul_(gradient, gradient, value=1 - BETA_2)
    moments["count"] += 1
    count = int(moments["count"])
    spread = (moments["second"].sqrt() / (1 - BETA_2**count) ** 0.5).add_(eps)
    values.addcdiv_(moments["first"], spread, value=-lr / (1 - BETA_1**count))


def sgd(momentum: float, weight_decay: float) -> Optimiser:
    """Gradient descent with momentum, as `torch.optim.SGD` does it."""

    def fresh(values: torch.Tensor) -> Moments:
        return {"velocity": torch.zeros_like(values)}

    def update(values: torch.Tensor, gradient: torch.Tensor, moments: Moments, lr: float) -> None:
        together([values], [gradient], [moments], lr)

    def together(values: list[torch.Tensor], gradients: list[torch.Tensor], moments: list[Moments], lr: float) -> None:
        velocities = [own["velocity"] for own in moments]
        torch._foreach_mul_(velocities, momentum)
        torch._foreach_add_(velocities, gradients)
        torch._foreach_add_(velocities, values, alpha=weight_decay)
        torch._foreach_add_(values, velocities, alpha=-lr)

    return Optimiser(fresh, update, together)


def adabelief(values: torch.Tensor, gradient: torch.Tensor, moments: Moments, lr: float, eps: float = 1e-16) -> None:
    """Zhuang et al., "AdaBelief optimizer", NeurIPS 2020, Algorithm 2: the second moment is that of g - E g."""
    mean = BETA_1 * moments["first"] + (1 - BETA_1) * gradient
    first, second = _unbiased(gradient, gradient - mean, moments, eps)
    values.sub_(first / (second.sqrt() + eps), alpha=lr)


def lamb(values: torch.Tensor, gradient: torch.Tensor, moments: Moments, lr: float, eps: float = 1e-6) -> None:
    """You et al., "Large batch optimization for deep learning", ICLR 2020, Algorithm 2: an Adam direction as long as
    the values are, so that `lr` is the share by which they change."""
    first, second = _unbiased(gradient, gradient, moments)
    direction = first / (second.sqrt() + eps)
    length, size = direction.norm(), values.norm()
    ratio = torch.where((length > 0) & (size > 0), size / length.clamp(min=torch.finfo(length.dtype).tiny), 1.0)
    values.sub_(direction * (lr * ratio))


def _unbiased(
    gradient: torch.Tensor, spread: torch.Tensor, moments: Moments, added: float = 0.0
) -> tuple[torch.Tensor, torch.Tensor]:
    """Running means of `gradient` and of `spread` squared (plus `added`), without their bias towards zero."""
    moments["first"].lerp_(gradient, 1 - BETA_1)
    moments["second"].mul_(BETA_2).addcmul_(spread, spread, value=1 - BETA_2).add_(added)
    moments["count"] += 1
    count = int(moments["count"])
    return moments["first"] / (1 - BETA_1**count), moments["second"] / (1 - BETA_2**count)


ADAM = Optimiser(fresh_moments, adam)
EFFICIENT_ADAM = Optimiser(fresh_moments, efficient_adam)
