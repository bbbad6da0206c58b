"""Neural feature regression with pooling (FRePo).

Zhou, Nezhadarya & Ba, "Dataset Distillation using Neural Feature Regression", NeurIPS 2022, arXiv:2206.00719.
The synthetic set S is the support of a kernel ridge regression on what a network h sees, K = h(.) h(.)^T; its images
and labels y follow the gradient of that regression's error on a real batch T, with h held fixed:

    loss = mean_t w_t 1/2 |K_tS (K_SS + r)^{-1} y - y_t|^2  +  mean_j -min(top1(y_j) - top2(y_j), 1/K)

r = jitter * tr(K_SS) / M. The second sum, the label margin, is there when labels are learned. h is one of a pool of
networks, picked at random at every step. It then takes one Adam step of squared error on the synthetic set, and is
drawn again once it has taken more than `max_online_updates`; at the start the networks are of all ages.

Where this differs from the authors' code: the run's own network (instance norm, one width) instead of batch norm and
widths 128, 256, 512; a constant step size instead of a cosine to a tenth over 500,000 steps; no mirrored images; real
batches may be importance-sampled, with weights w_t (1 when uniform), and uniform ones hold as many images of every
class; an initial image's weight counts in the regression and in the network's loss; learned labels are kept centred.
Ours too: the predictor by which any set is tested, from a network of its own that has learned that set.
Letters: B real batch, M synthetic images, K classes, P networks in the pool.
"""

import copy
import math
from dataclasses import dataclass

import numpy as np
import torch

from ddcore.distillers.base import Problem, State
from ddcore.distillers.kernel_method import KernelMethod, first_state, keep_labels, parts_of, squared_errors
from ddcore.networks.base import Trained
from ddcore.parameters import check, parameter
from ddcore.randomness import Randomness
from ddcore.ridge.kernels import empirical
from ddcore.ridge.regression import Predictor, backward, centred_one_hot, labels_and_weights
from ddcore.synthetic import SyntheticSet
from ddcore.training.optimisers import ADAM, fresh_moments, lamb
from ddcore.training.trainer import Step, Trainer, in_chunks, trained

MOST_IMAGES = 1000  # of the synthetic set in one step of a network


@dataclass(frozen=True)
class NeuralFeatureRegression(KernelMethod):
    pool_size: int = parameter(10, "Networks in the pool.", 1, 1000, title="Networks in the pool")
    max_online_updates: int = parameter(
        100, "Steps of a network before a new one replaces it.", 0, 1_000_000, title="Maximum steps of a network"
    )
    lr_network: float = parameter(3e-4, "Step size of a network's Adam.", 0.0, 1e3, title="Step size of networks")
    labels: str = parameter(
        "learned", "fixed: one-hot; learned: together with the images.", choices=("fixed", "learned")
    )
    lr_images: float = parameter(
        3e-4,
        "Step size of LAMB on images and labels: the share by which they change.",
        1e-9,
        1e3,
        title="Step size of images",
    )
    jitter: float = parameter(
        1e-6, "Ridge, relative to the mean diagonal of the kernel matrix.", 0.0, 1e3, title="Ridge of the predictor"
    )
    batch_real: int = parameter(
        100, "Real images per class and step (published: 1,024 in all).", 1, 65536, title="Real images per class"
    )

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
        network = _at(_networks(pool), place)
        metrics = self._move_images(problem, state, trained(network), rng)
        train(problem, network, set_in(problem, state), rng.numpy("network-images"), self.lr_network)
        pool["ages"][place] += 1
        if pool["ages"][place] > self.max_online_updates:
            pool["ages"][place] = 0
            _put(_networks(pool), place, _fresh(problem, rng.torch("pool-network", problem.compute.device)))
        return metrics

    @property
    def predictor_in_words(self) -> str:
        steps = "1 step" if self.max_online_updates == 1 else f"{self.max_online_updates} steps"
        made = f"trained on the images for {steps}" if self.max_online_updates else "drawn at random"
        return f"features of a network {made}, ridge {self.jitter:g}"

    def predictor(self, problem: Problem, synthetic: SyntheticSet, rng: Randomness) -> Predictor:
        """Of a fresh network trained on `synthetic` for `max_online_updates` steps, as old as one of the pool gets."""
        labels, weights = labels_and_weights(synthetic.targets)
        network = _fresh(problem, rng.torch("network", problem.compute.device))
        generator = rng.numpy("network-images")
        for _ in range(self.max_online_updates):
            train(problem, network, (synthetic.images, labels, weights), generator, self.lr_network)
        return self._regression(problem, trained(network), synthetic.images, labels, weights)

    def current_predictor(self, problem: Problem, state: State, rng: Randomness) -> Predictor:
        """Of the network that the step of `rng` picks."""
        network = _at(_networks(state["pool"]), self._pick(rng))
        return self._regression(problem, trained(network), *set_in(problem, state))

    def _pick(self, rng: Randomness) -> int:
        return int(rng.numpy("pool").integers(self.pool_size))

    def _fresh_pool(self, problem: Problem, rng: Randomness) -> State:
        """Networks that have learned nothing yet, with ages spread evenly from 0 to `max_online_updates`, so that they
        are drawn again one after another; every one later on is a function of the seed and the step."""
        generator = rng.torch("pool-network", problem.compute.device)
        networks = _stacked([_fresh(problem, generator) for _ in range(self.pool_size)])
        return networks | {"ages": torch.arange(self.pool_size) * self.max_online_updates // self.pool_size}

    def _move_images(self, problem: Problem, state: State, network: Trained, rng: Randomness) -> dict[str, float]:
        """One LAMB step of images and labels along the gradient of the loss above through a fixed `network`."""
        batch = problem.sampler.draw_across(rng, self.batch_real)
        truth, shares = centred_one_hot(batch.labels, problem.num_classes), batch.weights.double() / len(batch.labels)

        def see(images: torch.Tensor) -> torch.Tensor:
            return problem.compute.features(problem.network, network.parameters, images, network.buffers)

        def seen():
            for part in parts_of(batch):
                with torch.no_grad():
                    features = see(batch.images[part])
                yield part, features

        def loss(predicted: torch.Tensor, part: slice) -> torch.Tensor:
            return shares[part] @ squared_errors(predicted, truth[part])

        images = state["images"].clone().requires_grad_(True)
        labels = state["labels"].clone().requires_grad_(self.learned)
        value = backward(
            empirical, see(problem.decode(images)), problem.tiled(labels), self.jitter,
            problem.tiled(state["weights"]), seen(), loss,
        )  # fmt: skip
        if self.learned:
            margin = margins(labels).mean()
            margin.backward()
            value += margin.item()
            moved = state["labels"].clone()
            lamb(moved, labels.grad, state["moments"]["labels"], self.lr_images)
            keep_labels(state, moved)
        problem.witness(images.grad)
        lamb(state["images"], images.grad, state["moments"]["images"], self.lr_images)
        return {"loss": value}

    def _regression(
        self,
        problem: Problem,
        network: Trained,
        images: torch.Tensor,
        labels: torch.Tensor,
        weights: torch.Tensor,
    ) -> Predictor:
        parameters, buffers = copy.deepcopy(network)  # a pool's network goes on learning

        def see(images: torch.Tensor) -> torch.Tensor:
            return problem.compute.features(problem.network, parameters, images, buffers)

        return Predictor.fit(images, labels, empirical, self.jitter, weights, see=see)


def margins(labels: torch.Tensor) -> torch.Tensor:
    """(M,) minus the lead of the largest of each image's `labels` (M, K) over the next, which pays up to 1/K."""
    first, second = labels.topk(2, dim=1).values.unbind(1)
    return -(first - second).clamp(max=1 / labels.shape[1])


def set_in(problem: Problem, state: State) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(images (M, C, H, W), centred labels (M, K), weights (M,)) of a state, decoded."""
    return problem.decode(state["images"]), problem.tiled(state["labels"]), problem.tiled(state["weights"])


def train(
    problem: Problem,
    network: State,
    synthetic: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    generator: np.random.Generator,
    lr: float,
) -> None:
    """One Adam step of a `network` (see `ddcore.training.trainer`), in place, on the squared error of its outputs on at
    most `MOST_IMAGES` of the `synthetic` images (M, C, H, W) with centred labels (M, K) and weights (M,)."""
    images, labels, weights = synthetic
    if len(images) > MOST_IMAGES:
        chosen = torch.as_tensor(generator.choice(len(images), MOST_IMAGES, replace=False), device=images.device)
        images, labels, weights = images[chosen], labels[chosen], weights[chosen]

    def loss(outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return (weights / weights.sum()).float() @ squared_errors(outputs, labels)

    Trainer(in_chunks(problem.network, problem.compute), ADAM, loss).step(network, Step(images, labels.float(), lr))


def _fresh(problem: Problem, generator: torch.Generator) -> State:
    """A network that has learned nothing yet, as a trainer keeps it."""
    parameters = problem.network.init(generator)
    moments = {name: fresh_moments(value) for name, value in parameters.items()}
    return {
        "parameters": parameters,
        "moments": moments,
        "buffers": problem.network.fresh_buffers(problem.compute.device),
    }


def _networks(pool: State) -> State:
    """What a trainer keeps of all networks of a pool, stacked; pools of earlier versions have no buffers."""
    return {name: pool.get(name, {}) for name in ("parameters", "moments", "buffers")}


def _stacked(several: list[State]) -> State:
    """Dicts of tensors, and of dicts of them, with a new first axis."""
    first = several[0]
    return {
        name: _stacked([one[name] for one in several])
        if isinstance(value, dict)
        else torch.stack([one[name] for one in several])
        for name, value in first.items()
    }


def _at(stacked: State, place: int) -> State:
    """One of those, as views: what changes it changes the stack."""
    return {name: _at(value, place) if isinstance(value, dict) else value[place] for name, value in stacked.items()}


def _put(stacked: State, place: int, one: State) -> None:
    """Put `one` in the place of another."""
    for name, value in one.items():
        if isinstance(value, dict):
            _put(stacked[name], place, value)
        else:
            stacked[name][place] = value
