"""The rule that says better, worse or not distinguishable, on made-up errors."""

import numpy as np
import pytest
from scipy import stats

from ddcore.bench.verdict import by_size, compare, guaranteed_from, sentence

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


def test_error_zero_has_a_finite_ratio():
    found = compare(np.zeros((1, 5)), made(1.0, 1)[:1, :5])
    assert found.word == "better" and found.ratio > 0


def test_sentence_says_it_plainly_and_names_the_sizes_that_differ():
    clear = sentence("sensitivity", made(0.7, 0, spread=0.02), made(1.0, 1, spread=0.02), SIZES)
    assert "sensitivity **beats** uniform" in clear and "2.0 times as many images" in clear and "Size by" not in clear
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
