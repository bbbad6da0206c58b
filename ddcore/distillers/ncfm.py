"""Characteristic-function matching (NCFM), plain.

Wang et al., "Dataset Distillation with Neural Characteristic Function: A Minmax Perspective", CVPR 2025,
arXiv:2502.20653. The characteristic function of weighted features is Phi(t) = sum_i w_i exp(i t.f_i), with sum_i w_i =
1. Every step draws a network and frequencies t_1..t_F from N(0, I), and brings, for each class, the function of the
synthetic images closer to that of a real batch, both seen through the same (Siamese) augmentation:

    loss = sum_c mean_t sqrt( alpha amp(t) + (1 - alpha) pha(t) )
    amp  = (|Phi_r| - |Phi_s|)^2                        alpha: `amplitude`
    pha  = 2 (|Phi_r| |Phi_s| - Re Phi_r conj Phi_s)    so that amp + pha = |Phi_r - Phi_s|^2

Features have length one, image by image, so t.f is N(0, 1) and float32 is enough. Importance weights are normalised
within each class: Phi(0) = 1 and |Phi| <= 1 stay true, and constant weights change nothing. The weights of synthetic
images (row sums of their targets) count in the same way.

Where this differs from the authors' code: no network of frequencies (their `sampling_net`, which is off in all their
configurations); frequencies are shared by all classes of a step; one step of Adam for all classes together, in
normalised pixel space, where they take one of AdamW a class, with weight decay, and clamp pixels to [0, 1]; no step
size schedule; plain DSA with mirroring where the dataset allows it, where they colour, crop and cut at once; their
factor 300 on the loss is left out. On the same features and frequencies both give the same: losses differ by 1e-11 and
gradients by 2e-9 in float64.

`fresh` networks are random ones, drawn for each step as in DM (ours). `pool` is the authors' choice: a step takes one
of `pool_size` networks and blends where it began with where it is, theta = l theta_0 + (1 - l) theta_1, l uniform on
[0, 1]. Theirs are trained beforehand, with CutMix; ours train while we distil, so that a run starts at once and can
stop at any time: the network of a step learns from `TURN` more real batches after it until it has taken `pool_steps`.
With batch normalisation all real images take their statistics together, and so do all synthetic ones, in both cases;
there are no running ones, and all share one graph. `calibration`, the authors' data curation, is off unless asked for.
Letters: B real batch, M synthetic images, K classes, D features, F frequencies.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F

from ddcore.distillers.base import Distiller, Problem, State, set_of
from ddcore.distillers.blends import TURN, BlendedPool
from ddcore.distillers.bounded import class_groups, parts, value_and_gradient
from ddcore.distillers.characteristic import at_once, characteristic, class_shares, discrepancy, squared_parts
from ddcore.distillers.views import NetworkView
from ddcore.networks.base import Network, Parameters
from ddcore.networks.compute import Compute, check_compiler, compile_parameter, real_precision_parameter
from ddcore.parameters import check, parameter
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness
from ddcore.sampling.batches import Batch
from ddcore.sampling.pools import View
from ddcore.synthetic import SyntheticSet
from ddcore.training.augmentation import Draw
from ddcore.training.optimisers import adam, fresh_moments

_POOL = {"match_in": ("pool",)}


@dataclass(frozen=True)
class CharacteristicMatching(Distiller):
    lr_images: float = parameter(
        0.02, "Step size of Adam on the synthetic images.", 1e-9, 1e3, title="Step size of images"
    )
    num_frequencies: int = parameter(
        1024, "Frequencies at which real and synthetic images are compared.", 1, 65536, title="Frequencies"
    )
    amplitude: float = parameter(
        0.5,
        "How much amplitudes (how widely a class spreads) count against phases (where it lies). With one image per "
        "class and factor 1, the amplitude of the image is always 1: a constant pull that no image can follow, so "
        "more than 0.5 is of little use.",
        0.0,
        1.0,
        title="Share of amplitudes",
    )
    batch_real: int = parameter(256, "Real images per class and step.", 1, 65536, title="Real images per class")
    match_in: str = parameter(
        "fresh",
        "Networks that images are compared in.",
        choices={
            "fresh": ("Fresh random networks", "a new one for each step"),
            "pool": ("A pool of trained networks", "blends of their random start and what they have learned"),
        },
        title="Match in",
    )
    pool_size: int = parameter(20, "Networks in the pool.", 1, 1000, when=_POOL, title="Networks in the pool")
    pool_steps: int = parameter(
        500,
        f"Steps that each network of the pool learns on real images, {TURN} every time it is used.",
        0,
        10_000_000,
        when=_POOL,
        title="Steps of a network",
    )
    calibration: float = parameter(
        0.0,
        "Weight of the cross-entropy of the pool's network on the synthetic images (published: 1/300, as theirs is 1 "
        "beside 300 times the loss).",
        0.0,
        1e3,
        when=_POOL,
        title="Weight of calibration",
    )
    real_precision: str = real_precision_parameter()
    compile: str = compile_parameter()

    def __post_init__(self):
        check(self)

    def check_fit(self, network: Network, factor: int) -> None:
        check_compiler(self.compile)

    @property
    def pool(self) -> BlendedPool | None:
        return BlendedPool(self.pool_size, self.pool_steps) if self.match_in == "pool" else None

    def kinds_of_step(self, steps: int) -> list[tuple[Distiller, int]]:
        """A network of the pool learns after a step until all of them have learned enough."""
        learning = min(steps, self.pool_size * -(-self.pool_steps // TURN)) if self.pool else 0
        return [(replace(self, pool_steps=10_000_000), learning), (replace(self, pool_steps=0), steps - learning)]

    def init(self, problem: Problem, synthetic: SyntheticSet, rng: Randomness) -> State:
        state: State = {
            "images": synthetic.images.clone(),
            "targets": synthetic.targets.clone(),
            "classes": synthetic.classes.clone(),
            "moments": {"images": fresh_moments(synthetic.images)},
        }
        if self.pool is not None:
            state["pool"] = self.pool.fresh(problem, rng)
        return state

    def step(self, problem: Problem, state: State, rng: Randomness) -> dict[str, float]:
        lens = self.lens(problem, state, rng)
        real = lens.of_real(problem.sampler.draw(rng, self.batch_real))
        gradient, metrics = self._matching(lens, state, real)
        if self.pool is not None and self.calibration:
            network = self.pool.current(state["pool"], rng)
            extra, value = _calibrating(replace(lens, parameters=network["parameters"]), state)
            gradient.add_(extra, alpha=self.calibration)
            metrics["loss"] += self.calibration * value
        problem.witness(gradient)
        adam(state["images"], gradient, state["moments"]["images"], self.lr_images)
        if self.pool is not None:
            self.pool.learn(problem, state["pool"], rng)
        return metrics

    def view(self, problem: Problem, state: State, rng: Randomness, progress: Progress = silent) -> View:
        """Features of the network of this step, and losses of a student trained on the current set."""
        return NetworkView(
            problem.network, problem.augmentation, problem.compute, set_of(state), rng, progress,
            self._parameters(problem, state, rng),
        )  # fmt: skip

    def lens(self, problem: Problem, state: State, rng: Randomness) -> "Lens":
        """What the step of `rng` sees images through."""
        device, size = problem.compute.device, (self.num_frequencies, problem.network.num_features)
        frequencies = torch.randn(size, generator=rng.torch("frequencies", device), device=device)
        draw = problem.augmentation.draw(rng.numpy("augmentation"), problem.num_classes)
        compute = replace(problem.compute, compiled=self.compile == "on")
        return Lens(problem, self._parameters(problem, state, rng), frequencies, draw, compute, self.real_precision)

    def _matching(self, lens: "Lens", state: State, real: torch.Tensor) -> tuple[torch.Tensor, dict[str, float]]:
        """The gradient of the loss with respect to the stored images, and the metrics; `real` (2,K,F)."""
        stored, classes = state["images"], state["classes"]
        shares = class_shares(classes, state["targets"].sum(1), real.shape[1])
        gradient, sums = torch.empty_like(stored), torch.zeros(3, dtype=torch.float64)
        for rows in class_groups(classes, lens.at_once(len(stored))):
            present = classes[rows].unique()
            gradient[rows], three = self._group(
                lens, stored[rows], classes[rows], shares[rows][:, present], real[:, present]
            )
            sums += three
        loss, amplitude, phase = sums.tolist()
        count = len(classes.unique())
        return gradient, {"loss": loss, "part/amplitude": amplitude / count, "part/phase": phase / count}

    def _group(
        self, lens: "Lens", images: torch.Tensor, classes: torch.Tensor, shares: torch.Tensor, real: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What P whole classes are in it: the gradient (M,C,H,W) by their `images`, and (3,) what they add to the loss,
        to amplitudes and to phases; `shares` (M,P), `real` (2,P,F)."""
        three = torch.zeros(3)

        def terms(images: torch.Tensor, part: slice) -> list[torch.Tensor]:
            return [lens.of_synthetic(images, classes[part], shares[part])]

        def loss(functions: Sequence[torch.Tensor]) -> torch.Tensor:
            amplitudes, phases = squared_parts(real, functions[0])
            value = discrepancy(amplitudes, phases, self.amplitude).sum()
            three.copy_(torch.stack([value, amplitudes.mean(1).sum(), phases.mean(1).sum()]).detach())
            return value

        _, gradient = value_and_gradient(images, lens.at_once(len(images)), terms, loss)
        return gradient, three

    def _parameters(self, problem: Problem, state: State, rng: Randomness) -> Parameters:
        """Those of the network that the step of `rng` looks through."""
        if self.pool is None:
            return problem.network.init(rng.torch("network", problem.compute.device))
        return self.pool.blend(problem, state["pool"], rng)


@dataclass(frozen=True, eq=False)
class Lens:
    """What a step sees images through: a network, `frequencies` (F,D), and an augmentation drawn for each class."""

    problem: Problem
    parameters: Parameters
    frequencies: torch.Tensor
    draw: Draw
    compute: Compute
    real_precision: str

    def at_once(self, stored: int) -> int:
        """How many of `stored` images go through together: all of them where they share statistics."""
        return stored if self.problem.network.coupled else max(1, self._chunk // self.problem.factor**2)

    @torch.no_grad()
    def of_real(self, batch: Batch) -> torch.Tensor:
        """(2,K,F): the characteristic function of each class of a real batch, summed up chunk by chunk."""
        count, shares = len(batch.labels), class_shares(batch.labels, batch.weights, self.problem.num_classes)
        total = shares.new_zeros(())
        for part in parts(slice(count), count if self.problem.network.coupled else self._chunk):
            seen = self._shown(batch.images[part], batch.labels[part])
            features = self.compute.real_features(self.problem.network, self.parameters, seen, self.real_precision)
            total = total + self._function(features, shares[part])
        return total

    def of_synthetic(self, images: torch.Tensor, classes: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
        """(2,P,F): what stored `images` (M,C,H,W) add to those of P synthetic classes; `shares` (M,P)."""
        tiles = self.problem.tiled(shares / self.problem.factor**2)
        seen = self._shown(self.problem.decode(images), self.problem.tiled(classes))
        return self._function(self.compute.features(self.problem.network, self.parameters, seen), tiles)

    def logits(self, images: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        """(M f^2,K) of stored images."""
        seen = self._shown(self.problem.decode(images), self.problem.tiled(classes))
        return self.problem.network.logits(self.parameters, seen)

    @property
    def _chunk(self) -> int:
        return min(self.problem.compute.chunk(self.problem.network), at_once(len(self.frequencies)))

    def _shown(self, images: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
        return self.problem.augmentation.apply(images, self.draw, classes)

    def _function(self, features: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
        return characteristic(F.normalize(features), self.frequencies, shares)


def _calibrating(lens: Lens, state: State) -> tuple[torch.Tensor, float]:
    """The sum over classes of the mean cross-entropy of the images through `lens`, and its gradient, which is first."""
    stored, targets, weights = state["images"], state["targets"], state["targets"].sum(1)
    shares = class_shares(state["classes"], weights, lens.problem.num_classes).sum(1) / lens.problem.factor**2
    gradient, total = torch.empty_like(stored), 0.0
    for part in parts(slice(len(stored)), lens.at_once(len(stored))):
        images = stored[part].requires_grad_(True)
        expected = lens.problem.tiled((targets / weights[:, None])[part])
        losses = F.cross_entropy(lens.logits(images, state["classes"][part]), expected, reduction="none")
        loss = lens.problem.tiled(shares[part]) @ losses
        (gradient[part],) = torch.autograd.grad(loss, images)
        total += loss.item()
    return gradient, total
