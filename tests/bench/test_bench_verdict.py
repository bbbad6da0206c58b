"""The rule that says better, worse or not distinguishable, on made-up errors."""

import numpy as np
import pytest
from scipy import stats

from ddcore.bench.verdict import by_size, compare, exact_at, guaranteed_from, sentence

SIZES = np.array([100, 200, 400])


def made(factor, seed, draws=10, spread=0.1):
    """Errors (3, draws) around factor / sqrt(m)."""
    noise = np.random.default_rng(seed).normal(0, spread, (3, draws))
    return factor * np.exp(noise) * 10 / np.sqrt(SIZES)[:, None]


@pytest.mark.parametrize(("factor", "word"), [(0.7, "better"), (1.4, "worse"), (1.0, "not distinguishable")])
def test_clear_cases(factor, word):
    found = compare(made(factor, 0), made(1.0, 1))
    assert found.word == word
    assert found.low < factor < found.high


def test_one_size_is_welchs_interval():
    a, b = made(0.9, 2)[:1], made(1.0, 3, spread=0.4)[:1]
    expected = stats.ttest_ind(np.log(a[0]), np.log(b[0]), equal_var=False).confidence_interval(0.95)
    found = compare(a, b)
    np.testing.assert_allclose([found.low, found.high], np.exp([expected.low, expected.high]))


def test_intervals_hold_the_truth_as_often_as_they_say():
    held = [found.low <= 1 <= found.high for found in (compare(made(1, 2 * i), made(1, 2 * i + 1)) for i in range(400))]
    assert 0.92 <= np.mean(held) <= 0.98


def test_more_sizes_narrow_the_interval():
    a, b = made(0.9, 4), made(1.0, 5)
    whole = compare(a, b)
    assert whole.high - whole.low < min(one.high - one.low for one in by_size(a, b))


def test_one_draw_says_nothing_about_chance():
    found = compare(made(0.5, 0, draws=1), made(1.0, 1, draws=1))
    assert found.word == "unknown" and found.ratio < 1
    assert "**not known**" in sentence("it", made(0.5, 0, draws=1), made(1.0, 1, draws=1), SIZES)


def test_a_scheme_that_does_not_draw_has_no_spread_of_its_own():
    fixed = np.repeat(made(0.95, 6)[:, :1], 10, axis=1)
    rival = made(1.0, 7)
    freedom_of_rival = compare(fixed[:1], rival[:1])
    margin = stats.t.ppf(0.975, 9) * np.log(rival[0]).std(ddof=1) / np.sqrt(10)
    assert np.log(freedom_of_rival.high / freedom_of_rival.ratio) == pytest.approx(margin)


def test_two_constant_schemes_are_compared_exactly():
    found = compare(np.full((3, 4), 0.5), np.full((3, 4), 1.0))
    assert (found.ratio, found.low, found.high) == pytest.approx((0.5, 0.5, 0.5)) and found.word == "better"


def test_sizes_with_error_zero_are_left_out_of_the_ratio():
    errors, rival = made(0.9, 8), made(1.0, 9)
    expected = compare(errors[:2], rival[:2])
    errors[2] = 0
    assert exact_at(errors).tolist() == [False, False, True]
    assert compare(errors, rival) == expected
    assert compare(rival, errors).ratio == pytest.approx(1 / expected.ratio)
    assert [found.word for found in by_size(errors, rival)][2] == "better"


@pytest.mark.parametrize(
    ("errors", "rival", "ratio", "word"),
    [
        ([0, 0], [1, 2], 0, "better"), ([1, 2], [0, 0], np.inf, "worse"), ([0, 0], [0, 0], 1, "not distinguishable"),
        ([0, 1], [1, 2], np.nan, "unknown"), ([0, 0], [0, 2], np.nan, "unknown"),
    ],
)  # fmt: skip
def test_errors_of_zero_at_every_size(errors, rival, ratio, word):
    errors, rival = np.array([errors, errors], float), np.array([rival, rival], float)
    found = compare(errors, rival)
    assert found.word == word and np.array_equal(found.ratio, ratio, equal_nan=True)
    told = sentence("it", errors, rival, SIZES[:2])
    assert "nan" not in told and ("no ratio" in told) == (word == "unknown")


def test_sizes_judged_one_by_one_are_corrected_for_their_number():
    a, b = made(0.9, 2), made(1.0, 3)
    for place, found in enumerate(by_size(a, b)):
        test = stats.ttest_ind(np.log(a[place]), np.log(b[place]), equal_var=False)
        np.testing.assert_allclose(np.log([found.low, found.high]), test.confidence_interval(1 - 0.05 / 3))


def test_equal_schemes_seldom_differ_at_any_size():
    seeds = range(0, 800, 2)
    words = [{found.word for found in by_size(made(1, seed), made(1, seed + 1))} for seed in seeds]
    assert 0.02 <= np.mean([found != {"not distinguishable"} for found in words]) <= 0.08


def test_sentence_says_it_plainly_and_names_the_sizes_that_differ():
    clear = sentence("sensitivity", made(0.7, 0, spread=0.02), made(1.0, 1, spread=0.02), SIZES)
    assert "sensitivity **beats** uniform" in clear and "as if uniform had drawn 2.0 times" in clear
    assert "Size by" not in clear
    errors, rival = made(0.7, 0, spread=0.02), made(1.0, 1, spread=0.02)
    errors[0], errors[1] = rival[0] * 1.3, rival[1]
    mixed = sentence("sensitivity", errors, rival, SIZES)
    assert "not distinguishable at m = 200" in mixed and "worse at m = 100" in mixed
    tie = sentence("sensitivity", made(1.0, 0), made(1.0, 1), SIZES)
    assert "**not distinguishable** from uniform" in tie
    assert "is **worse** than uniform" in sentence("sensitivity", made(1.5, 0), made(1.0, 1), SIZES)


@pytest.mark.parametrize(
    ("medians", "size"), [([2, 0.9, 0.5], 200), ([0.9, 0.5, 0.3], 100), ([0.9, 1.2, 0.3], 400), ([3, 2, 1], None)]
)
def test_guarantee_begins_where_it_lasts(medians, size):
    assert guaranteed_from(np.repeat(np.array(medians, float)[:, None], 3, axis=1), SIZES) == size
