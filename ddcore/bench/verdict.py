"""Whether a scheme's errors differ from uniform's by more than the draws do (server side).

Per size m, the difference of the mean logarithms of R draws each, of which every draw is independent; its variance is
Welch's (v_a + v_b) / R. Over M sizes the differences are averaged, and so are their variances; degrees of freedom by
Welch & Satterthwaite ("The generalization of Student's problem", 1947). The 95 % interval is Student's; a scheme is
*not distinguishable* from uniform where that interval holds 0 (the ratio 1). That this is the rule is our choice.
Only the draws are chance here: data, features and scores are fixed. Of two equal laws it said "better" or "worse" in
4.8 % of 4,000 trials (certificates of digits, 10 draws of 6 sizes each, taken from 200 uniform coresets a size; 3.7 %
with 3 draws).

Where single sizes are compared, the level is that of all of them together (Bonferroni): at 95 % each, one of six would
seem to differ in 25 % of those trials. Intervals of several schemes are not corrected for their number.
"""

from typing import NamedTuple

import numpy as np

LEVEL = 0.95


class Comparison(NamedTuple):
    """`ratio` of typical errors, scheme over uniform, with its interval; both NaN if chance is not known."""

    ratio: float
    low: float
    high: float

    @property
    def word(self) -> str:
        """better | worse | not distinguishable | unknown"""
        if np.isnan(self.low):
            return "unknown"
        if self.high < 1:
            return "better"
        return "worse" if self.low > 1 else "not distinguishable"


def compare(errors: np.ndarray, rival: np.ndarray, level: float = LEVEL) -> Comparison:
    """The ratio of `errors` (M, R) to those of `rival` (M, R), over all M sizes together.

    An error of 0, as of a coreset that holds everything, has no logarithm: sizes with one are left out, unless all have
    one. A scheme that does not draw repeats one number, which has no spread of its own.
    """
    kept, draws = ~(exact_at(errors) | exact_at(rival)), errors.shape[1]
    if not kept.any():
        ratio = _ratio_of_zeros(errors, rival)
        end = ratio if draws > 1 else np.nan
        return Comparison(ratio, end, end)
    logs = [np.log(values[kept]) for values in (errors, rival)]
    difference = float(np.mean(logs[0] - logs[1]))
    if draws < 2:
        return Comparison(float(np.exp(difference)), np.nan, np.nan)
    parts = np.array([part.var(axis=1, ddof=1) / draws for part in logs]) / kept.sum() ** 2
    margin = _margin(parts, draws, level)
    return Comparison(*(float(np.exp(difference + side * margin)) for side in (0, -1, 1)))


def exact_at(errors: np.ndarray) -> np.ndarray:
    """(M,) whether a coreset of that size has error 0 in `errors` (M, R)."""
    return (errors == 0).any(axis=1)


def _ratio_of_zeros(errors: np.ndarray, rival: np.ndarray) -> float:
    """1, 0 or infinity if each of the two is always exact or never; NaN if they are so by chance."""
    if not errors.any():
        return 0.0 if rival.all() else np.nan if rival.any() else 1.0
    return np.inf if errors.all() and not rival.any() else np.nan


def _margin(parts: np.ndarray, draws: int, level: float) -> float:
    from scipy.special import stdtrit

    variance = parts.sum()
    if variance == 0:
        return 0.0
    freedom = variance**2 * (draws - 1) / (parts**2).sum()
    return float(stdtrit(freedom, (1 + level) / 2) * np.sqrt(variance))


def by_size(errors: np.ndarray, rival: np.ndarray) -> list[Comparison]:
    """The same at each of the M sizes alone, all of them right at once with the confidence `LEVEL`."""
    level = 1 - (1 - LEVEL) / len(errors)
    return [compare(errors[[place]], rival[[place]], level) for place in range(len(errors))]


def sentence(name: str, errors: np.ndarray, rival: np.ndarray, sizes: np.ndarray) -> str:
    """The verdict on `name` against uniform in words (Markdown), with the sizes that differ from it."""
    found = compare(errors, rival)
    span = f"95 % interval {in_words(found.low)} to {in_words(found.high)}"
    ratio = f"its error is {in_words(found.ratio)} times uniform's ({span})"
    match found.word:
        case "better":
            told = f"{name} **beats** uniform: {ratio}{_more(found.ratio)}"
        case "worse":
            told = f"{name} is **worse** than uniform: {ratio}"
        case "not distinguishable":
            told = f"{name} is **not distinguishable** from uniform: {ratio}"
        case _ if np.isnan(found.ratio):
            return f"{name} and uniform are exact by chance at every size, so their errors have **no ratio**."
        case _:
            return f"{name}: error {in_words(found.ratio)} times uniform's in one draw, so chance is **not known**."
    return f"{told}.{_exceptions(found.word, by_size(errors, rival), sizes)}"


def in_words(ratio: float) -> str:
    """Two decimals; three where two would hide on which side of 1 it is; a dash if there is none."""
    if np.isnan(ratio):
        return "–"
    return f"{ratio:.3f}" if f"{ratio:.2f}" == "1.00" and ratio != 1 else f"{ratio:.2f}"


def _more(ratio: float) -> str:
    """How many times as many images would lower an error by `ratio`."""
    if ratio == 0:
        return ""
    return f", as if uniform had drawn {ratio**-2:.1f} times as many images (at the rate 1/√m)"


def _exceptions(word: str, single: list[Comparison], sizes: np.ndarray) -> str:
    """The sizes whose own verdict is another."""
    told = []
    for other in ("better", "not distinguishable", "worse"):
        where = [f"{m:,}" for m, found in zip(sizes, single, strict=True) if found.word == other]
        if other != word and where:
            told.append(f"{other} at any size" if len(where) == len(sizes) else f"{other} at m = {', '.join(where)}")
    return f" Size by size, it is {'; '.join(told)}." if told and len(sizes) > 1 else ""


def guaranteed_from(errors: np.ndarray, sizes: np.ndarray) -> int | None:
    """The smallest of `sizes` (M,) from which on the median of `errors` (M, R) stays below 1; None if none does."""
    below = np.median(errors, axis=1) < 1
    lasting = np.flip(np.logical_and.accumulate(np.flip(below)))
    return int(sizes[np.argmax(lasting)]) if lasting.any() else None
