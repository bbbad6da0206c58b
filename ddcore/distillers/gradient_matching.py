"""What DC and DSA share: their parameters, and their loops as single steps.

One step is one update of the images, by the loss of `class_gradients`. A network serves `outer` steps, and learns from
the images for `inner` epochs after each of them but the last; then a fresh one is drawn. All randomness is that of the
step. Networks with batch norm match with the statistics of 16 real images per class, frozen, and learn with those of
their own batches.
Letters: M synthetic images.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import torch
import torch.nn.functional as F

from ddcore.devices import on_device
from ddcore.distillers.base import Distiller, Problem, State, set_of
from ddcore.distillers.class_gradients import DISTANCES, matching_loss
from ddcore.distillers.views import NetworkView
from ddcore.networks.base import Trained, calibrated
from ddcore.parameters import check, parameter
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness
from ddcore.sampling.pools import View
from ddcore.synthetic import SyntheticSet
from ddcore.training.optimisers import sgd
from ddcore.training.trainer import Step, Trainer, in_chunks, trained

PUBLISHED_LOOPS = {1: (1, 1), 10: (10, 50), 20: (20, 25), 30: (30, 20), 40: (40, 15), 50: (50, 10)}
"""Images per class -> `outer` and `inner`."""
NETWORK_BATCH = 256  # images in a step of the network
CALIBRATION = 16  # real images per class


@dataclass(frozen=True)
class GradientMatching(Distiller):
    augmented: ClassVar[bool] = False
    """Whether images are augmented: real and synthetic ones of a class alike for matching, each its own way where the
    network learns."""

    lr_images: float = parameter(0.1, "Step size of the synthetic images.", 1e-6, 1e6, title="Step size of images")
    momentum: float = parameter(0.5, "Momentum of the synthetic images.", 0.0, 0.999)
    batch_real: int = parameter(256, "Real images per class and step.", 1, 65536, title="Real images per class")
    distance: str = parameter("layers", "How two gradients are compared.", choices=DISTANCES)
    outer: int | None = parameter(
        None,
        "Steps before a fresh network is drawn; default as published, 1 for 1 image per class, 10 for 10, 50 for 50.",
        1,
        1_000_000,
        title="Steps per network",
    )
    inner: int | None = parameter(
        None,
        "Epochs for which the network learns from the images after a step; default as published, 50 for 10 images per "
        "class, 10 for 50.",
        0,
        1_000_000,
        title="Epochs between steps",
    )
    lr_network: float = parameter(0.01, "Step size of the network's SGD.", 0.0, 1e3, title="Step size of networks")

    def __post_init__(self):
        check(self)

    def loops(self, classes: torch.Tensor) -> tuple[int, int]:
        """`outer` and `inner` for a set of `classes` (M,); where one is not given, as published for as many images per
        class, or for the next more (above 50, for 50)."""
        ipc = int(classes.bincount().max())
        outer, inner = PUBLISHED_LOOPS[min((known for known in PUBLISHED_LOOPS if known >= ipc), default=50)]
        return outer if self.outer is None else self.outer, inner if self.inner is None else self.inner

    def kinds_of_step(self, steps: int) -> list[tuple[Distiller, int]]:
        """The network is dropped after one step in `outer` and learns after the others. Published, `outer` is 1, where
        it never learns, or so large that one step makes no difference."""
        if self.outer is None:
            return [(self, steps)]
        dropped = steps // self.outer
        return [(replace(self, outer=1), dropped), (replace(self, outer=1_000_000), steps - dropped)]

    def init(self, problem: Problem, synthetic: SyntheticSet, rng: Randomness) -> State:
        """`network` is what a trainer keeps of the current network; it is empty where the next step draws a fresh one.
        `outer` counts the steps that it has served."""
        return {
            "images": synthetic.images.clone(),
            "targets": synthetic.targets.clone(),
            "classes": synthetic.classes.clone(),
            "velocity": torch.zeros_like(synthetic.images),
            "network": {},
            "outer": torch.tensor(0),
        }

    def step(self, problem: Problem, state: State, rng: Randomness) -> dict[str, float]:
        trainer = Trainer(in_chunks(problem.network, problem.compute), sgd(0.0, 0.0), F.cross_entropy)
        if not state["network"]:
            device = problem.compute.device
            fresh = problem.network.init(rng.torch("network", device))
            state["network"] = trainer.begin(fresh, problem.network.fresh_buffers(device))
        by_layer = self._move_images(problem, state, rng)
        state["outer"] += 1
        outer, inner = self.loops(state["classes"])
        if state["outer"] < outer:
            for lesson in self._lessons(problem, state, inner, rng):
                trainer.step(state["network"], lesson)
        else:
            state["outer"].zero_()
            state["network"] = {}
        return {"loss": sum(by_layer.values())} | {f"layer/{name}": value for name, value in by_layer.items()}

    def view(self, problem: Problem, state: State, rng: Randomness, progress: Progress = silent) -> View:
        """Features of the current network, or of the fresh one that the step of `rng` draws."""
        current, now = state["network"].get("parameters"), set_of(state)
        return NetworkView(problem.network, problem.augmentation, problem.compute, now, rng, progress, current)

    def _move_images(self, problem: Problem, state: State, rng: Randomness) -> dict[str, float]:
        """Gradient descent with momentum; the distance of each layer before it."""
        augmentation, draw = problem.augmentation, None
        if self.augmented:
            draw = augmentation.draw(rng.numpy("augmentation"), problem.num_classes)

        def see(images: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
            return images if draw is None else augmentation.apply(images, draw, classes)

        batch, network = problem.sampler.draw(rng, self.batch_real), self._frozen(problem, state, rng)
        by_layer, gradient = matching_loss(problem, network, batch, state, self.distance, see)
        problem.witness(gradient)
        state["velocity"].mul_(self.momentum).add_(gradient)
        state["images"].sub_(state["velocity"], alpha=self.lr_images)
        return by_layer

    def _frozen(self, problem: Problem, state: State, rng: Randomness) -> Trained:
        """The current network as gradients are taken of it."""
        network = trained(state["network"])
        if not problem.network.coupled:
            return network
        batch = problem.sampler.draw(rng, CALIBRATION, counted=False)
        return calibrated(problem.network, network.parameters, batch.images)

    def _lessons(self, problem: Problem, state: State, epochs: int, rng: Randomness) -> Iterator[Step]:
        """What the network learns from: the synthetic set in shuffled batches."""
        generator, augmentation = rng.numpy("network-images"), problem.augmentation
        images, targets = problem.decode(state["images"]), problem.tiled(state["targets"])
        for _ in range(epochs):
            order = on_device(generator.permutation(len(images)), images.device)
            for chosen in order.split(NETWORK_BATCH):
                x = images[chosen]
                if self.augmented:
                    x = augmentation.apply(x, augmentation.draw_batch(generator, len(x)))
                yield Step(x, targets[chosen], self.lr_network)
