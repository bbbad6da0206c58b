"""Analytic kernel ridge regression: closed form, no gradient, and the set's own predictor *is* that of all images.

Chen, Huang & Weng, "Provable and efficient dataset distillation for kernel ridge regression", NeurIPS 2024. The ridge
regression V (F, K) of all training images, labels one-hot minus 1/K, is solved from sums over them; then images are
written whose own ridge regression it is (`ddcore.ridge.inverse`): the same predictions for every image whatever, so the
same accuracy. In features with pre-images (`ddcore.features.invertible`) that are too large for one, features are
divided by one number c and labels with them, which leaves V as it is.

With a *coreset* this is provable end to end, which is ours: "Dataset distillation meets provable subset selection"
(Tukan, Maalouf & Osadchy 2023, arXiv:2307.08086) taken at its word. V is solved on m weighted images only. Let
cost(W) = sum_i |W^T phi_i - y_i|^2 + ridge |W|^2 over all images, cost_C the same with the coreset's weighted images in
the sum, and eps the coreset's certificate (`RidgeCost.certificate`): |cost_C(w) - cost(w)| <= eps cost(w) for
every w and every combination of labels, so for each column of W, so for W.

Theorem. If eps < 1, the own predictor V of the distilled set has cost(V) <= (1 + eps) / (1 - eps) min cost.
Proof. V minimises cost_C. With W* the minimiser of cost,
(1 - eps) cost(V) <= cost_C(V) <= cost_C(W*) <= (1 + eps) cost(W*).

Images are drawn by their sensitivities, the ridge leverage of label-augmented features (`ddcore.ridge.leverage`), so
that a small eps is likely; whatever draws them, the theorem holds for the eps that is measured. Sensitivities cost as
much as solving for all images, so a coreset saves no time here: it shows how few images carry the fit. With several
*sizes* a run takes a step for each: the coreset doubles from step to step until it has the size asked for, every step
writes from the same start, and the last one what a run of that size alone does (unless real batches that follow the set
draw the coreset: they have another set to follow). So one sees cost and bound come together as m grows.

Ours as well: labels are centred instead of a bias that would have to be learned; the set stays near its start with any
number of images; the ridge of the set is relative to its kernel; each image counts once. The set is stored in float32,
which moves its predictor by some 1e-7 of its size.
Letters: n training images, m of the coreset, B of a part, M synthetic images, K classes, F features.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch

from ddcore.distillers.base import Distiller, Problem, State, set_of
from ddcore.distillers.coreset_sizes import check_sizes, size_at
from ddcore.distillers.kernel_method import KernelMethod, check_precision
from ddcore.distillers.ridge_fits import DRAWN_BY, RidgeFits
from ddcore.errors import BadInput
from ddcore.features.invertible import InvertibleFourier
from ddcore.networks.base import Network
from ddcore.parameters import check, parameter
from ddcore.randomness import Randomness
from ddcore.ridge.inverse import images_with
from ddcore.ridge.kernels import linear
from ddcore.ridge.regression import Predictor, centred_one_hot, labels_and_weights, targets_of
from ddcore.sampling.batches import BatchSampler
from ddcore.synthetic import SyntheticSet

MOST_NUMBERS = 8192
"""Numbers of the largest image: sums of 8,192 features take half a gigabyte, and solving them minutes."""
_MAPS = {"linear": "Pixels", "rff": "Random Fourier features"}
_LABELS = {
    "fixed": ("Fixed", "one-hot"),
    "fitted": ("Fitted", "what the predictor of all images says of the images of the start"),
}


@dataclass(frozen=True)
class AnalyticRidge(KernelMethod):
    feature_map: str = parameter("linear", "Features of the regression.", choices=_MAPS, title="Features")
    rbf_width: float = parameter(
        2.0,
        "Width of the Gaussian kernel that the features estimate, in units of sqrt(D) for images of D numbers.",
        1e-3,
        1e3,
        when={"feature_map": ("rff",)},
        title="Width of the RBF kernel",
    )
    feature_seed: int = parameter(
        0, "Seed of the random features.", 0, 2**31 - 1, when={"feature_map": ("rff",)}, title="Seed of the features"
    )
    labels: str = parameter("fixed", "Labels of the synthetic images.", choices=_LABELS)
    fit_ridge: float | None = parameter(
        None,
        "Ridge of the fit to the training images; by default, 5 % of them are held out to choose it.",
        1e-6,
        1e9,
        title="Ridge of the fit",
    )
    coreset: int = parameter(
        0,
        "Weighted training images that the fit is solved on; 0 takes all. Watch shows the certificate.",
        0,
        1_000_000,
        title="Images of the coreset (0: all)",
    )
    coreset_by: str = parameter(
        "sensitivity", "How the images of a coreset are drawn.", choices=DRAWN_BY, title="Coreset drawn by"
    )
    sizes: int = parameter(
        1,
        "Coreset sizes that the run solves on, one a step, the last as asked for and each half the next. The slider of "
        "Watch then moves the size, and shows from which on the certificate guarantees something.",
        1,
        12,
        title="Coreset sizes (steps)",
    )
    jitter: float = parameter(
        1e-6,
        "Ridge, relative to the mean diagonal of the kernel matrix.",
        1e-10,
        1e3,
        title="Ridge of the set's predictor",
    )

    def __post_init__(self):
        check(self)
        check_sizes(vars(self))

    def kinds_of_step(self, steps: int) -> list[tuple[Distiller, int]]:
        """The first computes what all share, the others solve on a coreset."""
        return [(replace(self, sizes=1), 1), (self, steps - 1)]

    def check_fit(self, network: Network, factor: int) -> None:
        if factor > 1:
            raise BadInput(
                f"factor={factor} is not possible with an analytic set, whose images have to be exact in every pixel; "
                "choose factor=1."
            )
        if (numbers := int(np.prod(network.shape))) > MOST_NUMBERS:
            raise BadInput(
                f"An analytic set of images of {numbers:,} numbers is too large to be solved; choose images of at most "
                f"{MOST_NUMBERS:,} numbers."
            )

    def init(self, problem: Problem, synthetic: SyntheticSet, rng: Randomness) -> State:
        check_precision(synthetic)
        state: State = {"images": synthetic.images, "targets": synthetic.targets, "classes": synthetic.classes}
        if self.sizes > 1:  # every step writes from it
            state["start"] = synthetic.images
        return {name: tensor.clone() for name, tensor in state.items()}

    def step(self, problem: Problem, state: State, rng: Randomness) -> dict[str, float]:
        fits = self._fits(problem, rng)
        solution, metrics = fits.solution, dict[str, float](epsilon=0.0)
        if self.coreset:
            size = size_at(rng.step, self.coreset, self.sizes)
            solution, metrics["epsilon"], metrics["coreset"] = fits.of_coreset(size)
        self._write(state, solution)
        own = self.predictor(problem, set_of(state), rng)
        cost, optimum = fits.cost(own.support.flatten(1).T @ own.coefficients), fits.optimum
        metrics |= {"loss": cost, "cost/this set": cost, "cost/optimum": optimum, "ridge": fits.ridge}
        if (epsilon := metrics["epsilon"]) < 1:
            metrics["cost/bound"] = (1 + epsilon) / (1 - epsilon) * optimum
        return metrics

    def _fits(self, problem: Problem, rng: Randomness) -> RidgeFits:
        """What all steps share; it is let go at the last one, and computed again where a run goes on."""
        fits = _kept_fits(self, problem.sampler, problem.num_classes, rng.seed)
        if rng.step >= self.sizes:
            _kept_fits.cache_clear()
        return fits

    @property
    def predictor_in_words(self) -> str:
        if self.feature_map == "linear":
            return f"linear ridge regression on pixels, ridge {self.jitter:g}"
        return f"ridge regression on random Fourier features of width {self.rbf_width:g} sqrt(D), ridge {self.jitter:g}"

    def predictor(self, problem: Problem, synthetic: SyntheticSet, rng: Randomness) -> Predictor:
        labels, weights = labels_and_weights(synthetic.targets)
        see = self._see(synthetic.images)
        return Predictor.fit(synthetic.images, labels, linear, self.jitter, weights, see)

    def _write(self, state: State, solution: torch.Tensor) -> None:
        """Make the set one whose own predictor is `solution` (F, K), near the start."""
        start, num_classes = state["start" if "start" in state else "images"], state["targets"].shape[1]
        solution = solution - solution.mean(1, keepdim=True)  # centred labels make it so, up to rounding over the ridge
        near = self._see(start)(start).flatten(1)
        labels = near @ solution if self.labels == "fitted" else centred_one_hot(state["classes"], num_classes)
        images, labels = images_with(solution, labels, self.jitter, near)
        shrunk = 1.0
        if self.feature_map == "rff":
            images, shrunk = self._fourier(start).images_with(images, start)
        state["images"] = images.reshape(start.shape).float()
        state["targets"] = targets_of(labels / shrunk, torch.ones_like(labels[:, 0]))

    # -- what it sees of the real images

    def _see(self, images: torch.Tensor) -> Callable[[torch.Tensor], torch.Tensor]:
        """Images -> features (..., F) float64, for images like these."""
        return torch.Tensor.double if self.feature_map == "linear" else self._fourier(images).of

    def _fourier(self, images: torch.Tensor) -> InvertibleFourier:
        size = images[0].numel()
        return _drawn_features(size, self.rbf_width * size**0.5, self.feature_seed, str(images.device))


@lru_cache(maxsize=1)
def _kept_fits(method: AnalyticRidge, sampler: BatchSampler, num_classes: int, seed: int) -> RidgeFits:
    exact = np.float32 if method.feature_map == "linear" else np.float64  # pixels come as float32
    return RidgeFits(
        sampler, num_classes, lambda images: method._see(images)(images), method.fit_ridge, method.coreset_by,
        Randomness(seed), exact,
    )  # fmt: skip


@lru_cache(maxsize=1)
def _drawn_features(size: int, width: float, seed: int, device: str) -> InvertibleFourier:
    """Kept: every test of a set needs them again."""
    return InvertibleFourier.draw(size, width, Randomness(seed), device)
