"""What a set gains: the interval behind it, and the words."""

import pytest
from scipy import stats

from ddcore.runs.gains import Gain, Measured, against_random, against_start, interval, of_predictor


def test_interval_is_welchs():
    a, b = Measured(0.5, 0.03, 4), Measured(0.6, 0.01, 7)
    difference = stats.ttest_ind_from_stats(*a, *b, equal_var=False)
    # The interval just reaches 0 when the p-value is 5 %: shift b until it does.
    assert difference.pvalue < 0.05
    edge = Measured(a.mean + interval(a, b), b.std, b.repeats)
    assert stats.ttest_ind_from_stats(*a, *edge, equal_var=False).pvalue == pytest.approx(0.05)


def test_a_gain_that_may_be_chance_is_none():
    random = Measured(0.50, 0.05, 3)
    assert "not distinguishable from as many random ones: +1.0 points" in against_random(
        Measured(0.51, 0.05, 3), random, None
    )
    assert "**20.0 points worse**" in against_random(Measured(0.30, 0.01, 3), random, None)
    assert "**" not in against_random(Measured(0.90, 0.0, 1), random, None)


def test_a_large_gain_that_cannot_be_told_says_why():
    told = against_random(Measured(0.45, 0.01, 3), Measured(0.28, 0.087, 3), None)
    assert "not distinguishable" in told and "+17.0 points (95 % interval: ± 21.2)" in told
    assert told.endswith("since three random sets of this size vary by ± 8.7 points, and three are few.")
    selected = against_random(Measured(0.51, 0.09, 5), Measured(0.50, 0.02, 3), Measured(0.9, 0.0, 1), "selected")
    assert "since five students of the selected images vary by ± 9.0 points, and five are" in selected
    assert selected.endswith("; all the data give 90.0 %.")
    assert "are few" not in against_random(Measured(0.51, 0.09, 20), Measured(0.50, 0.02, 20), None)
    assert "vary" not in against_random(Measured(0.5, 0.0, 3), Measured(0.5, 0.0, 3), None)
    assert "vary" not in against_random(Measured(0.9, 0.01, 3), Measured(0.5, 0.01, 3), None)


def test_full_data_that_falls_behind_says_how_it_was_trained():
    distilled, random = Measured(0.90, 0.01, 3), Measured(0.50, 0.05, 3)
    assert "all the data give 81.0 % (short training)" in against_random(distilled, random, Measured(0.81, 0.0, 1))
    assert "short training" not in against_random(distilled, random, Measured(0.95, 0.0, 1))


def test_distilled_images_against_those_they_were_made_of():
    start, random = Measured(0.80, 0.01, 3), Measured(0.79, 0.03, 3)
    told = against_start(Measured(0.70, 0.01, 3), start, by_itself=True)
    assert "−10.0 points" in told and "need not suit a network" in told
    assert "network" not in against_start(Measured(0.70, 0.01, 3), start, by_itself=False)
    assert "network" not in against_start(Measured(0.90, 0.01, 3), start, by_itself=True)
    assert "Not distinguishable" in against_start(random, start, by_itself=True)
    assert "no interval" in against_start(Measured(0.9, 0.0, 1), start, by_itself=True)


def test_a_gain_of_one_predictor_has_the_chance_of_random_images_only():
    exact, random = Measured(0.60, 0.0, 1), Measured(0.50, 0.05, 4)
    half = stats.t.interval(0.95, 3, 0.5, 0.05 / 2)[1] - 0.5
    assert interval(exact, random) == pytest.approx(half)
    told = f"are **10.0 points better** than as many random ones (95 % interval: ± {100 * half:.1f}, "
    assert told in of_predictor(exact, random, exact=True)
    assert "points worse** than" in of_predictor(Measured(0.2, 0.0, 1), random, exact=True)
    assert "not distinguishable" in of_predictor(Measured(0.51, 0.0, 1), random, exact=True)
    assert "too few repeats" in of_predictor(exact, random, exact=False)
    assert "too few repeats" in of_predictor(exact, Measured(0.5, 0.0, 1), exact=True)


@pytest.mark.parametrize(
    ("one", "other", "exact", "word"),
    [
        ((0.90, 0.01, 3), (0.50, 0.05, 3), False, "better"),
        ((0.30, 0.01, 3), (0.50, 0.05, 3), False, "worse"),
        ((0.51, 0.05, 3), (0.50, 0.05, 3), False, "not distinguishable"),
        ((0.86, 0.00, 3), (0.86, 0.00, 3), False, "not distinguishable"),
        ((0.90, 0.00, 1), (0.50, 0.05, 3), False, "unknown"),
        ((0.90, 0.00, 1), (0.50, 0.05, 3), True, "better"),
        ((0.90, 0.00, 1), (0.50, 0.00, 1), True, "unknown"),
    ],
)
def test_the_word_of_a_gain_follows_its_interval(one, other, exact, word):
    one, other = Measured(*one), Measured(*other)
    gain = Gain.of(one, other, exact)
    assert gain.word == word and (gain.margin is None) == (word == "unknown")
    assert gain.to_json() == {"difference": one.mean - other.mean, "interval": gain.margin, "verdict": word}


def test_a_gain_over_sets_speaks_of_sets():
    told = against_random(Measured(0.52, 0.09, 3), Measured(0.50, 0.02, 6), None, sets=True)
    assert "over sets" in told and "since three sets of distilled images vary by ± 9.0" in told
    assert "one set, so no interval" in against_random(Measured(0.5, 0.0, 1), Measured(0.5, 0.1, 3), None, sets=True)
