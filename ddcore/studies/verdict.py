"""Verdicts on differences paired by seed: in words, with the pairs still needed, and what peeking costs (Markdown).

A difference is *better* or *worse* where the interval of its mean excludes 0. How many pairs would tell a difference of
a given size is planned for a power of 80 % at the level of that interval: with n pairs whose differences have the
standard deviation s, t has n - 1 degrees of freedom and the noncentrality size √n / s (Cohen, "Statistical Power
Analysis", 1988). s is known from few pairs only, and taking it as it is promises too much: in its place stands the end
of its one-sided 80 % interval, s √((n - 1) / χ²) with the 20 % quantile of χ² (Browne, "On the use of a pilot sample
for sample size determination", 1995), so 80 % of the plans have the promised power or more.

Ours: the pairs that are there count among those needed. In simulations 91 to 100 % of true differences of the stated
size were found then, and 5 to 11 % of equal conditions called different, since they were looked at twice.
"""

from typing import Any

import numpy as np

from ddcore.studies.comparing import Comparison
from ddcore.studies.names import Naming, spelled
from ddcore.studies.pairs import Difference

POWER = 0.8
SURE = 0.8
"""One-sided confidence that the standard deviation planned with is not too small."""
MOST_PAIRS = 10_000
_MOST_REASONS = 2
PEEKING = (
    "Decide how many seeds to run before you look. If you looked after every added seed, from 3 to 20, and stopped at "
    "the first verdict, 23 % of studies in which nothing differs would end with one, not 5 %. Looking once, adding the "
    "pairs asked for and looking again makes it about 10 %."
)


def sentence(comparison: Comparison, count: int, size: float = 1.0, naming: Naming = spelled) -> str:
    """ "**loss** against uniform: better by **1.9 ± 0.4 points** over 10 pairs", one of `count` comparisons.

    `size`: the difference in points that more pairs are counted for. `naming`: what values are called.
    """
    value, base = (plain(naming(comparison.axis, side)) for side in (comparison.value, comparison.base))
    if comparison.refused:
        return f"**{value}** against {base}: not compared. {plain(comparison.refused)}"
    many = comparison.difference.count > 1 and count > 1
    said = f"{verdict(comparison.difference, size)}{f' (one of {count:,} comparisons)' if many else ''}"
    return f"**{value}** against {base}: {'; '.join([said, *map(plain, missing_words(comparison))])}."


def missing_words(comparison: Comparison) -> list[str]:
    """What a comparison could not count, a phrase each: rows that are not compared, seeds whose runs ended in vain."""
    said = []
    if 0 < comparison.rows < comparison.of_rows:
        said.append(f"over {comparison.rows:,} of {comparison.of_rows:,} rows; the others are not compared")
    if count := len(comparison.left_out):
        reasons = [reason.rstrip(".") for reason in dict.fromkeys(comparison.left_out.values())]
        more = f", and {len(reasons) - _MOST_REASONS} more reasons" if len(reasons) > _MOST_REASONS else ""
        why = "; ".join(reasons[:_MOST_REASONS])
        said.append(f"{count:,} seed{'' if count == 1 else 's'} left out ({why}{more})")
    return said


def verdict(difference: Difference, size: float = 1.0) -> str:
    """ "better by **1.9 ± 0.4 points** over 10 pairs", or what else a difference says, without a full stop."""
    pairs = f"{difference.count:,} pairs"
    match difference.word:
        case "not run":
            return "not run yet"
        case "one pair":
            return f"{amount(difference.mean)} in one pair; one pair has no interval"
        case "equal":
            return f"equal in all {pairs}"
        case "no spread":
            return f"{amount(difference.mean)} in each of {pairs}; differences without spread have no interval"
        case "not distinguishable":
            here = f"{amount(difference.mean, difference.half)} over {pairs}"
            return f"not distinguishable ({here}); {_outlook(difference, size)}"
        case word:
            return f"{word} by **{_points(abs(difference.mean), difference.half)} points** over {pairs}"


def amount(mean: float, half: float | None = None) -> str:
    """ "+1.9 ± 0.4 points", with a true minus sign."""
    sign = "−" if mean < 0 else "+"
    return f"{sign}{_points(abs(mean), half)} points"


def together(count: int) -> str:
    """What the number of comparisons in a study does to their intervals, in a sentence."""
    if count < 2:
        return "Intervals hold with 95 % confidence."
    return f"{count:,} comparisons in this study: intervals are widened so that all hold together with 95 % confidence."


def more_pairs(difference: Difference, size: float = 1.0) -> int | None:
    """How many pairs, besides those that are there, would tell a true difference of `size` points; 0 if none.

    None where the spread is not known (one pair, equal differences), or more than `MOST_PAIRS` would be needed.
    """
    if difference.count < 2 or difference.std == 0:
        return None
    needed = pairs_needed(likely_most(difference.std, difference.count), size, difference.level)
    return None if needed is None else max(0, needed - difference.count)


def likely_most(std: float, count: int) -> float:
    """The upper end of the one-sided 80 % interval of a standard deviation found in `count` >= 2 normal values."""
    from scipy.special import chdtri

    return std * float(np.sqrt((count - 1) / chdtri(count - 1, SURE)))  # chdtri takes the upper tail: 80 % lie above


def pairs_needed(std: float, size: float, level: float = 0.95) -> int | None:
    """The fewest pairs that find a true difference of `size` with `POWER`; None if more than `MOST_PAIRS`.

    Found means: the interval at `level` lies on the right side of 0. `std`: of one difference, in the unit of `size`.
    """
    low, high = 1, 2
    while power(high, std, size, level) < POWER:
        low, high = high, 2 * high
        if low > MOST_PAIRS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if power(middle, std, size, level) < POWER else (low, middle)
    return high if high <= MOST_PAIRS else None


def power(count: int, std: float, size: float, level: float = 0.95) -> float:
    """The chance that `count` pairs find a true difference of `size` whose pairs vary by `std`."""
    from scipy.special import nctdtr, stdtrit

    limit = stdtrit(count - 1, (1 + level) / 2)
    return float(1 - nctdtr(count - 1, size * np.sqrt(count) / std, limit))


def error_of_peeking(first: int = 3, last: int = 20, level: float = 0.95, trials: int = 20_000, seed: int = 0) -> float:
    """How often equal conditions are called different by whoever looks after every seed and stops at a verdict.

    A simulation of normal differences; its standard error is 0.4 points at most. Looking from 3 seeds on gives 10 %
    with up to 5 seeds, 17 % with up to 10, and 23 % with up to 20.
    """
    from scipy.special import stdtrit

    values = np.random.default_rng(seed).standard_normal((trials, last))
    counts = np.arange(1, last + 1)
    mean = np.cumsum(values, axis=1) / counts
    squares = np.cumsum(values**2, axis=1) - counts * mean**2
    looks = counts >= first
    freedom = counts[looks] - 1
    t = np.abs(mean[:, looks]) * np.sqrt(counts[looks] * freedom / squares[:, looks])
    return float(np.mean((t > stdtrit(freedom, (1 + level) / 2)).any(axis=1)))


def plain(value: Any) -> str:
    """A value as text in Markdown, whatever characters it has."""
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>$#|~" else letter for letter in str(value))


def _points(value: float, half: float | None = None) -> str:
    """One decimal; as many more as it takes to see on which side of 0 the interval is."""
    if half is None:
        return f"{value:.1f}"
    digits = next((d for d in (1, 2, 3) if (round(value, d) > round(half, d)) == (value > half)), 4)
    return f"{value:.{digits}f} ± {half:.{digits}f}"


def _outlook(difference: Difference, size: float) -> str:
    """How many more pairs would tell a difference of `size`."""
    told, more = f"a difference of {size:g} point{'' if size == 1 else 's'}", more_pairs(difference, size)
    if more is None:
        return f"to tell {told}, more than {MOST_PAIRS:,} pairs would be needed"
    if more == 0:
        return f"these are enough pairs to tell {told}"
    return f"about {more:,} more pair{'' if more == 1 else 's'} would tell {told}"
