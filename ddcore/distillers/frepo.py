"""Neural feature regression with pooling (FRePo).

Zhou, Nezhadarya & Ba, "Dataset Distillation using Neural Feature Regression", NeurIPS 2022, arXiv:2206.00719.
The synthetic set S is the support of a kernel ridge regression on what a network h sees, K = h(.) h(.)^T; its images
and labels y follow the gradient of that regression's error on a real batch T, with h held fixed:

    loss = mean_t w_t 1/2 |K_tS (K_SS + r)^{-1} y - y_t|^2  +  mean_j -min(top1(y_j) - top2(y_j), 1/K)

r = jitter * tr(K_SS) / M. The second sum, the label margin, is there when labels are learned. h is one of a pool of
networks, picked at random at every step. It then takes one Adam step of squared error on the synthetic set, and is
drawn anew once it has taken more than `max_online_updates`; at the start the networks are of all ages.

Where this differs from the authors' code: the run's own network (instance norm, one width) instead of batch norm and
widths 128, 256, 512; a constant step size instead of a cosine to a tenth over 500,000 steps; no mirrored images; real
batches may be importance-sampled, with weights w_t (1 when uniform), and uniform ones hold as many images of every
class; an initial image's weight counts in the regression and in the network's loss; learned labels are kept centred.
Ours too: the predictor by which any set is tested, from a network of its own that has learned that set.
Letters: B real batch, M synthetic images, K classes, P networks in the pool.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
import torch.nn.functional as F

from ddcore.distillers.base import Problem, State
from ddcore.distillers.kernel_method import KernelMethod, first_state, keep_labels, parts, squared_errors
from ddcore.networks.convnet import Parameters
from ddcore.parameters import check, parameter
from ddcore.randomness import Randomness
from ddcore.ridge.kernels import empirical
from ddcore.ridge.regression import Predictor, backward, centred_one_hot, labels_and_weights
from ddcore.synthetic import SyntheticSet
from ddcore.training.optimisers import Moments, adam, fresh_moments, lamb

MOST_IMAGES = 1000  # of the synthetic set in one step of a network


@dataclass(frozen=True)
class NeuralFeatureRegression(KernelMethod):
    random_predictor: ClassVar[bool] = True

    pool_size: int = parameter(10, "Networks in the pool.", 1, 1000)
    max_online_updates: int = parameter(100, "Steps of a network before it is drawn anew.", 0, 1_000_000)
    lr_network: float = parameter(3e-4, "Step size of a network's Adam.", 0.0, 1e3)
    labels: str = parameter("learned", "fixed: one-hot; learned: with the images.", choices=("fixed", "learned"))
    lr_images: float = parameter(
        3e-4, "Step size of LAMB on images and labels: the share by which they change.", 1e-9, 1e3
    )
    jitter: float = parameter(1e-6, "Ridge, relative to the mean diagonal of the kernel matrix.", 0.0, 1e3)
    batch_real: int = parameter(100, "Real images per class and step (published: 1,024 in all).", 1, 65536)

    def __post_init__(self):
        check(self)

    @property
    def learned(self) -> bool:
        return self.labels == "learned"

    def init(self, problem: Problem, synthetic: SyntheticSet, rng: Randomness) -> State:
        state = first_state(synthetic, self.learned)
        if self.learned:
            keep_labels(state, state["labels"] / math.sqrt(problem.num_classes / 10))
        return state | {"pool": self._fresh_pool(problem, rng)}

    def step(self, problem: Problem, state: State, rng: Randomness) -> dict[str, float]:
        pool, place = state["pool"], self._pick(rng)
        parameters, moments = _network(pool, place)
        metrics = self._move_images(problem, state, parameters, rng)
        generator = rng.numpy("network-images")
        train(problem, parameters, moments, set_in(state), generator, self.lr_network)
        pool["ages"][place] += 1
        if pool["ages"][place] > self.max_online_updates:
            _put(pool, place, *_fresh(problem, rng.torch("pool-network", problem.compute.device)))
        return metrics

    @property
    def predictor_in_words(self) -> str:
        steps = "1 step" if self.max_online_updates == 1 else f"{self.max_online_updates} steps"
        trained = f"trained on the images for {steps}" if self.max_online_updates else "drawn at random"
        return f"features of a network {trained}, ridge {self.jitter:g}"

    def predictor(self, problem: Problem, synthetic: SyntheticSet, rng: Randomness) -> Predictor:
        """Of a fresh network trained on `synthetic` for `max_online_updates` steps, as old as one of the pool gets."""
        labels, weights = labels_and_weights(synthetic.targets)
        parameters, moments = _fresh(problem, rng.torch("network", problem.compute.device))
        generator = rng.numpy("network-images")
        for _ in range(self.max_online_updates):
            train(problem, parameters, moments, (synthetic.images, labels, weights), generator, self.lr_network)
        return self._regression(problem, parameters, synthetic.images, labels, weights)

    def current_predictor(self, problem: Problem, state: State, rng: Randomness) -> Predictor:
        """Of the network that the step of `rng` picks."""
        parameters, _ = _network(state["pool"], self._pick(rng))
        return self._regression(problem, parameters, *set_in(state))

    def _pick(self, rng: Randomness) -> int:
        return int(rng.numpy("pool").integers(self.pool_size))

    def _fresh_pool(self, problem: Problem, rng: Randomness) -> State:
        """Networks that have learned nothing yet, with ages spread evenly from 0 to `max_online_updates`, so that they
        are drawn anew one after another; every one later on is a function of the seed and the step."""
        generator = rng.torch("pool-network", problem.compute.device)
        networks = [_fresh(problem, generator) for _ in range(self.pool_size)]
        return {
            "parameters": {name: torch.stack([p[name] for p, _ in networks]) for name in networks[0][0]},
            "moments": {
                name: {key: torch.stack([m[name][key] for _, m in networks]) for key in values}
                for name, values in networks[0][1].items()
            },
            "ages": torch.arange(self.pool_size) * self.max_online_updates // self.pool_size,
        }

    def _move_images(self, problem: Problem, state: State, parameters: Parameters, rng: Randomness) -> dict[str, float]:
        """One LAMB step of images and labels along the gradient of the loss above through fixed `parameters`."""
        batch = problem.sampler.draw_across(rng, self.batch_real)
        truth, shares = centred_one_hot(batch.labels, problem.num_classes), batch.weights.double() / len(batch.labels)

        def see(images: torch.Tensor) -> torch.Tensor:
            return problem.compute.features(problem.network, parameters, images)

        def seen():
            for part in parts(len(batch.labels)):
                with torch.no_grad():
                    features = see(batch.images[part])
                yield part, features

        def loss(predicted: torch.Tensor, part: slice) -> torch.Tensor:
            return shares[part] @ squared_errors(predicted, truth[part])

        images = state["images"].clone().requires_grad_(True)
        labels = state["labels"].clone().requires_grad_(self.learned)
        value = backward(empirical, see(images), labels, self.jitter, state["weights"], seen(), loss)
        if self.learned:
            margin = margins(labels).mean()
            margin.backward()
            value += margin.item()
            moved = state["labels"].clone()
            lamb(moved, labels.grad, state["moments"]["labels"], self.lr_images)
            keep_labels(state, moved)
        lamb(state["images"], images.grad, state["moments"]["images"], self.lr_images)
        return {"loss": value}

    def _regression(
        self,
        problem: Problem,
        parameters: Parameters,
        images: torch.Tensor,
        labels: torch.Tensor,
        weights: torch.Tensor,
    ) -> Predictor:
        parameters = {name: value.clone() for name, value in parameters.items()}  # a pool's network goes on learning

        def see(images: torch.Tensor) -> torch.Tensor:
            return problem.compute.features(problem.network, parameters, images)

        return Predictor.fit(images, labels, empirical, self.jitter, weights, see=see)


def margins(labels: torch.Tensor) -> torch.Tensor:
    """(M,) minus the lead of the largest of each image's `labels` (M, K) over the next, which pays up to 1/K."""
    first, second = labels.topk(2, dim=1).values.unbind(1)
    return -(first - second).clamp(max=1 / labels.shape[1])


def set_in(state: State) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(images (M, C, H, W), centred labels (M, K), weights (M,)) of a state, live."""
    return state["images"], state["labels"], state["weights"]


def train(
    problem: Problem,
    parameters: Parameters,
    moments: dict[str, Moments],
    synthetic: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    generator: np.random.Generator,
    lr: float,
) -> None:
    """One Adam step of a network, in place, on the squared error of its outputs on at most `MOST_IMAGES` of the
    `synthetic` images (M, C, H, W) with centred labels (M, K) and weights (M,)."""
    images, labels, weights = synthetic
    if len(images) > MOST_IMAGES:
        chosen = torch.as_tensor(generator.choice(len(images), MOST_IMAGES, replace=False), device=images.device)
        images, labels, weights = images[chosen], labels[chosen], weights[chosen]
    leaves = {name: value.clone().requires_grad_(True) for name, value in parameters.items()}
    features = problem.compute.features(problem.network, leaves, images)
    outputs = F.linear(features, leaves["linear.weight"], leaves["linear.bias"])
    loss = (weights / weights.sum()).float() @ squared_errors(outputs, labels.float())
    for (name, value), gradient in zip(
        parameters.items(), torch.autograd.grad(loss, list(leaves.values())), strict=True
    ):
        adam(value, gradient, moments[name], lr)


def _fresh(problem: Problem, generator: torch.Generator) -> tuple[Parameters, dict[str, Moments]]:
    parameters = problem.network.init(generator)
    return parameters, {name: fresh_moments(value) for name, value in parameters.items()}


def _network(pool: State, place: int) -> tuple[Parameters, dict[str, Moments]]:
    """Parameters and moments of one network, as views: what changes them changes the pool."""
    parameters = {name: value[place] for name, value in pool["parameters"].items()}
    moments = {name: {key: value[place] for key, value in of.items()} for name, of in pool["moments"].items()}
    return parameters, moments


def _put(pool: State, place: int, parameters: Parameters, moments: dict[str, Moments]) -> None:
    """Put a network of age 0 in the place of another."""
    pool["ages"][place] = 0
    for name, value in parameters.items():
        pool["parameters"][name][place] = value
        for key, moment in moments[name].items():
            pool["moments"][name][key][place] = moment
