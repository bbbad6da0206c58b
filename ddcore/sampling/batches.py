"""Real batches: the only thing of the real data that a distiller is given.

The sampler owns the law (which images, how often) and hands out *(images, labels, weights)*; the distiller
multiplies by the weights. So any importance score works with any distiller, and so does any sampling rule: it changes
the pool that batches come from, between steps.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch

from ddcore.data.device_images import DeviceImages
from ddcore.devices import on_device
from ddcore.progress import Progress, silent
from ddcore.randomness import Randomness
from ddcore.sampling.law import SamplingLaw, class_balanced, corrections
from ddcore.sampling.pools import Pool, Rule, View
from ddcore.sampling.strata import places as places_of_strata


class Batch(NamedTuple):
    indices: torch.Tensor  # (B,) int64 rows of the training set
    images: torch.Tensor  # (B,C,H,W) float32 normalised
    labels: torch.Tensor  # (B,) int64
    weights: torch.Tensor  # (B,) float32; 1 unless the law is corrected


class _Chances(NamedTuple):
    """A law on the scores of a pool of P images."""

    within: list[np.ndarray]  # of each class, running sums of its images' probabilities
    across: np.ndarray  # (P,) running sums over all classes
    corrections: np.ndarray | None = None  # (P,) weights of draws within classes, where the law is corrected
    across_corrections: np.ndarray | None = None  # (P,) the same across classes


class BatchSampler:
    """Class-balanced batches of a training set from a pool of its images, under a sampling law.

    The pool is the whole training set, or what a rule chose last. Without scores (uniform importance) images are drawn
    without replacement within their class. With scores they are drawn i.i.d. with replacement, as the sampling theory
    and the correction weights 1/(n p) require; n counts the images of the class in the pool. Where the pool has an
    order, or the law is stratified by the scores, one image comes from each of as many equal parts as a batch has.

    A distiller calls `draw` or `draw_across`, and `sweep`. The loop calls `due` and `refresh` before a step, and keeps
    `state`. `drawn` (N,) int64 counts how often each training image was in a batch that was drawn for the loss.
    """

    def __init__(
        self,
        images: DeviceImages,
        labels: np.ndarray,
        scores: np.ndarray | None,
        law: SamplingLaw,
        rule: Rule | None = None,
        later: tuple[int, SamplingLaw] | None = None,
    ):
        """`labels` (N,) int64; `scores` (N,) non-negative, or None for uniform. With a `rule` there are no batches
        before its first choice. `later`: a step, and the law in place of `law` after it."""
        self.images = images
        self.labels = torch.as_tensor(np.asarray(labels, dtype=np.int64), device=images.device)
        self._classes, self._law, self._rule, self._later = np.asarray(labels, np.int64), law, rule, later
        self.drawn = np.zeros(len(labels), np.int64)
        self._listener: Callable[[Batch], None] | None = None
        self._pool: Pool | None = None
        if rule is None:
            self._take(Pool(np.arange(len(labels)), scores))

    # -- what a distiller calls

    def draw(self, rng: Randomness, per_class: int, counted: bool = True) -> Batch:
        """`per_class` images of every class, or as many as the pool has of a smaller one; classes ascending.

        Not `counted`: a batch that the loss does not see, for the networks that a method trains or calibrates.
        """
        generator, chances = rng.numpy("real-batch"), self._chances(rng)
        drawn = [self._draw_class(c, per_class, chances, generator) for c in range(len(self._members))]
        return self._batch(np.concatenate(drawn), chances and chances.corrections, counted)

    def draw_across(self, rng: Randomness, per_class: int) -> Batch:
        """As many images as `draw` gives, for a loss that is not a sum over classes; classes ascending.

        With scores they are drawn from all classes at once, the law being relative to the class-balanced one (see
        `ddcore.sampling.law`): a class that matters more comes more often. Without scores, and where batches are
        stratified, the batch is that of `draw`.
        """
        if (chances := self._chances(rng)) is None:
            return self.draw(rng, per_class)
        count = sum(min(per_class, len(members)) for members in self._members)
        places = _drawn(chances.across, count, rng.numpy("real-batch"))
        ascending = np.argsort(self._pool_classes[places], kind="stable")
        return self._batch(places[ascending], chances.across_corrections)

    def _batch(self, places: np.ndarray, weights: np.ndarray | None, counted: bool = True) -> Batch:
        assert self._pool is not None  # no batch before the first refresh
        given = np.ones(len(places)) if weights is None else weights[places]
        rows = self._pool.indices[places]
        if counted:
            np.add.at(self.drawn, rows, 1)  # an image may be in a batch twice
        at = on_device(rows, self.images.device)
        shares = on_device(given.astype(np.float32), self.images.device)
        batch = Batch(at, self.images[at], self.labels[at], shares)
        if self._listener is not None:
            self._listener(batch)
        return batch

    def sweep(self, size: int) -> Iterator[Batch]:
        """Every training image once, in order, `size` at a time, weights 1 (for methods that need the whole set)."""
        for part, images in self.images.chunks(size):
            indices = torch.arange(part.start, part.stop, device=self.images.device)
            yield Batch(indices, images, self.labels[part], torch.ones(len(indices), device=self.images.device))

    # -- what the loop calls

    def due(self, step: int) -> bool:
        """Whether the rule, if there is one, must choose before this step."""
        return self._rule is not None and self._rule.due(step)

    def refresh(self, rng: Randomness, view: View, progress: Progress = silent) -> None:
        """Make the rule choose; whatever interrupts it leaves the pool as it was."""
        assert self._rule is not None  # else none is `due`
        self._take(self._rule.choose(view, self.images, self._classes, rng, progress))

    @contextmanager
    def heard_by(self, listener: Callable[[Batch], None]) -> Iterator[None]:
        """Within it, `listener` is told every batch that is drawn."""
        self._listener = listener
        try:
            yield
        finally:
            self._listener = None

    def state(self) -> dict[str, torch.Tensor]:
        """What a checkpoint needs, CPU tensors: the pool that a rule chose; nothing without one."""
        if self._rule is None or self._pool is None:
            return {}
        return {name: torch.as_tensor(array) for name, array in vars(self._pool).items() if array is not None}

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        """Go on with the pool of an earlier `state`."""
        self._take(Pool(**{name: tensor.cpu().numpy() for name, tensor in state.items()}))

    def _take(self, pool: Pool) -> None:
        classes = self._classes[pool.indices]
        sizes = np.bincount(classes, minlength=int(self._classes.max()) + 1)
        missing = np.setdiff1d(self._classes, classes)
        if len(missing):
            raise ValueError(f"the pool of {self._rule} has no image of class {missing[0]}")
        self._pool, self._pool_classes = pool, classes
        order = pool.scores if pool.order is None and self._law.mode == "stratified" else pool.order
        ascending = np.argsort(classes, kind="stable") if order is None else np.lexsort((order, classes))
        self._members = np.split(ascending, np.cumsum(sizes)[:-1])  # places in the pool
        self._stratified = order is not None
        self._first = self._second = None
        if pool.scores is not None and not self._stratified:
            self._first = self._second = self._chances_of(self._law, pool.scores)
            if self._later is not None:
                self._second = self._chances_of(self._later[1], pool.scores)

    def _chances_of(self, law: SamplingLaw, scores: np.ndarray) -> _Chances:
        classes = self._pool_classes
        within, across = law.of(scores, classes), law.across(scores, classes)
        cumulative = [np.cumsum(within[places]) for places in self._members]
        if law.mode != "corrected":
            return _Chances(cumulative, np.cumsum(across))
        weights = corrections(within, classes), corrections(across, base=class_balanced(classes))
        return _Chances(cumulative, np.cumsum(across), *weights)

    def _chances(self, rng: Randomness) -> _Chances | None:
        """Those of the step of `rng`; None where all images of a class are as likely."""
        return self._first if self._later is None or rng.step <= self._later[0] else self._second

    def _draw_class(
        self, label: int, count: int, chances: _Chances | None, generator: np.random.Generator
    ) -> np.ndarray:
        """Places in the pool."""
        members = self._members[label]
        if self._stratified:
            return members[places_of_strata(len(members), count, generator)]
        count = min(count, len(members))
        if chances is None:
            return generator.choice(members, count, replace=False, shuffle=False)
        return members[_drawn(chances.within[label], count, generator)]


def _drawn(cumulative: np.ndarray, count: int, generator: np.random.Generator) -> np.ndarray:
    """`count` places drawn i.i.d. by the chances whose running sums are `cumulative`."""
    found = np.searchsorted(cumulative, generator.random(count) * cumulative[-1], side="right")
    return np.minimum(found, len(cumulative) - 1)
