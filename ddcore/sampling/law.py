"""From importance scores to a sampling law and the weights that correct for it.

Within a group of n images (the whole set, or one class) with scores s_i, temperature t and uniform share u:

    p_i = (1 - u) s_i^t / sum_j s_j^t  +  u / n,          correction_i = 1 / (n p_i) <= 1 / u.

Drawn i.i.d. with replacement from p, the mean of correction_i f(x_i) is an unbiased estimate of the group's mean of f.
*Across classes* the uniform law 1/n gives way to the class-balanced one, b_i = 1 / (K n_c) in one of K classes:

    p_i = (1 - u) b_i s_i^t / sum_j b_j s_j^t  +  u b_i,      correction_i = b_i / p_i <= 1 / u,

an estimate of the mean over classes of the class means, in which classes that matter more come more often.
Source: importance sampling (Feldman & Langberg 2011 for sensitivities); mixing, temperature, direction and the law
across classes are ours.
Letters: N images, K classes.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ddcore.errors import BadInput
from ddcore.parameters import check, parameter

_REGIMES = {
    "emphasis": ("Emphasis", "Important images are drawn more often, so the target shifts towards them."),
    "corrected": ("Corrected", "They are drawn more often but weigh less, 1/(n p), so the target stays the same."),
    "stratified": (
        "Stratified",
        "Every batch covers the whole range of the score. All images are drawn equally often, so the target stays the "
        "same, and batches vary less.",
    ),
}
WEIGHTED = {"mode": ("emphasis", "corrected")}
DIRECTIONS = {"hard": "Hard images more often", "easy": "Easy images more often"}
_SMALLEST = np.finfo(np.float64).tiny


@dataclass(frozen=True)
class SamplingLaw:
    """How scores become batches: one configuration for distillation, the command line and the bench.

    `emphasis` moves the objective towards important points. `corrected` keeps class means unbiased; where a method
    divides by the sum of the weights (DC, DSA, NCFM) a bias remains that vanishes for large batches. `stratified` keeps
    them unbiased, too, without a law: it orders the images of a class by their scores (see `ddcore.sampling.strata`).
    """

    mode: str = parameter(
        "emphasis",
        "emphasis: important images are drawn more often, so the target itself shifts towards them; corrected: each is "
        "weighted by 1/(n p), so class means stay unbiased (nearly so in DC, DSA and NCFM, which divide by the sum of "
        "the weights; images of score 0 need a uniform share for that); stratified: a batch has one image from each of "
        "as many equal parts of its class, sorted by score, so class means stay unbiased and vary less.",
        choices=_REGIMES,
        title="Regime",
    )
    uniform: float = parameter(
        0.5,
        "Share of uniform sampling mixed in; bounds every correction by 1/share.",
        0.0,
        1.0,
        when=WEIGHTED,
        title="Uniform share",
    )
    temperature: float = parameter(1.0, "Scores are raised to this power; 0 is uniform.", 0.0, 10.0, when=WEIGHTED)
    direction: str = parameter(
        "hard",
        "hard: high scores are drawn more often; easy: low scores are (ranks reversed).",
        choices=DIRECTIONS,
        when=WEIGHTED,
    )

    def __post_init__(self):
        check(self)

    def of(self, scores: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        """`probabilities` (N,) of `scores` (N,) under this law; within each class where `labels` (N,) are given."""
        return probabilities(scores, labels, self._uniform, self.temperature, self.direction)

    def across(self, scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """`across_classes` (N,) of `scores` (N,) under this law."""
        return across_classes(scores, labels, self._uniform, self.temperature, self.direction)

    @property
    def _uniform(self) -> float:
        """In strata all images are drawn equally often."""
        return 1.0 if self.mode == "stratified" else self.uniform


def probabilities(
    scores: np.ndarray,
    labels: np.ndarray | None = None,
    uniform: float = 0.5,
    temperature: float = 1.0,
    direction: str = "hard",
) -> np.ndarray:
    """Sampling law (N,) float64 of `scores` (N,) >= 0: sums to 1, within each class where `labels` (N,) are given.

    `direction` "hard" takes scores as they are; "easy" gives each image the score of the reversed rank (equal scores
    share the mean of what falls to them). Scores that are all zero give the uniform law, as does temperature 0.
    """
    scores = _checked_scores(scores)
    _check_settings(uniform, temperature, direction)
    law = np.empty(len(scores))
    for members in _groups(len(scores), labels):
        group = _reversed(scores[members]) if direction == "easy" else scores[members]
        law[members] = (uniform + (1 - uniform) * _relative(group, temperature)) / len(group)
    return law


def across_classes(
    scores: np.ndarray,
    labels: np.ndarray,
    uniform: float = 0.5,
    temperature: float = 1.0,
    direction: str = "hard",
) -> np.ndarray:
    """Sampling law (N,) float64 of `scores` (N,) >= 0 over all classes of `labels` (N,) at once: sums to 1.

    Equal scores give the class-balanced law exactly; `uniform`, `temperature`, `direction` as in `probabilities`, ranks
    being reversed over the whole set.
    """
    scores = _checked_scores(scores)
    _check_settings(uniform, temperature, direction)
    balanced = class_balanced(labels)
    relative = _relative(_reversed(scores) if direction == "easy" else scores, temperature)
    return balanced * (uniform + (1 - uniform) * relative / (balanced @ relative))


def class_balanced(labels: np.ndarray) -> np.ndarray:
    """(N,) float64 1 / (K n_c) for images of K classes, `labels` (N,): every class is as likely as any other."""
    _, classes, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    return 1 / (len(sizes) * sizes[classes])


def corrections(
    probabilities: np.ndarray, labels: np.ndarray | None = None, base: np.ndarray | None = None
) -> np.ndarray:
    """Weights (N,) 1 / (n p_i), n counting the whole set or, where `labels` (N,) are given, the image's class.

    With a `base` law (N,) they are base_i / p_i instead. An image of probability 0 (or so small that 1/p is no number)
    is never drawn and gets weight 0; only laws without such images estimate without bias.
    """
    law = np.asarray(probabilities, np.float64)
    weights = np.zeros(len(law))
    if base is not None:
        return np.divide(base, law, out=weights, where=law >= _SMALLEST)
    for members in _groups(len(law), labels):
        drawn = members[law[members] >= _SMALLEST]
        weights[drawn] = (1 / len(members)) / law[drawn]
    return weights


def _relative(scores: np.ndarray, temperature: float) -> np.ndarray:
    """scores^temperature over their mean: exactly 1 for equal scores, so that uniform sampling is left untouched."""
    peak = scores.max()
    if peak == 0:
        return np.ones(len(scores))
    powers = (scores / peak) ** temperature
    return powers / powers.mean()


def _reversed(scores: np.ndarray) -> np.ndarray:
    ranked = np.sort(scores)
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    return (np.add.reduceat(ranked[::-1], np.cumsum(counts) - counts) / counts)[inverse]


def _groups(count: int, labels: np.ndarray | None) -> Iterator[np.ndarray]:
    """The indices of each group: everything, or one class after another."""
    if labels is None:
        yield np.arange(count)
        return
    if len(labels) != count:
        raise BadInput(f"{len(labels)} labels do not fit {count} scores; give one label per score.")
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.diff(np.asarray(labels)[order])) + 1
    yield from np.split(order, starts)


def _checked_scores(scores: np.ndarray) -> np.ndarray:
    scores = np.asarray(scores, np.float64)
    if scores.ndim != 1 or len(scores) == 0:
        raise BadInput(f"Scores of shape {scores.shape} cannot be sampled from; give one number per image.")
    bad = ~np.isfinite(scores) | (scores < 0)
    if bad.any():
        place = int(np.argmax(bad))
        raise BadInput(f"Score {scores[place]} of image {place} is not allowed; scores are finite numbers from 0.")
    return scores


def _check_settings(uniform: float, temperature: float, direction: str) -> None:
    if not 0 <= uniform <= 1:
        raise BadInput(f"uniform={uniform} is not allowed; choose a share from 0 to 1.")
    if not 0 <= temperature < np.inf:
        raise BadInput(f"temperature={temperature} is not allowed; choose a number of at least 0.")
    if direction not in DIRECTIONS:
        raise BadInput(f"direction={direction!r} is not allowed; choose one of {', '.join(DIRECTIONS)}.")
