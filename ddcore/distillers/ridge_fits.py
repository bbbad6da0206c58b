"""Ridge regressions of a problem's training images: of all of them, and of weighted coresets with their certificates.

`analytic` writes its sets from these. A coreset is drawn by the first step's randomness whatever its size: drawn by
sensitivity or uniformly, a smaller one is the beginning of a larger one.
Letters: n training images, m of the coreset, B of a part, K classes, F features.
"""

from collections.abc import Callable, Iterator
from functools import cached_property

import numpy as np
import torch

from ddcore.coresets.subsets import RidgeCost, sensitivity_coreset
from ddcore.randomness import Randomness
from ddcore.ridge.leverage import centred_targets, ridge_terms
from ddcore.ridge.regression import ROWS, centred_one_hot
from ddcore.ridge.sums import RidgeSums, Rows, best_ridge
from ddcore.sampling.batches import BatchSampler

DRAWN_BY = {
    "sensitivity": ("Ridge sensitivity", "the largest share of the cost that an image can have, over all fits"),
    "uniform": ("Uniform", "every image equally likely"),
    "importance": ("As real batches", "within each class, by the importance of the run"),
}
_HELD_OUT = 20  # one in so many training images chooses the ridge (Chen, Huang & Weng: 5 %)


class RidgeFits:
    """The fit of all images, and those of coresets; what they share is computed once."""

    def __init__(
        self,
        sampler: BatchSampler,
        num_classes: int,
        see: Callable[[torch.Tensor], torch.Tensor],
        ridge: float | None,
        drawn_by: str,
        rng: Randomness,
        exact: type[np.floating] = np.float64,
    ):
        """`see`: images (B, C, H, W) -> features, in float64, which are `exact` in this type. `ridge` None: held-out
        images choose it. `drawn_by`: one of `DRAWN_BY`."""
        self._sampler, self._num_classes, self._see = sampler, num_classes, see
        self._drawn_by, self._rng, self._exact = drawn_by, rng.at(1), exact
        self._sums = RidgeSums.of(self._rows())
        self.ridge = ridge or best_ridge(self._sums, self._held_out())
        self.solution = self._sums.solution(self.ridge)  # (F, K)
        self.optimum = self.cost(self.solution)

    def cost(self, solution: torch.Tensor) -> float:
        """The cost of the map `solution` (F, K) on all images, divided by their number."""
        return self._sums.cost(solution, self.ridge) / self._sums.mass

    def of_coreset(self, size: int) -> tuple[torch.Tensor, float, int]:
        """The fit (F, K) of a coreset of `size` images, its certificate, and how many images it has: drawn as real
        batches they are as many of each class, rounded up."""
        indices, weights = self._drawn(size)
        epsilon = self._judge.certificate(indices, weights)
        chosen = (self._features[indices].astype(np.float64), self._targets[indices], weights)
        seen, labels, counted = (torch.as_tensor(array, device=self.solution.device) for array in chosen)
        return RidgeSums.of([(seen, labels, counted)]).solution(self.ridge), epsilon, len(indices)

    # -- all images

    def _rows(self) -> Iterator[Rows]:
        for batch in self._sampler.sweep(ROWS):
            features = self._see(batch.images).flatten(1)
            yield features, centred_one_hot(batch.labels, self._num_classes), batch.weights.double()

    def _held_out(self) -> Rows:
        """A random part of the training images."""
        count = int(self._sums.mass)
        chosen = np.zeros(count, bool)
        chosen[self._rng.numpy("held-out").permutation(count)[: max(1, count // _HELD_OUT)]] = True
        held, parts = torch.as_tensor(chosen), []
        for batch, rows in zip(self._sampler.sweep(ROWS), self._rows(), strict=True):
            parts.append([values[held.to(batch.indices.device)[batch.indices]] for values in rows])
        features, labels, weights = (torch.cat(column) for column in zip(*parts, strict=True))
        return features, labels, weights

    @cached_property
    def _classes(self) -> np.ndarray:
        return torch.cat([batch.labels for batch in self._sampler.sweep(ROWS)]).cpu().numpy()

    @cached_property
    def _targets(self) -> np.ndarray:
        return centred_targets(self._classes, self._num_classes)

    @cached_property
    def _features(self) -> np.ndarray:
        """(n, F)"""
        return np.concatenate([rows[0].cpu().numpy().astype(self._exact) for rows in self._rows()])

    @cached_property
    def _judge(self) -> RidgeCost:
        return RidgeCost(self._features, self._targets, self.ridge)

    # -- coresets

    @cached_property
    def _scores(self) -> np.ndarray:
        if self._drawn_by == "uniform":
            return np.ones(len(self._classes))
        terms = ridge_terms(self._features, self._targets, self.ridge)
        return sum(terms.values(), np.zeros(len(self._classes)))

    def _drawn(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Indices and weights (m,)."""
        if self._drawn_by == "importance":
            return self._drawn_as_batches(size)
        return sensitivity_coreset(self._scores, size, self._rng.numpy("coreset"))

    def _drawn_as_batches(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Of the images of one real batch, as many of each class: the sum over the batch estimates that over all
        images, without bias unless the sampling law itself has one."""
        classes, most = self._classes, self._num_classes
        batch = self._sampler.draw(self._rng, -(-size // most))
        indices = batch.indices.cpu().numpy()
        drawn, all_of = (np.bincount(given, minlength=most) for given in (classes[indices], classes))
        return indices, batch.weights.cpu().numpy().astype(np.float64) * (all_of / drawn)[classes[indices]]
