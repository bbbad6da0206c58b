"""The figure of arms paired by seed."""

import numpy as np
import pytest

from ddcore.figures.leaving_out import class_changes, seed_slopes

ARMS = [("all", {0: 0.5, 1: 0.6}), ("random", {0: 0.4, 1: 0.5, 2: 0.3}), ("these", {0: 0.7})]


@pytest.mark.parametrize("dark", [False, True])
def test_a_line_joins_the_points_of_a_seed_and_a_bar_is_the_mean(dark):
    figure = seed_slopes(ARMS, dark=dark)
    lines = [trace for trace in figure.data if trace.mode == "lines+markers"]
    assert [(list(line.x), list(line.y)) for line in lines] == [
        ([0, 1, 2], [50, 40, 70]), ([0, 1], [60, 50]), ([1], [30])
    ]  # fmt: skip
    bars = [trace for trace in figure.data if trace.mode == "lines"]
    assert [bar.y[0] for bar in bars] == pytest.approx([55, 40, 70])
    accented, others = lines[0].marker.color[-1], {*lines[0].marker.color[:-1], *lines[1].marker.color}
    assert accented not in others
    low, high = figure.layout.yaxis.range
    assert low < 30 and high > 70


def test_equal_accuracies_do_not_fill_the_axis_with_chance():
    low, high = seed_slopes([("one", {0: 0.5, 1: 0.5001})], dark=False).layout.yaxis.range
    assert high - low >= 1.0


@pytest.mark.parametrize("dark", [False, True])
def test_each_class_has_a_dot_a_seed_and_its_mean(dark):
    changes = {0: np.array([1.0, -2.0, np.nan]), 3: np.array([3.0, 0.0, np.nan])}
    *dots, means = class_changes(changes, ["<b>a</b>", "b", "b"], dark=dark).data
    assert [list(one.x[:2]) for one in dots] == [[1, -2], [3, 0]] and list(means.x[:2]) == [2, -1]
    assert np.isnan(means.x[2])
    assert list(means.y) == ["&lt;b&gt;a&lt;/b&gt;", "b", "b (2)"], "names from elsewhere are no markup"
