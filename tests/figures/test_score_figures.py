"""Figures of importance scores."""

import numpy as np
import pytest

from ddcore.figures.scores import agreement_matrix, finding_curves, rank_dots, score_histogram
from ddcore.importance.agreement import average_precision, precision_recall


def test_a_histogram_counts_every_score_and_those_in_range():
    figure = score_histogram(np.array([0.0, 1, 1, 2, 3, np.nan]), (1, 2), "loss", dark=True)
    everyone, inside = (np.nansum(np.array(trace.y, float)) for trace in figure.data)
    assert (everyone, inside) == (5, 3)
    assert figure.layout.yaxis.type == "linear"


def test_a_heavy_tail_gets_a_logarithmic_axis_unless_told_otherwise():
    scores = np.random.default_rng(0).lognormal(0, 2, 20000)
    assert score_histogram(scores, None, "s", dark=True).layout.yaxis.type == "log"
    assert score_histogram(scores, None, "s", dark=True, log_counts=False).layout.yaxis.type == "linear"


@pytest.mark.parametrize("scores", [np.full(60, 1 / 60000), np.zeros(5), np.array([]), np.array([-2.0])])
def test_histograms_of_equal_scores_or_none(scores):
    figure = score_histogram(scores, None, "uniform", dark=False)
    assert np.nansum(np.array(figure.data[1].y, float)) == len(scores)
    assert figure.layout.xaxis.range[0] < figure.layout.xaxis.range[1]


def test_standing_under_scores_is_in_percent_with_the_one_at_hand_in_its_own_colour():
    dots = rank_dots(("loss", "margin", "grand"), np.array([99.0, 12.0, 0.0]), dark=True).data[-1]
    assert list(dots.x) == [99, 12, 0] and list(dots.y) == ["loss", "margin", "grand"]
    assert dots.marker.color[0] != dots.marker.color[1] == dots.marker.color[2]


def test_a_chart_of_few_scores_leaves_room_for_its_axis():
    """Plotly takes no more than half of a figure for what stands under an axis: numbers and title need 65 pixels."""
    for count in (1, 2, 9):
        names = tuple(f"score {i}" for i in range(count))
        assert rank_dots(names, np.ones(count), dark=True).layout.height / 2 > 65


def test_finding_curves_are_thinned_but_keep_their_ends_and_chance():
    recall = np.arange(1, 60_001) / 60_000
    curves = {f"score {i}": (recall, 1 - recall / 2) for i in range(5)}
    figure = finding_curves(curves, 0.1, "copies", dark=False)
    by_name = {trace.name: trace for trace in figure.data}
    assert set(by_name) == {*curves, "chance"} and list(by_name["chance"].y) == [10, 10]
    (words,) = figure.layout.annotations
    assert (words.text, words.y, words.x, words.xanchor) == ("chance<br>10 %", 10, 1, "left")  # beside the curves
    assert figure.layout.yaxis.title.text == "precision: share that are copies"
    for name in curves:
        assert len(by_name[name].x) <= 302 and by_name[name].line.shape == "vh"
        assert tuple(by_name[name].x[[0, -1]]) == (0, 100) and by_name[name].y[0] == by_name[name].y[1]
    assert [by_name[name].showlegend for name in curves] == [True] * 3 + [False] * 2
    assert len({(by_name[name].line.color, by_name[name].line.dash) for name in list(curves)[:3]}) == 3


def test_area_below_a_finding_curve_is_the_average_precision():
    rng = np.random.default_rng(0)
    planted, scores = np.arange(200) < 40, rng.integers(0, 4, 200)  # many images share a score
    curve = finding_curves({"score": precision_recall(scores, planted)}, 0.2, "copies", dark=False).data[0]
    assert np.diff(curve.x) @ curve.y[1:] == pytest.approx(1e4 * average_precision(scores, planted))


@pytest.mark.parametrize("dark", [True, False])
def test_agreements_are_read_from_the_top_with_their_numbers(dark):
    figure = agreement_matrix(("loss", "margin"), np.array([[1.0, -0.254], [-0.254, 1.0]]), dark=dark)
    (heat,) = figure.data
    assert (heat.zmin, heat.zmax) == (-1, 1) and heat.text[0][1] == "−0.25"
    assert figure.layout.yaxis.autorange == "reversed", "the first score is the first row"
