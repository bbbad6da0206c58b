"""The loss of gradient matching through one network that is held fixed, and its gradient by the images.

For each class c, with L the mean cross-entropy of the network f, theta its parameters,

    loss = sum_c D(grad_theta L(real batch of c), grad_theta L(synthetic images of c))

    layers   D(g, h) = sum over layers and output channels o of  1 - <g_o, h_o> / (|g_o| |h_o| + 1e-6)
    mse      D(g, h) = |g - h|^2
    cos      D(g, h) = 1 - <g, h> / (|g| |h| + 1e-6)

`layers` is the published one: it ignores parameters with one axis (biases, scales); the others take all. Equal
gradients do not have distance 0 there, as a row of zeros counts 1. Means are weighted: by the sampling law's
corrections for real images, by the sums of their targets for synthetic ones.

Memory: the real gradient of a class is a sum over chunks, without a graph, and the synthetic one is differentiated in
chunks (see `bounded`). Second derivatives are taken of the synthetic gradient only. Where the work of a class is so
little that most of the time goes into calling PyTorch, classes go side by side (`torch.vmap`) if the network allows it:
a function of network, shapes and kind of device alone, as the two differ in rounding.
Letters: B real batch, M synthetic images, K classes, G classes side by side, L layers.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from ddcore.distillers.base import Problem, State
from ddcore.distillers.bounded import parts, summed, value_and_gradient
from ddcore.distillers.class_sums import class_weights
from ddcore.networks.base import Network, Parameters, Trained
from ddcore.sampling.batches import Batch

DISTANCES = {
    "layers": ("Angles, layer by layer", "as published: one angle for each output channel of each layer"),
    "mse": ("Squared difference", "of all parameters together, so that sizes count, too"),
    "cos": ("One angle", "of all parameters together"),
}
SIDE_BY_SIDE = 2**16
"""Floats in the widest activation of a class, up to which a CPU takes classes side by side. One thread, 10 classes, ms
a step one by one and side by side: 8 k floats 23 and 10; 65 k 51 and 36 (8 pixels) or 32 and 19 (16 pixels); 131 k 42
and 48; 200 k 73 and 95; 262 k 58 and 108. Not measured on GPUs, which take as many as fit in a chunk."""
_EPS = 1e-6

Gradients = Sequence[torch.Tensor]
"""One gradient (G, ...) for each parameter, in their order: G classes side by side."""
See = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""(images, their classes) -> the images as the network is shown them."""


def matching_loss(
    problem: Problem, network: Trained, batch: Batch, state: State, distance: str, see: See
) -> tuple[dict[str, float], torch.Tensor]:
    """How far each layer's gradients are apart (their sum is the loss), and the gradient (M, C, H, W) of the loss by
    the stored images of `state`."""
    names = matched(distance, network.parameters)
    titles, chunk = layers(distance, names), problem.compute.chunk(problem.network)
    hard = F.one_hot(batch.labels, problem.num_classes) * batch.weights[:, None]
    real_targets, targets = shares(hard, batch.labels), shares(state["targets"], state["classes"])
    values, gradient = [], torch.empty_like(state["images"])

    def gradients(images: torch.Tensor, classes: torch.Tensor, targets: torch.Tensor, side_by_side: int) -> Gradients:
        return class_gradients(problem.network, network, names, see(images, classes), targets, side_by_side)

    def matched_by(group: Group) -> tuple[torch.Tensor, torch.Tensor]:
        together = group.classes > 1
        with torch.no_grad():
            real = summed(
                gradients(batch.images[part], batch.labels[part], real_targets[part], group.classes)
                for part in parts(group.real, len(batch.labels) if together else chunk)
            )
        mine, classes = targets[group.synthetic], state["classes"][group.synthetic]

        def terms(images: torch.Tensor, part: slice) -> Gradients:
            shown, counted = problem.tiled(classes[part]), problem.tiled(mine[part]) / problem.factor**2
            return gradients(problem.decode(images), shown, counted, group.classes)

        at_once = len(mine) if together else max(1, chunk // problem.factor**2)
        return value_and_gradient(
            state["images"][group.synthetic], at_once, terms, lambda mine: distances(distance, titles, real, mine)
        )

    for group in groups(problem, batch.labels, state["classes"]):
        value, gradient[group.synthetic] = matched_by(group)
        values.append(value)
    return dict(zip(dict.fromkeys(titles), torch.stack(values).sum(0).tolist(), strict=True)), gradient


def shares(targets: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    """`targets` (B, K), weights multiplied in, of images of `classes` (B,), over the sum of weights of each class: the
    sum of their cross-entropies is then the weighted mean, class by class."""
    return targets / class_weights(targets.sum(1), classes, targets.shape[1])[:, None]


# -- gradients


class Group(NamedTuple):
    """Neighbouring classes that are taken together: how many, their rows of the real batch and of the synthetic set."""

    classes: int
    real: slice
    synthetic: slice


def groups(problem: Problem, real: torch.Tensor, synthetic: torch.Tensor) -> Iterator[Group]:
    """All classes that have synthetic images, of classes `real` (B,) and `synthetic` (M,), ascending: several side by
    side where that is faster and they are of one size."""
    counts = [classes.bincount(minlength=problem.num_classes).tolist() for classes in (real, synthetic)]
    largest = max(max(counts[0]), max(counts[1]) * problem.factor**2)
    equal = all(len(set(each)) == 1 for each in counts)
    size = classes_at_once(problem, largest) if equal else 1
    ends = [[0, *np.cumsum(each).tolist()] for each in counts]
    for first in range(0, problem.num_classes, size):
        last = min(first + size, problem.num_classes)
        group = Group(last - first, *(slice(each[first], each[last]) for each in ends))
        if group.synthetic.start < group.synthetic.stop:
            yield group


def classes_at_once(problem: Problem, images: int) -> int:
    """How many classes of so many images each go side by side."""
    if not problem.network.second_order_vmap:
        return 1
    if problem.compute.kind == "cpu" and images * problem.network.cost > SIDE_BY_SIDE:
        return 1
    return max(1, problem.compute.chunk(problem.network) // images)


def class_gradients(
    described: Network, network: Trained, names: list[str], images: torch.Tensor, targets: torch.Tensor, classes: int
) -> Gradients:
    """For each parameter of `names` the gradient of the summed cross-entropy, class by class.

    `images` (G B, C, H, W) with `targets` (G B, K) are sorted by class. There is a graph if the images need one.
    """
    leaves = {name: network.parameters[name].detach() for name in names}
    images = images if torch.is_grad_enabled() else images.detach()

    def loss(leaves: Parameters, images: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        logits = described.logits(network.parameters | leaves, images, network.buffers)
        return F.cross_entropy(logits, targets, reduction="sum")

    if classes > 1:
        each = torch.vmap(torch.func.grad(loss), (None, 0, 0))
        by_name = each(leaves, *(rows.unflatten(0, (classes, -1)) for rows in (images, targets)))
        return [by_name[name] for name in names]
    leaves = {name: leaf.requires_grad_(True) for name, leaf in leaves.items()}
    with torch.enable_grad():  # `torch.func.grad` would take 2 ms a class more
        value = loss(leaves, images, targets)
        gradients = torch.autograd.grad(value, list(leaves.values()), create_graph=images.requires_grad)
    return [gradient[None] for gradient in gradients]


# -- distances


def matched(distance: str, parameters: Parameters) -> list[str]:
    """Names of the parameters whose gradients `distance` compares."""
    return [name for name, value in parameters.items() if distance != "layers" or value.dim() > 1]


def layers(distance: str, names: list[str]) -> list[str]:
    """For each parameter the layer it belongs to, in words: "conv 1" of "conv0.weight"."""
    if distance == "cos":
        return ["all layers"] * len(names)
    layer = (name.rpartition(".")[0] for name in names)
    return [re.sub(r"(\d+)$", lambda number: f" {int(number[0]) + 1}", name) for name in layer]


def distances(distance: str, titles: list[str], real: Gradients, mine: Gradients) -> torch.Tensor:
    """(L,) the distance D, summed over classes, for each different one of `titles`."""
    if distance == "cos":
        return _angles(*(torch.cat([one.flatten(1) for one in side], 1) for side in (real, mine)))[None]
    by_title: dict[str, torch.Tensor] = {}
    for title, one, other in zip(titles, real, mine, strict=True):
        value = (one - other).square().sum() if distance == "mse" else _angles(one.flatten(2), other.flatten(2))
        by_title[title] = by_title[title] + value if title in by_title else value
    return torch.stack(list(by_title.values()))


def _angles(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """The sum over rows of 1 - the cosine between them, of (..., P) and (..., P)."""
    lengths = one.norm(dim=-1) * other.norm(dim=-1)
    return (1 - (one * other).sum(-1) / (lengths + _EPS)).sum()
