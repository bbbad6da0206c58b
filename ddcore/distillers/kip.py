"""Kernel inducing points (KIP).

Nguyen, Chen & Lee, "Dataset meta-learning from kernel ridge regression", ICLR 2021, and Nguyen, Novak, Xiao & Lee,
"Dataset distillation with infinitely wide convolutional networks", NeurIPS 2021. The synthetic set is the support S
of a kernel ridge regression with the kernel of an infinitely wide network; its images (and labels) follow the gradient
of that regression's error on a real batch T:

    loss = 1/2 mean_t w_t |y_t - K_tS (K_SS + r)^{-1} y_S|^2,        r = jitter * tr(K_SS) / M

Labels are one-hot minus 1/K; fixed, learned by the same Adam, or *solved*: exactly the best ones for the images, from
all training images at once. *Kernel sampling* draws the depth of the network anew at each step.

Where this differs from the authors' code: fully connected kernels only (convolutional ones with pooling need a cluster;
RFAD estimates them); real batches may be importance-sampled, with weights w_t (1 when uniform); no augmentation; labels
are solved, for all `hidden` layers, before the first step and again after every `solve_every` of them, while the images
move.

Batches by the loss of the current predictor, on 10,000 held-out training images of Fashion-MNIST (4 seeds, random
start, 100 steps, 2,000 real images a step, ipc 1 and 10): uniform 78.0 and 83.8 %; by class 77.7 and 83.4 %; across
classes, from 1,000 candidates a class 78.7 and 83.6 %, from all images 79.0 and 84.4 %. Hence the last.
Letters: B real batch, M synthetic images, K classes.
"""

from dataclasses import dataclass
from functools import partial

import torch

from ddcore.distillers.base import Problem, State
from ddcore.distillers.kernel_method import (
    KernelMethod,
    first_state,
    keep_labels,
    parts_of,
    squared_errors,
)
from ddcore.errors import BadInput
from ddcore.networks.base import Network
from ddcore.parameters import check, parameter
from ddcore.randomness import Randomness
from ddcore.ridge import kernels
from ddcore.ridge.regression import (
    ROWS,
    Kernel,
    Predictor,
    backward,
    centred_one_hot,
    labels_and_weights,
    solved_labels,
)
from ddcore.synthetic import SyntheticSet
from ddcore.training.optimisers import adam

_DEEP = ("ntk", "nngp")  # kernels of networks with hidden layers
_KERNELS = {
    "ntk": "Neural tangent kernel (NTK)",
    "nngp": "Gaussian-process kernel (NNGP)",
    "rbf": "Gaussian kernel (RBF)",
}


@dataclass(frozen=True)
class KernelInducingPoints(KernelMethod):
    kernel: str = parameter("ntk", "Kernel of the regression.", choices=_KERNELS)
    hidden: int = parameter(
        1, "Hidden ReLU layers of the infinitely wide network.", 1, 20, when={"kernel": _DEEP}, title="Hidden layers"
    )
    sample_depths: bool = parameter(
        False,
        "Draw from 1 to `hidden` layers at random at every step (kernel sampling).",
        when={"kernel": _DEEP},
        title="Random depth",
    )
    rbf_width: float = parameter(
        1.0,
        "Width of the kernel, in units of sqrt(D) for images of D numbers.",
        1e-3,
        1e3,
        when={"kernel": ("rbf",)},
        title="Width of the RBF kernel",
    )
    labels: str = parameter(
        "fixed",
        "fixed: one-hot; learned: by the same Adam; solved: set every so many steps to the best labels for the images "
        "of that step, from all training images.",
        choices=("fixed", "learned", "solved"),
    )
    solve_every: int = parameter(
        100,
        "Steps between solving for the labels.",
        1,
        1_000_000,
        when={"labels": ("solved",)},
        title="Steps between label solves",
    )
    lr_images: float = parameter(
        0.04,
        "Step size of Adam on images and labels; 0 leaves images and learned labels unchanged.",
        0.0,
        1e3,
        title="Step size of images",
    )
    jitter: float = parameter(
        1e-6, "Ridge, relative to the mean diagonal of the kernel matrix.", 0.0, 1e3, title="Ridge of the predictor"
    )
    batch_real: int = parameter(
        500, "Real images per class and step (published: 5,000 in all).", 1, 65536, title="Real images per class"
    )

    def __post_init__(self):
        check(self)

    def check_fit(self, network: Network, factor: int) -> None:
        if factor > 1 and self.labels == "solved":
            raise BadInput(
                f"labels='solved' has no place for factor={factor}, tiles that share a label; choose fixed or learned."
            )

    def init(self, problem: Problem, synthetic: SyntheticSet, rng: Randomness) -> State:
        return first_state(synthetic, learned=self.labels == "learned")

    def step(self, problem: Problem, state: State, rng: Randomness) -> dict[str, float]:
        kernel = self._kernel(self._depth(rng))
        if self.labels == "solved" and rng.step == 1:
            keep_labels(state, self._solved(problem, state))
        batch = problem.sampler.draw_across(rng, self.batch_real)
        truth, shares = centred_one_hot(batch.labels, problem.num_classes), batch.weights.double() / len(batch.labels)

        def loss(predicted: torch.Tensor, part: slice) -> torch.Tensor:
            return shares[part] @ squared_errors(predicted, truth[part])

        images = state["images"].clone().requires_grad_(True)
        labels = state["labels"].clone().requires_grad_(self.labels == "learned")
        real = ((part, batch.images[part].double()) for part in parts_of(batch))
        support, its_labels, weights = problem.decode(images), problem.tiled(labels), problem.tiled(state["weights"])
        value = backward(kernel, support.double(), its_labels, self.jitter, weights, real, loss)
        problem.witness(images.grad)
        adam(state["images"], images.grad, state["moments"]["images"], self.lr_images)
        if self.labels == "learned":
            moved = state["labels"].clone()
            adam(moved, labels.grad, state["moments"]["labels"], self.lr_images)
            keep_labels(state, moved)
        if self.labels == "solved" and rng.step % self.solve_every == 0:
            keep_labels(state, self._solved(problem, state))
        return {"loss": value}

    @property
    def predictor_in_words(self) -> str:
        if self.kernel == "rbf":
            return f"RBF kernel of width {self.rbf_width:g} sqrt(D), ridge {self.jitter:g}"
        layers = "1 hidden layer" if self.hidden == 1 else f"{self.hidden} hidden layers"
        return f"{self.kernel.upper()} of {layers}, ridge {self.jitter:g}"

    @property
    def expensive_every(self) -> int | None:
        return self.solve_every if self.labels == "solved" else None

    def predictor(self, problem: Problem, synthetic: SyntheticSet, rng: Randomness) -> Predictor:
        """With all `hidden` layers, whatever depths are sampled."""
        labels, weights = labels_and_weights(synthetic.targets)
        return Predictor.fit(
            synthetic.images, labels, self._kernel(self.hidden), self.jitter, weights, see=torch.Tensor.double
        )

    def _depth(self, rng: Randomness) -> int:
        return int(rng.numpy("kernel-depth").integers(1, self.hidden + 1)) if self.sample_depths else self.hidden

    def _kernel(self, hidden: int) -> Kernel:
        if self.kernel == "rbf":
            return partial(kernels.rbf, width=self.rbf_width)
        return partial({"ntk": kernels.ntk, "nngp": kernels.nngp}[self.kernel], hidden=hidden)

    @torch.no_grad()
    def _solved(self, problem: Problem, state: State) -> torch.Tensor:
        real = (
            (batch.images.double(), centred_one_hot(batch.labels, problem.num_classes))
            for batch in problem.sampler.sweep(ROWS)
        )
        return solved_labels(self._kernel(self.hidden), state["images"].double(), self.jitter, state["weights"], real)
