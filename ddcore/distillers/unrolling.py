"""Steps of gradient descent on a synthetic set, and the exact gradient through them in memory that does not grow.

From theta_0 a student takes N steps on batches b_i of the images x and labels y,

    theta_{i+1} = theta_i - a g_i,        g_i = grad_theta l_i(theta_i, x[b_i], y[b_i]),

and some L(theta_N) is to be followed down. Backpropagation through the loop keeps N graphs. The adjoint keeps the
N + 1 parameter vectors and goes back over them, one graph at a time: with w = dL/dtheta_N,

    for i = N-1 .. 0:   (q_x, q_y, q_theta) = gradients of w . g_i by x, y and theta at theta_i
                        dL/dx[b_i] -= a q_x;   dL/dy[b_i] -= a q_y;   dL/da -= w . g_i;   w -= a q_theta

since theta_{i+1} depends on theta_i by I - a H_i, H_i the Hessian of l_i, and on x by -a dg_i/dx. It is the same number
as by backpropagation (checked to 1e-10 in float64), not the approximation of TESLA (Cui et al., ICML 2023), which keeps
w fixed: off by a quarter after 20 steps. An image that is in several batches adds up what each says.
The graphs of as many steps as fit into a fixed share of memory stay from the way there to the way back, which saves a
quarter of the time; those of earlier steps are built again. Both ways agree up to rounding, since PyTorch computes a
first derivative differently where a second one will follow. Of every step the parameters are kept.
Letters: P parameters, N steps, M images, B images of a batch, K classes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import torch

Loss = Callable[[int, torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
"""(step i, theta (P,), images (B, ...), labels (B, K)) -> l_i, a number."""


class Gradients(NamedTuple):
    images: torch.Tensor  # as the images
    labels: torch.Tensor  # as the labels
    step_size: torch.Tensor  # ()


class Graph(NamedTuple):
    """A step that can still be differentiated: theta, images and labels, and the gradient of its loss by theta."""

    leaves: list[torch.Tensor]
    gradient: torch.Tensor


@dataclass(frozen=True, eq=False)
class Unroll:
    """The steps of one student: step i descends `loss` on the rows `batches[i]` of `images` and `labels`. Graphs of the
    last `kept` of them wait for the way back."""

    loss: Loss
    images: torch.Tensor  # (M, ...)
    labels: torch.Tensor  # (M, K)
    batches: Sequence[torch.Tensor]  # N of (B,) int64, without repeats within one
    step_size: torch.Tensor  # ()
    kept: int = 0
    _graphs: dict[int, Graph] = field(default_factory=dict, init=False)

    def path(self, start: torch.Tensor) -> torch.Tensor:
        """(N+1, P): theta_0 = `start` (P,), ..., theta_N."""
        path = start.new_empty(len(self.batches) + 1, len(start))
        path[0] = start
        for step in range(len(self.batches)):
            keep = step >= len(self.batches) - self.kept
            graph = self._step(step, path[step], keep)
            torch.sub(path[step], self.step_size * graph.gradient.detach(), out=path[step + 1])
            if keep:
                self._graphs[step] = graph
        return path

    def gradients(self, path: torch.Tensor, end: torch.Tensor) -> Gradients:
        """The gradients by images, labels and step size of an L whose gradient by theta_N, the end of `path`, is `end`
        (P,). `path` is the last one taken."""
        gradients = Gradients(*(torch.zeros_like(given) for given in (self.images, self.labels, self.step_size)))
        for step in reversed(range(len(self.batches))):
            rows, graph = self.batches[step], self._graphs.pop(step, None) or self._step(step, path[step], True)
            along = end @ graph.gradient
            by_theta, by_images, by_labels = torch.autograd.grad(along, graph.leaves)
            gradients.images[rows] -= self.step_size * by_images
            gradients.labels[rows] -= self.step_size * by_labels
            gradients.step_size.sub_(along.detach())
            end = end - self.step_size * by_theta
            del graph, along  # before the next is built
        return gradients

    def _step(self, step: int, theta: torch.Tensor, differentiable: bool) -> Graph:
        rows = self.batches[step]
        leaves = [theta.clone(), self.images[rows].detach(), self.labels[rows].detach()]
        for leaf in leaves if differentiable else leaves[:1]:
            leaf.requires_grad_(True)
        value = self.loss(step, *leaves)
        (gradient,) = torch.autograd.grad(value, leaves[0], create_graph=differentiable)
        return Graph(leaves, gradient)
