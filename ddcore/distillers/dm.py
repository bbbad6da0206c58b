"""Distribution matching (DM).

Zhao & Bilen, "Dataset Condensation with Distribution Matching", WACV 2023, arXiv:2110.04181.
Every step draws a fresh random network and moves, for each class, the mean embedding of the synthetic images towards
the mean embedding of a real batch, both seen through the same (Siamese) augmentation:

    loss = sum_c || mean_i w_i psi(A_c(x_i)) - mean_j psi(A_c(s_j)) ||^2        (i in the real batch of class c, j in
    S_c)

Where this differs from the authors' code: all classes go through the network together and are averaged afterwards,
instead of one class after another; real batches may be importance-sampled, with weights w_i (1 when uniform).
With batch normalisation all real images take their statistics together, and so do all synthetic ones, as in their code.
Letters: B real batch, M synthetic images, K classes, F features.
"""

from dataclasses import dataclass

import torch

from ddcore.distillers.base import Distiller, Problem, State
from ddcore.parameters import check, parameter
from ddcore.randomness import Randomness
from ddcore.synthetic import SyntheticSet


@dataclass(frozen=True)
class DistributionMatching(Distiller):
    lr_images: float = parameter(
        1.0,
        "Step size of the synthetic images (10 for 100 or more images per class).",
        1e-6,
        1e6,
        title="Step size of images",
    )
    momentum: float = parameter(0.5, "Momentum of the synthetic images.", 0.0, 0.999)
    batch_real: int = parameter(256, "Real images per class and step.", 1, 65536, title="Real images per class")

    def __post_init__(self):
        check(self)

    def init(self, problem: Problem, synthetic: SyntheticSet, rng: Randomness) -> State:
        return {
            "images": synthetic.images.clone(),
            "targets": synthetic.targets.clone(),
            "classes": synthetic.classes.clone(),
            "velocity": torch.zeros_like(synthetic.images),
        }

    def step(self, problem: Problem, state: State, rng: Randomness) -> dict[str, float]:
        network, compute = problem.network, problem.compute
        parameters = network.init(rng.torch("network", compute.device))
        draw = problem.augmentation.draw(rng.numpy("augmentation"), problem.num_classes)
        batch = problem.sampler.draw(rng, self.batch_real)

        with torch.no_grad():
            real = compute.features(network, parameters, problem.augmentation.apply(batch.images, draw, batch.labels))
            target = class_means(real * batch.weights[:, None], batch.labels, problem.num_classes)

        loss, gradient = 0.0, torch.empty_like(state["images"])
        at_once = len(state["images"]) if network.coupled else compute.chunk(network)
        for rows in class_groups(state["classes"], at_once):
            images = state["images"][rows].requires_grad_(True)
            classes = state["classes"][rows]
            first, count = int(classes[0]), int(classes[-1] - classes[0]) + 1
            decoded = problem.tiled(classes)
            seen = problem.augmentation.apply(problem.decode(images), draw, decoded)
            means = class_means(compute.features(network, parameters, seen), decoded - first, count)
            part = (means - target[first : first + count]).square().sum()
            (gradient[rows],) = torch.autograd.grad(part, images)
            loss += part.item()

        state["velocity"].mul_(self.momentum).add_(gradient)
        state["images"].sub_(state["velocity"], alpha=self.lr_images)
        return {"loss": loss}


def class_groups(classes: torch.Tensor, size: int) -> list[slice]:
    """Rows of whole, neighbouring classes, about `size` images together: the loss is a sum over classes, so the graph
    of one group can go before the next is built, and memory does not grow with the number of classes.

    `classes` (M,) ascending.
    """
    ends = (torch.nonzero(classes.diff()).squeeze(1) + 1).tolist() + [len(classes)]
    groups, start, previous = [], 0, 0
    for end in ends:
        if end - start > size and previous > start:
            groups.append(slice(start, previous))
            start = previous
        previous = end
    return [*groups, slice(start, len(classes))]


def class_means(values: torch.Tensor, classes: torch.Tensor, num_classes: int) -> torch.Tensor:
    """(B,F), (B,) -> (K,F): the mean of each class's rows, as a product: scattered sums do not repeat on GPUs."""
    members = torch.nn.functional.one_hot(classes, num_classes).to(values.dtype)
    return (members.T @ values) / members.sum(0)[:, None]
