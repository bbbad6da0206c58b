"""A sample of real images by importance.

Sensitivity sampling within each class (Feldman & Langberg 2011; as an initial set: Tukan, Maalouf & Osadchy 2023,
arXiv:2307.08086; whether they weigh the images is not known here, so both forms are offered). `weighted` is the
theory's form: drawn i.i.d. with replacement, weight 1 / (ipc p); that weights are then scaled to mean 1 in a class is
ours (classes keep their share, sums are no longer unbiased), and so few draws have no guarantee. The other form is ours
and never has one: it favours outliers. Both measured worse than random images on average
(`benchmarks/results/initial_sets-fashion-mnist.txt`).
"""

import time
from dataclasses import dataclass

import numpy as np

from ddcore.coresets.subsets import sensitivity_coreset
from ddcore.initialisers.base import SyntheticArrays, class_members, given_scores, real_images
from ddcore.parameters import check, parameter
from ddcore.progress import silent
from ddcore.randomness import numpy_generator
from ddcore.sampling.law import probabilities


@dataclass(frozen=True)
class SensitivitySample:
    """Real images of each class, drawn in proportion to their scores (uniformly where all scores of a class are 0)."""

    weighted: bool = parameter(
        False,
        "Draw with replacement and weight each image by 1/(m p), scaled to mean 1 in its class: the weight multiplies "
        "its targets, and so its share of a student's cross-entropy. Otherwise the images are distinct and equal.",
    )

    def __post_init__(self):
        check(self)

    def start(self, train, ipc, seed, scores=None, progress=silent) -> SyntheticArrays:
        """`scores` (N,) >= 0. Weighted: images may repeat; `weights` (M,) have mean 1 in each class."""
        began = time.perf_counter()
        chosen, weights, every_class = [], [], class_members(train, ipc)
        scores = given_scores("sensitivity", train, scores)
        for label, members in enumerate(every_class):
            progress(label, train.num_classes, "drawing initial images")
            rng = numpy_generator(seed, "init-sensitivity", label)
            if self.weighted:
                places, own = sensitivity_coreset(scores[members], ipc, rng)
                weights.append(own / own.mean())
            else:
                places = _without_replacement(scores[members], ipc, rng)
            chosen.append(members[places])
        seconds = time.perf_counter() - began
        return real_images(train, np.concatenate(chosen), seed, seconds, np.concatenate(weights) if weights else None)


def _without_replacement(scores: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Places (count,) drawn one after another in proportion to the `scores` (n,) left; zeros come last, uniformly.

    The order of independent exponential times of rates p is that of successive draws (Efraimidis & Spirakis 2006).
    """
    law, times = probabilities(scores, uniform=0), rng.exponential(size=len(scores))
    with np.errstate(divide="ignore", over="ignore"):
        arrivals = times / law
    return np.lexsort((times, arrivals))[:count]
