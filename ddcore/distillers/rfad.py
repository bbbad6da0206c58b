"""Random feature approximation distillation (RFAD).

Loo, Hasani, Amini & Rus, "Efficient dataset distillation using random feature approximation", NeurIPS 2022. The
synthetic set is the support S of a kernel ridge regression with the kernel (NNGP) of an infinitely wide conv net. That
kernel is too costly to compute, so every step draws a few fresh random conv nets and takes their features' inner
products instead: K = 2 <F(x), F(y)>/dim + 0.1^2 for the features F of all networks side by side
(`ddcore.networks.random_conv_net`). With

    predictions f_t = K_tS (K_SS + r)^{-1} y_S,     r = jitter * tr(K_SS) / M,

images (and labels) follow the gradient of the loss on a real batch T, one of

    platt     mean_t w_t CE(exp(k) f_t, class of t), with k learned beside the images, 0 at the start
    squared   1/2 mean_t w_t |f_t - y_t|^2

Labels are one-hot minus 1/K, fixed or learned. *Pixel mixing* learns a D x D matrix A too, the identity at the start;
the synthetic images are then the rows of X A for the learned rows X.

Where this differs from the authors' code: real batches may be importance-sampled, with weights w_t (1 when uniform),
and uniform ones hold as many images of every class; learned labels are centred after every step (platt does not see
that); no early stop.
Letters: B real batch, M synthetic images, K classes, D numbers an image, F features.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch.nn.functional import cross_entropy
from torch.utils.checkpoint import checkpoint

from ddcore.distillers.base import Problem, State
from ddcore.distillers.kernel_method import (
    KernelMethod,
    PredictorView,
    first_state,
    keep_labels,
    parts_of,
    squared_errors,
)
from ddcore.networks.random_conv_net import Layers, RandomConvNet
from ddcore.parameters import check, parameter
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness
from ddcore.ridge.kernels import random_features
from ddcore.ridge.regression import Predictor, backward, centred_one_hot, labels_and_weights
from ddcore.sampling.batches import Batch
from ddcore.synthetic import SyntheticSet
from ddcore.training.optimisers import adabelief, fresh_moments


@dataclass(frozen=True)
class RandomFeatureDistillation(KernelMethod):
    random_networks: int = parameter(
        8, "Random networks drawn at every step.", 1, 1024, title="Random networks per step"
    )
    random_width: int = parameter(
        256, "Channels of every block of the random networks.", 1, 4096, title="Width of random networks"
    )
    loss: str = parameter(
        "platt",
        "platt: cross-entropy of the predictions times a learned scale; squared: distance to the labels.",
        choices={"platt": "Cross-entropy (Platt)", "squared": "Squared error"},
    )
    labels: str = parameter("fixed", "fixed: one-hot; learned: together with the images.", choices=("fixed", "learned"))
    mix_pixels: bool = parameter(False, "Also learn a matrix that mixes pixels, the same one for all synthetic images.")
    lr_images: float = parameter(
        1e-3, "Step size of AdaBelief on images and labels.", 0.0, 1e3, title="Step size of images"
    )
    lr_mixing: float = parameter(
        5e-5,
        "Step size of AdaBelief on the matrix that mixes pixels.",
        0.0,
        1e3,
        when={"mix_pixels": (True,)},
        title="Step size of mixing",
    )
    lr_scale: float = parameter(
        1e-2,
        "Step size of AdaBelief on the logarithm of the learned scale.",
        0.0,
        1e3,
        when={"loss": ("platt",)},
        title="Step size of the scale",
    )
    jitter: float = parameter(
        5e-3, "Ridge, relative to the mean diagonal of the kernel matrix.", 0.0, 1e3, title="Ridge of the predictor"
    )
    batch_real: int = parameter(
        512, "Real images per class and step (published: 5,120 in all).", 1, 65536, title="Real images per class"
    )

    def __post_init__(self):
        check(self)

    def init(self, problem: Problem, synthetic: SyntheticSet, rng: Randomness) -> State:
        """Beside what all kernel methods have: `log_scale` () float64, the k of platt; of pixel mixing `unmixed`
        (M, D), the learned rows, and `mixing` (D, D), which make `images` together."""
        self._network(problem)  # refuses a depth that does not fit
        state = first_state(synthetic, learned=False)
        if self.loss == "platt":
            state["log_scale"] = torch.zeros_like(state["weights"][0])
        if self.mix_pixels:
            state["unmixed"] = state["images"].flatten(1).clone()
            state["mixing"] = torch.eye(state["unmixed"].shape[1], device=state["images"].device)
        state["moments"] = {name: fresh_moments(state[name]) for name in self._step_sizes}
        return state

    def step(self, problem: Problem, state: State, rng: Randomness) -> dict[str, float]:
        see = self._networks(problem, rng)
        batch = problem.sampler.draw_across(rng, self.batch_real)
        shares = batch.weights.double() / len(batch.labels)
        leaves = {name: state[name].detach().requires_grad_(True) for name in self._step_sizes}
        current = state | leaves
        images = _images_of(current)
        images.retain_grad()  # mixed ones are no leaf

        def loss(predicted: torch.Tensor, part: slice) -> torch.Tensor:
            return shares[part] @ self._losses(predicted, batch.labels[part], current.get("log_scale"))

        value = backward(
            random_features, see(problem.decode(images)), problem.tiled(current["labels"]), self.jitter,
            problem.tiled(state["weights"]), _seen(batch, see), loss,
        )  # fmt: skip
        assert images.grad is not None  # `backward` has been there
        problem.witness(images.grad)
        for name, size in self._step_sizes.items():
            adabelief(state[name], leaves[name].grad, state["moments"][name], size)
        state["images"] = _images_of(state)
        if self.labels == "learned":
            keep_labels(state, state["labels"])
        return {"loss": value}

    @property
    def predictor_in_words(self) -> str:
        nets = "1 random conv net" if self.random_networks == 1 else f"{self.random_networks} random conv nets"
        return f"kernel of {nets} of width {self.random_width}, ridge {self.jitter:g}"

    def predictor(self, problem: Problem, synthetic: SyntheticSet, rng: Randomness) -> Predictor:
        """With fresh random networks of `rng`, those of a step where it is that of the step."""
        labels, weights = labels_and_weights(synthetic.targets)
        see = self._networks(problem, rng)
        return Predictor.fit(synthetic.images, labels, random_features, self.jitter, weights, see)

    def view(self, problem: Problem, state: State, rng: Randomness, progress: Progress = silent) -> PredictorView:
        """The method's own losses of the current predictor, and the features of the step's networks."""
        losses = partial(self._losses, log_scale=state.get("log_scale"))
        return PredictorView(self.current_predictor(problem, state, rng), problem.num_classes, losses)

    @property
    def _step_sizes(self) -> dict[str, float]:
        """Of every entry of the state that is learned."""
        learned = (
            {"unmixed": self.lr_images, "mixing": self.lr_mixing} if self.mix_pixels else {"images": self.lr_images}
        )
        if self.labels == "learned":
            learned["labels"] = self.lr_images
        if self.loss == "platt":
            learned["log_scale"] = self.lr_scale
        return learned

    def _losses(self, predictions: torch.Tensor, classes: torch.Tensor, log_scale: torch.Tensor | None) -> torch.Tensor:
        """(B,) of predictions (B, K) for `classes` (B,)."""
        if self.loss == "squared":
            return squared_errors(predictions, centred_one_hot(classes, predictions.shape[1]))
        assert log_scale is not None  # the scale of platt
        return cross_entropy(log_scale.exp() * predictions, classes, reduction="none")

    def _network(self, problem: Problem) -> RandomConvNet:
        return problem.network.bare(self.random_width)

    def _networks(self, problem: Problem, rng: Randomness) -> "RandomNetworks":
        network, generator = self._network(problem), rng.torch("random-networks", problem.compute.device)
        layers = [network.init(generator) for _ in range(self.random_networks)]
        return RandomNetworks(network, layers, problem.compute.chunk(network))


@dataclass(frozen=True, eq=False)
class RandomNetworks:
    """Random networks side by side, seen through `chunk` images at a time: images (B, C, H, W) -> features (B, F).

    With a gradient, the activations of more than a chunk are not kept but computed again when it is asked for.
    """

    network: RandomConvNet
    layers: list[Layers]
    chunk: int

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        forgetful = images.requires_grad and len(images) > self.chunk
        see = partial(checkpoint, self.network.features, use_reentrant=False) if forgetful else self.network.features
        rows = [torch.cat([see(layers, part) for layers in self.layers], 1) for part in images.split(self.chunk)]
        return rows[0] if len(rows) == 1 else torch.cat(rows)


def _images_of(state: State) -> torch.Tensor:
    """(M, C, H, W) the synthetic images, mixed where pixels are."""
    if "mixing" not in state:
        return state["images"]
    return (state["unmixed"] @ state["mixing"]).view_as(state["images"])


def _seen(batch: Batch, see: RandomNetworks) -> Iterator[tuple[slice, torch.Tensor]]:
    """The parts of a real batch, and their features, without a graph."""
    for part in parts_of(batch):
        with torch.no_grad():
            seen = see(batch.images[part])
        yield part, seen
