"""Verdicts: their words, and, by simulation, how often they are wrong and whether the pairs they ask for suffice."""

import numpy as np
import pytest
from scipy import stats

from ddcore.runs.gains import Measured
from ddcore.studies.comparing import Comparison, answers
from ddcore.studies.found import Found
from ddcore.studies.grid import Cell, Grid
from ddcore.studies.names import value_words
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


LAWS = pytest.mark.parametrize("law", ["normal", "tests", "skewed"])


def calls_different(grid: Grid, cells: list[Cell], accuracies: np.ndarray, axes: list[str]) -> bool:
    """Whether anything that a study says of these axes, all of it together, is better or worse."""
    found = {cell.key: Found(Measured(float(one), 0.01, 3)) for cell, one in zip(cells, accuracies, strict=True)}
    given = answers(grid, found, axes)
    return any(one.difference.word in ("better", "worse") for answer in given for one in answer.shown)


@LAWS
@pytest.mark.parametrize(("rows", "pairs"), [(1, 3), (1, 10), (4, 5)])
def test_of_studies_of_equal_pairs_few_call_any_different(law, rows, pairs):
    axes = {"importance": ("uniform", "loss"), "ipc": tuple(range(1, rows + 1)), "seed": tuple(range(pairs))}
    grid = Grid(axes)
    cells = list(grid.cells())
    loss = np.array([cell.choices["importance"] == "loss" for cell in cells])
    accuracies = np.full((STUDIES, len(cells)), 0.5)
    accuracies[:, loss] += differences(law, (STUDIES, rows * pairs), np.random.default_rng([rows, pairs])) / 100
    assert np.mean([calls_different(grid, cells, one, ["importance"]) for one in accuracies]) <= 0.06


def test_of_studies_that_vary_two_settings_to_no_effect_few_call_any_different():
    """All comparisons of both, by row and over all rows, count together; axis by axis, 16 % of studies erred. Whoever
    looks at one axis after the other, as on the page, errs no more often."""
    grid = Grid({"init": ("random", "noise"), "importance": ("uniform", "loss"), "seed": tuple(range(5))})
    cells, rng = list(grid.cells()), np.random.default_rng(0)
    accuracies = 0.5 + 0.01 * rng.standard_normal((STUDIES, len(cells)))
    for looks in ([["init", "importance"]], [["init"], ["importance"]]):
        called = [any(calls_different(grid, cells, one, axes) for axes in looks) for one in accuracies]
        assert np.mean(called) <= 0.06


def called_different(values: np.ndarray, count: int) -> np.ndarray:
    """Whether each row of `values` (..., n), as one of `count` comparisons, has a mean that Student's test rejects."""
    pairs, spread = values.shape[-1], values.std(axis=-1, ddof=1)
    limit = stats.t.isf(0.025 / count, pairs - 1)
    return (np.ptp(values, axis=-1) > 1e-9) & (np.abs(values.mean(axis=-1)) * np.sqrt(pairs) > limit * spread)


@LAWS
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
        more = more_pairs(first, 2.0) if first.word == "not distinguishable" else 0
        word = Difference((*values, *differences(law, (more,), rng, gain)), level).word
        found += word == "better" or (gain == 0 and word == "worse")
    return found / STUDIES


@LAWS
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


def comparison(value, base, values=(2.0, -1.0, 0.5), **more) -> Comparison:
    return Comparison("importance", {}, value, base, {}, {}, Difference(values), **more)


def test_a_sentence_names_both_sides_the_size_and_how_many_were_compared():
    one = comparison("loss*", "uniform")
    assert sentence(one, 4, size=2).startswith("**loss\\*** against uniform: not distinguishable")
    assert "2 points" in sentence(one, 4, size=2) and sentence(one, 4).endswith("(one of 4 comparisons).")
    assert "comparisons" not in sentence(one, 1) and "4 comparisons" in together(4)
    refused = comparison("b", "a", (), refused="It cannot.")
    assert sentence(refused, 4) == "**b** against a: not compared. It cannot."


def test_a_sentence_names_values_as_it_is_asked_to_and_those_not_set_the_default():
    assert sentence(comparison("loss", None), 1).startswith("**loss** against default: ")
    named = sentence(comparison("kmeans", None), 1, naming=value_words)
    assert named.startswith("**k-means sensitivity** against default importance: ")


def test_a_sentence_says_what_is_not_in_it():
    lost = comparison("loss", "uniform", left_out={3: "loss: The loss is nan.", 4: "loss: The loss is nan."})
    assert sentence(lost, 1).endswith("; 2 seeds left out (loss: The loss is nan).")
    several = comparison("loss", "uniform", left_out={seed: f"loss: nan at step {seed}." for seed in range(5)})
    assert sentence(several, 1).endswith(
        "5 seeds left out (loss: nan at step 0; loss: nan at step 1, and 3 more reasons)."
    )
    partly = comparison("loss", "uniform", rows=2, of_rows=4)
    assert sentence(partly, 3).endswith("(one of 3 comparisons); over 2 of 4 rows; the others are not compared.")


def test_looking_after_every_seed_errs_more_the_longer_one_looks():
    assert error_of_peeking(5, 5) == pytest.approx(0.05, abs=0.005)
    assert error_of_peeking() == pytest.approx(0.23, abs=0.01)
    assert error_of_peeking(last=5) == pytest.approx(0.10, abs=0.01)
