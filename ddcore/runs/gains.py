"""What a synthetic set gains, as numbers and in words: against random images of the same budget, and its own start.

A difference is *better* or *worse* where Welch's 95 % interval excludes 0, and *not distinguishable* elsewhere: the
Watch page and the command line say the same of the same accuracies. Of predictors in which nothing is random, only the
draw of random images is chance. Words are Markdown.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Any, NamedTuple

from ddcore.words import number_word, percent, signed

TOLD_APART = 0.95  # confidence at which two accuracies count as different
_FEW = 5  # up to so many repeats a standard deviation is itself uncertain


class Measured(NamedTuple):
    """A test accuracy as a fraction: mean and standard deviation over `repeats` students."""

    mean: float
    std: float
    repeats: int


@dataclass(frozen=True)
class Gain:
    """One accuracy minus another, as fractions; `margin` is half the width of its interval, None where unknown."""

    difference: float
    margin: float | None

    @classmethod
    def of(cls, one: Measured, other: Measured, exact: bool = False) -> "Gain":
        """Of `one` against `other`; `exact`: nothing in `one` is random, so a single number has no spread."""
        known = other.repeats > 1 and (exact or one.repeats > 1)
        return cls(one.mean - other.mean, interval(one, other) if known else None)

    @property
    def points(self) -> float:
        return 100 * self.difference

    @property
    def word(self) -> str:
        """better | worse | not distinguishable | unknown"""
        if self.margin is None:
            return "unknown"
        if abs(self.difference) <= self.margin:
            return "not distinguishable"
        return "better" if self.difference > 0 else "worse"

    def span(self, over: str = "") -> str:
        """ "95 % interval: ± 1.2", `over` what it is."""
        assert self.margin is not None
        return f"{100 * TOLD_APART:.0f} % interval: ± {100 * self.margin:.1f}{over}"

    def to_json(self) -> dict[str, Any]:
        return {"difference": self.difference, "interval": self.margin, "verdict": self.word}


def interval(a: Measured, b: Measured) -> float:
    """Half the width of Welch's 95 % interval for the difference of two means.

    Each has two or more repeats, or one of them is a number without randomness: 1 repeat, deviation 0.
    """
    from scipy.special import stdtrit

    parts = [point.std**2 / point.repeats for point in (a, b)]
    if not sum(parts):
        return 0.0
    freedom = sum(parts) ** 2 / sum(p**2 / (m.repeats - 1) for p, m in zip(parts, (a, b), strict=True) if p)
    return float(stdtrit(freedom, (1 + TOLD_APART) / 2)) * sqrt(sum(parts))


def against_random(
    distilled: Measured, random: Measured, full: Measured | None, called: str = "distilled", sets: bool = False
) -> str:
    """The distilled (or otherwise `called`) images against random ones, and against all the data if that is known.

    `sets`: each repeat of `distilled` is the mean of one of several sets, not a student of one set.
    """
    gain = Gain.of(distilled, random)
    rest = f"; all the data give {percent(full.mean)}." if full else "."
    if full and full.mean < distilled.mean:
        rest = rest.removesuffix(".") + " (short training)."
    images = f"The {called} images"
    if gain.margin is None:
        return f"{images} give {signed(gain.points)} points against as many random ones ({_unknown(sets)}){rest}"
    span = gain.span(", over sets" if sets else "")
    if gain.word == "not distinguishable":
        why = _since(distilled, random, f"sets of {called} images" if sets else f"students of the {called} images")
        return (
            f"{images} are not distinguishable from as many random ones: {signed(gain.points)} points ({span}){why}"
            f"{rest}"
        )
    return f"{images} are **{abs(gain.points):.1f} points {gain.word}** than as many random ones ({span}){rest}"


def against_start(distilled: Measured, initial: Measured, *, by_itself: bool, sets: bool = False) -> str:
    """The distilled images against the images they started from; `by_itself`: the set has its own predictor."""
    gain = Gain.of(distilled, initial)
    gained = f"{signed(gain.points)} points from the images they started from"
    if gain.margin is None:
        return f"{gained} ({_unknown(sets)})."
    span = gain.span(", over sets" if sets else "")
    if gain.word == "not distinguishable":
        return f"Not distinguishable from the images they started from: {signed(gain.points)} points ({span})."
    why = " What suits the set's own predictor need not suit a network." if by_itself and gain.word == "worse" else ""
    return f"{gained} ({span}).{why}"


def of_predictor(distilled: Measured, random: Measured, exact: bool) -> str:
    """The distilled images against random ones under one predictor; `exact`: nothing in it is random."""
    gain = Gain.of(distilled, random, exact)
    images = "Under the same predictor, the distilled images"
    if gain.margin is None:
        return f"{images} are {signed(gain.points)} points from as many random ones (too few repeats for an interval)."
    span = gain.span(", over draws of random images" if exact else "")
    if gain.word == "not distinguishable":
        return f"{images} are not distinguishable from as many random ones: {signed(gain.points)} points ({span})."
    return f"{images} are **{abs(gain.points):.1f} points {gain.word}** than as many random ones ({span})."


def _unknown(sets: bool) -> str:
    return f"one {'set' if sets else 'student'}, so no interval"


def _since(one: Measured, random: Measured, repeats: str) -> str:
    """Why an interval is wide, as the end of a sentence: which side varies most, and over how few repeats.

    `repeats`: what was repeated for `one`. Empty if nothing varies.
    """
    part, who = max(
        (random, f"{number_word(random.repeats)} random sets of this size"),
        (one, f"{number_word(one.repeats)} {repeats}"),
        key=lambda side: side[0].std ** 2 / side[0].repeats,
    )
    if part.std == 0:
        return ""
    few = f", and {number_word(part.repeats)} are few" if part.repeats <= _FEW else ""
    return f", since {who} vary by ± {100 * part.std:.1f} points{few}"
