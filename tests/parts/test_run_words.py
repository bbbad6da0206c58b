"""Runs in words."""

import pytest
from scipy import stats

from ddcore.runs.states import ENDED, LIVE
from pages.parts.run_controls import possible
from pages.parts.run_history import Measured
from pages.parts.run_words import STATES, comparable, differences, interval, number_word, verdict


def test_every_state_has_a_mark_and_a_word():
    assert set(STATES) == {*LIVE, *ENDED}
    assert all(mark and word for mark, word, _ in STATES.values())


def test_interval_is_welchs():
    a, b = Measured(0.5, 0.03, 4), Measured(0.6, 0.01, 7)
    difference = stats.ttest_ind_from_stats(*a, *b, equal_var=False)
    # The interval just reaches 0 when the p-value is 5 %: shift b until it does.
    assert difference.pvalue < 0.05
    edge = Measured(a.mean + interval(a, b), b.std, b.repeats)
    assert stats.ttest_ind_from_stats(*a, *edge, equal_var=False).pvalue == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [
        ((0.90, 0.005, 5), (0.95, 0.005, 5), "**B is above A by 5.0 points**"),
        ((0.95, 0.005, 5), (0.90, 0.005, 5), "**A is above B by 5.0 points**"),
        ((0.90, 0.050, 3), (0.93, 0.050, 3), "**Not distinguishable**"),
        ((0.90, 0.000, 1), (0.99, 0.010, 3), "no telling"),
        ((0.90, 0.000, 3), (0.90, 0.000, 3), "**Not distinguishable**"),
    ],
)
def test_verdict(a, b, told):
    assert told in verdict(Measured(*a), Measured(*b))


def test_differences_name_what_was_set_differently():
    a = {"settings": {"dataset": "digits", "seed": 0, "repeats": 3, "lr_images": 1.0}, "dataset": {"hash": "x"}}
    b = {"settings": {"dataset": "digits", "seed": 1, "repeats": 5}, "dataset": {"hash": "x"}}
    assert differences(a, b) == [("seed", 0, 1), ("lr_images", 1.0, None)]
    b = {"settings": a["settings"], "dataset": {"hash": "y"}}
    assert differences(a, b) == [("images of the dataset", "x", "y")]


def test_what_must_not_be_compared():
    a = {"dataset": {"hash": "x"}, "protocol": {"text": "quick"}, "network": {"width": 32}}
    assert comparable(a, a) == ""
    assert "protocols" in comparable(a, a | {"protocol": {"text": "published"}})
    assert "networks" in comparable(a, a | {"network": {"width": 128}})
    assert "data" in comparable(a, a | {"dataset": None})


def test_a_pause_not_yet_taken_can_be_taken_back():
    assert possible("running", None) == ("pause", "stop")
    assert possible("running", "pause") == ("resume", "stop")
    assert possible("finished", None) == ()


def test_small_numbers_are_words():
    assert (number_word(10), number_word(60000)) == ("ten", "60,000")
