"""Verdicts: their words, and, by simulation, how often they are wrong and whether the pairs they ask for suffice."""

import numpy as np
import pytest
from scipy import stats

from ddcore.studies.comparing import Comparison
from ddcore.studies.pairs import Difference
from ddcore.studies.verdict import (
    error_of_peeking,
    likely_most,
    more_pairs,
    pairs_needed,
    power,
    sentence,
    together,
    verdict,
)

STUDIES = 1000


def differences(law: str, shape: tuple[int, ...], rng: np.random.Generator, gain: float = 0.0) -> np.ndarray:
    """Paired differences of equal conditions in points, `gain` added, by three laws.

    tests: each accuracy is the mean of three students' shares of 360 test images, the seed's own difficulty is shared,
    and a gain is one of the conditions. skewed: a difference of two sets that fail now and then (ipc 1): exponential.
    """
    if law == "normal":
        return 1.7 * rng.standard_normal(shape) + gain
    if law == "skewed":
        return 1.2 * (rng.exponential(size=shape) - rng.exponential(0.7, size=shape) - 0.3) + gain
    seed = 0.85 + 0.02 * rng.standard_normal(shape)
    sides = [np.clip(seed + 0.012 * rng.standard_normal(shape) + more, 0, 1) for more in (gain / 100, 0)]
    found = [rng.binomial(3 * 360, side) / (3 * 360) for side in sides]
    return 100 * (found[0] - found[1])


def called_different(values: np.ndarray, count: int) -> np.ndarray:
    """Whether each row of `values` (..., n), as one of `count` comparisons, has a mean that Student's test rejects."""
    pairs, spread = values.shape[-1], values.std(axis=-1, ddof=1)
    limit = stats.t.isf(0.025 / count, pairs - 1)
    return (np.ptp(values, axis=-1) > 1e-9) & (np.abs(values.mean(axis=-1)) * np.sqrt(pairs) > limit * spread)


@pytest.mark.parametrize("law", ["normal", "tests", "skewed"])
@pytest.mark.parametrize("pairs", [3, 5, 10])
@pytest.mark.parametrize("count", [1, 4, 12])
def test_of_equal_pairs_few_studies_call_any_different(law, pairs, count):
    """20,000 studies: the standard error of the share, 0.15 points, is far below what 1,000 would leave open."""
    values = differences(law, (20_000, count, pairs), np.random.default_rng([pairs, count]))
    assert called_different(values, count).any(axis=1).mean() <= 0.06


@pytest.mark.parametrize("law", ["normal", "tests", "skewed"])
def test_the_word_is_that_of_the_test(law):
    rows = differences(law, (200, 3), np.random.default_rng(0), gain=3.0)
    said = [Difference(tuple(row), 1 - 0.05 / 2).word in ("better", "worse") for row in rows]
    assert said == called_different(rows, 2).tolist() and 20 < sum(said) < 180


def found_in_the_end(law: str, pilot: int, count: int, gain: float) -> float:
    """The share of studies that call conditions different which differ by `gain`: after the pilot, or after as many
    more pairs as they are told would tell 2 points."""
    rng, level, found = np.random.default_rng([pilot, count]), 1 - 0.05 / count, 0
    for values in differences(law, (STUDIES, pilot), rng, gain):
        first = Difference(tuple(values), level)
        if first.word == "not distinguishable":
            values = np.append(values, differences(law, (more_pairs(first, 2.0),), rng, gain))
        found += bool(called_different(values, count)) and (values.mean() > 0 or gain == 0)
    return found / STUDIES


@pytest.mark.parametrize("law", ["normal", "tests", "skewed"])
@pytest.mark.parametrize("pilot", [3, 5])
@pytest.mark.parametrize("count", [1, 4])
def test_the_pairs_it_asks_for_find_the_stated_difference(law, pilot, count):
    assert found_in_the_end(law, pilot, count, gain=2.0) >= 0.8


@pytest.mark.parametrize("law", ["normal", "tests"])
def test_looking_a_second_time_errs_about_twice_as_often(law):
    """Which the help says, and is less than looking after every seed."""
    assert 0.06 < found_in_the_end(law, 3, 1, gain=0.0) < 0.13


def test_power_is_that_of_the_noncentral_t():
    """Whose table values are n = 34 for half a standard deviation and n = 10 for a whole one (Cohen; G*Power)."""
    assert (pairs_needed(2, 1), pairs_needed(1, 1)) == (34, 10)
    assert power(10, 1.5, 1) == pytest.approx(stats.nct.sf(stats.t.ppf(0.975, 9), 9, np.sqrt(10) / 1.5), rel=1e-9)
    assert pairs_needed(2, 1, 1 - 0.05 / 12) > 34 and pairs_needed(1e4, 1) is None


def test_the_upper_limit_of_a_spread_holds_in_four_of_five_pilots():
    values = np.random.default_rng(0).standard_normal((20_000, 4)).std(axis=1, ddof=1)
    assert np.mean([likely_most(std, 4) > 1 for std in values]) == pytest.approx(0.8, abs=0.01)


def test_no_pairs_are_asked_for_where_the_spread_is_unknown_or_they_suffice():
    assert more_pairs(Difference((1.0,))) is None and more_pairs(Difference((0.0, 0.0))) is None
    assert more_pairs(Difference(tuple(np.linspace(-0.1, 0.1, 9)))) == 0


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((), "not run yet"),
        ((1.94,), "+1.9 points in one pair; one pair has no interval"),
        ((0.0,) * 5, "equal in all 5 pairs"),
        ((-0.5, -0.5), "−0.5 points in each of 2 pairs; differences without spread have no interval"),
        ((1.9, 1.5, 2.3, 1.9), "better by **1.9 ± 0.5 points** over 4 pairs"),
        ((-1.9, -1.5, -2.3, -1.9), "worse by **1.9 ± 0.5 points** over 4 pairs"),
        (
            (2.0, -1.0, 0.5),
            "not distinguishable (+0.5 ± 3.7 points over 3 pairs); about 79 more pairs would",
        ),
        (
            (0.1, -0.1, 0.05),
            "not distinguishable (+0.0 ± 0.3 points over 3 pairs); these are enough pairs to tell",
        ),
        ((1.0, 1.44, 1.12), "better by **1.2 ± 0.6 points** over 3 pairs"),
        ((0.606, 1.0, 1.394), "better by **1.00 ± 0.98 points** over 3 pairs"),
    ],
)
def test_verdicts_in_words(values, said):
    assert verdict(Difference(values)).startswith(said)


def test_a_sentence_names_both_sides_the_size_and_how_many_were_compared():
    one = Comparison({}, "loss*", "uniform", {}, {}, Difference((2.0, -1.0, 0.5)))
    assert sentence(one, 4, size=2).startswith("**loss\\*** against uniform: not distinguishable")
    assert "2 points" in sentence(one, 4, size=2) and sentence(one, 4).endswith("(one of 4 comparisons).")
    assert "comparisons" not in sentence(one, 1) and "4 comparisons" in together(4)
    refused = Comparison({}, "b", "a", {}, {}, Difference(()), "It cannot.")
    assert sentence(refused, 4) == "**b** against a: not compared. It cannot."


def test_looking_after_every_seed_errs_more_the_longer_one_looks():
    assert error_of_peeking(5, 5) == pytest.approx(0.05, abs=0.005)
    assert error_of_peeking() == pytest.approx(0.23, abs=0.01)
    assert error_of_peeking(last=5) == pytest.approx(0.10, abs=0.01)
