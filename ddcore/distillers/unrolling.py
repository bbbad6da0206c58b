"""Steps of gradient descent on a synthetic set, and the exact gradient through them with one graph in memory.

From theta_0 a student takes N steps on batches b_i of the images x and labels y,

    theta_{i+1} = theta_i - a g_i,        g_i = grad_theta l_i(theta_i, x[b_i], y[b_i]),

and some L(theta_N) is to be followed down. Backpropagation through the loop keeps N graphs. The adjoint keeps the
N + 1 parameter vectors and goes back over them, one graph at a time: with w = dL/dtheta_N,

    for i = N-1 .. 0:   (q_x, q_y, q_theta) = gradients of w . g_i by x, y and theta at theta_i
                        dL/dx[b_i] -= a q_x;   dL/dy[b_i] -= a q_y;   dL/da -= w . g_i;   w -= a q_theta

since theta_{i+1} depends on theta_i by I - a H_i, H_i the Hessian of l_i, and on x by -a dg_i/dx. It is the same number
as by backpropagation (checked to 1e-10 in float64), not the approximation of TESLA (Cui et al., ICML 2023), which keeps
w fixed: off by a quarter after 20 steps. An image that is in several batches adds up what each says.
Letters: P parameters, N steps, M images, B images of a batch, K classes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch

Loss = Callable[[int, torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
"""(step i, theta (P,), images (B, ...), labels (B, K)) -> l_i, a number."""


class Gradients(NamedTuple):
    images: torch.Tensor  # as the images
    labels: torch.Tensor  # as the labels
    step_size: torch.Tensor  # ()


@dataclass(frozen=True, eq=False)
class Unroll:
    """The steps of one student: step i descends `loss` on the rows `batches[i]` of `images` and `labels`."""

    loss: Loss
    images: torch.Tensor  # (M, ...)
    labels: torch.Tensor  # (M, K)
    batches: Sequence[torch.Tensor]  # N of (B,) int64, without repeats within one
    step_size: torch.Tensor  # ()

    def path(self, start: torch.Tensor) -> torch.Tensor:
        """(N+1, P): theta_0 = `start` (P,), ..., theta_N."""
        path = start.new_empty(len(self.batches) + 1, len(start))
        path[0] = start
        for step, rows in enumerate(self.batches):
            theta = path[step].detach().requires_grad_(True)
            value = self.loss(step, theta, self.images[rows], self.labels[rows])
            (gradient,) = torch.autograd.grad(value, theta)
            torch.sub(path[step], self.step_size * gradient, out=path[step + 1])
        return path

    def gradients(self, path: torch.Tensor, end: torch.Tensor) -> Gradients:
        """The gradients by images, labels and step size of an L whose gradient by theta_N, the end of `path`, is `end`
        (P,)."""
        gradients = Gradients(*(torch.zeros_like(given) for given in (self.images, self.labels, self.step_size)))
        for step in reversed(range(len(self.batches))):
            rows = self.batches[step]
            leaves = [part.detach().requires_grad_(True) for part in (path[step], self.images[rows], self.labels[rows])]
            value = self.loss(step, *leaves)
            (gradient,) = torch.autograd.grad(value, leaves[0], create_graph=True)
            along = end @ gradient
            by_theta, by_images, by_labels = torch.autograd.grad(along, leaves)
            gradients.images[rows] -= self.step_size * by_images
            gradients.labels[rows] -= self.step_size * by_labels
            gradients.step_size.sub_(along.detach())
            end = end - self.step_size * by_theta
        return gradients
