"""Distribution matching (DM).

Zhao & Bilen, "Dataset Condensation with Distribution Matching", WACV 2023, arXiv:2110.04181.
Every step draws a fresh random network and moves, for each class, the mean embedding of the synthetic images towards
the mean embedding of a real batch, both seen through the same (Siamese) augmentation:

    loss = sum_c || mean_i w_i psi(A_c(x_i)) - mean_j psi(A_c(s_j)) ||^2        (i in the real batch of class c, j in
    S_c)

Where this differs from the authors' code: all classes go through the network together and are averaged afterwards,
instead of one class after another; real batches may be importance-sampled, with weights w_i (1 when uniform).
The weights of a weighted start do not count in the mean of S_c.
Memory does not grow with the number of images: the graph of a few classes goes before that of the next is built, and a
class of more images than fit at once is taken in parts, exactly (see `bounded`). Not so with batch normalisation, where
all real images take their statistics together, and so do all synthetic ones, as in their code: these share one graph.
Letters: B real batch, M synthetic images, K classes, F features.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch

from ddcore.distillers.base import Distiller, Problem, State
from ddcore.distillers.bounded import class_groups, value_and_gradient
from ddcore.distillers.class_sums import class_means, class_sizes, class_sums
from ddcore.networks.base import Network
from ddcore.networks.compute import check_compiler, compile_parameter, real_precision_parameter
from ddcore.parameters import check, parameter
from ddcore.randomness import Randomness
from ddcore.synthetic import SyntheticSet

See = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""(images, their classes) -> their features, augmented as the step says."""


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
    real_precision: str = real_precision_parameter()
    compile: str = compile_parameter()

    def __post_init__(self):
        check(self)

    def check_fit(self, network: Network, factor: int) -> None:
        check_compiler(self.compile)

    def init(self, problem: Problem, synthetic: SyntheticSet, rng: Randomness) -> State:
        return {
            "images": synthetic.images.clone(),
            "targets": synthetic.targets.clone(),
            "classes": synthetic.classes.clone(),
            "velocity": torch.zeros_like(synthetic.images),
        }

    def step(self, problem: Problem, state: State, rng: Randomness) -> dict[str, float]:
        network, compute = problem.network, replace(problem.compute, compiled=self.compile == "on")
        parameters = network.init(rng.torch("network", compute.device))
        draw = problem.augmentation.draw(rng.numpy("augmentation"), problem.num_classes)
        batch = problem.sampler.draw(rng, self.batch_real)

        def shown(images: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
            return problem.augmentation.apply(images, draw, classes)

        def see(images: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
            return compute.features(network, parameters, shown(images, classes))

        real = compute.real_features(network, parameters, shown(batch.images, batch.labels), self.real_precision)
        target = class_means(real * batch.weights[:, None], batch.labels, problem.num_classes)

        loss, gradient = 0.0, torch.empty_like(state["images"])
        fitting = max(1, compute.chunk(network) // problem.factor**2)
        at_once = len(state["images"]) if network.coupled else fitting
        for rows in class_groups(state["classes"], at_once):
            value, gradient[rows] = _distance(
                problem, state["images"][rows], state["classes"][rows], target, see, at_once
            )
            loss += value.item()

        problem.witness(gradient)
        state["velocity"].mul_(self.momentum).add_(gradient)
        state["images"].sub_(state["velocity"], alpha=self.lr_images)
        return {"loss": loss}


def _distance(
    problem: Problem, images: torch.Tensor, classes: torch.Tensor, target: torch.Tensor, see: See, at_once: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """The part of whole, neighbouring `classes` (M,) in the loss, and its gradient by their stored `images`."""
    first, count = int(classes[0]), int(classes[-1] - classes[0]) + 1
    sizes = class_sizes(problem.tiled(classes) - first, count)

    def terms(images: torch.Tensor, part: slice) -> list[torch.Tensor]:
        shown = problem.tiled(classes[part])
        return [class_sums(see(problem.decode(images), shown), shown - first, count) / sizes]

    def loss(means: Sequence[torch.Tensor]) -> torch.Tensor:
        return (means[0] - target[first : first + count]).square().sum()

    return value_and_gradient(images, at_once, terms, loss)
