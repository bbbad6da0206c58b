"""What kernel-ridge distillers share: a synthetic set that is itself a predictor.

Such a method offers, beside `init` and `step`,

    predictor_in_words                                       what that is, for people: "NTK of 1 hidden layer, ..."
    predictor(problem, synthetic, rng) -> Predictor          the method's predictor of *any* set, random images too,
                                                             as it is decoded
    current_predictor(problem, state, rng) -> Predictor      that of the set being distilled, as the next step sees it

and so the real batches that follow the synthetic set follow its own loss, and a run can be tested by the predictor it
was made for, beside the networks that everyone is tested by. What it is tested on never comes in here.
Letters: B real images, M synthetic images, K classes, F features.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from ddcore.distillers.base import Distiller, Problem, State, set_of
from ddcore.distillers.bounded import parts
from ddcore.errors import BadInput
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness
from ddcore.ridge.regression import ROWS, Predictor, centred_one_hot, labels_and_weights, targets_of
from ddcore.sampling.batches import Batch
from ddcore.sampling.pools import View
from ddcore.synthetic import SyntheticSet
from ddcore.training.optimisers import fresh_moments


class KernelMethod(Distiller):
    """A distiller whose sets predict by themselves; its entry says whether such a predictor is random."""

    @property
    def predictor_in_words(self) -> str:
        raise NotImplementedError

    def predictor(self, problem: Problem, synthetic: SyntheticSet, rng: Randomness) -> Predictor:
        raise NotImplementedError

    def current_predictor(self, problem: Problem, state: State, rng: Randomness) -> Predictor:
        return self.predictor(problem, set_of(state).decode(), rng)

    def view(self, problem: Problem, state: State, rng: Randomness, progress: Progress = silent) -> View:
        """Squared errors of the current predictor, and what its kernel sees."""
        return PredictorView(self.current_predictor(problem, state, rng), problem.num_classes)


@dataclass(frozen=True, eq=False)
class PredictorView:
    """What real batches that follow the synthetic set look through (see `ddcore.sampling.pools.View`).

    `loss(predictions (B, K), classes (B,)) -> (B,)` where it is not the squared error.
    """

    predictor: Predictor
    num_classes: int
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] | None = None

    @torch.no_grad()
    def losses(self, images: torch.Tensor, labels: torch.Tensor, student_steps: int) -> torch.Tensor:
        predictions = self.predictor(images)
        if self.loss is not None:
            return self.loss(predictions, labels)
        return squared_errors(predictions, centred_one_hot(labels, self.num_classes))

    @torch.no_grad()
    def features(self, images: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.predictor.see(rows).flatten(1) for rows in images.split(ROWS)])


def squared_errors(predictions: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """(B,) half the squared distance of `predictions` (B, K) to centred `labels` (B, K)."""
    return 0.5 * (predictions - labels).square().sum(1)


def check_precision(synthetic: SyntheticSet) -> None:
    """BadInput for a set on a device without float64."""
    if synthetic.images.device.type == "mps":
        raise BadInput("device='mps' has no float64, which kernel-ridge methods are solved in; choose cpu or cuda:0.")


def first_state(synthetic: SyntheticSet, learned: bool) -> State:
    """The synthetic set, its centred `labels` (M, K) and `weights` (M,) in float64, moments of what is optimised."""
    check_precision(synthetic)
    labels, weights = labels_and_weights(synthetic.targets)
    moments = {"images": fresh_moments(synthetic.images)} | ({"labels": fresh_moments(labels)} if learned else {})
    return {
        "images": synthetic.images.clone(),
        "targets": synthetic.targets.clone(),
        "classes": synthetic.classes.clone(),
        "labels": labels,
        "weights": weights,
        "moments": moments,
    }


def keep_labels(state: State, labels: torch.Tensor) -> None:
    """Make `labels` (M, K) those of the set: centred (a shift of a row moves no argmax), and as targets."""
    state["labels"] = labels - labels.mean(1, keepdim=True)
    state["targets"] = targets_of(state["labels"], state["weights"])


def parts_of(batch: Batch) -> list[slice]:
    """Rows of a real batch that are taken one after another."""
    return parts(slice(len(batch.labels)), ROWS)
