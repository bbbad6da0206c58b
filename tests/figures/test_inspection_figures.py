"""Figures of what images are made of: the numbers drawn are the numbers given, in both themes."""

import numpy as np

from ddcore.figures.inspection import (
    MOST_CLASSES,
    MOST_PROBABLE,
    class_dots,
    class_probabilities,
    spectrum,
)


def test_a_spectrum_leaves_out_the_mean_colour_and_gaps_where_there_is_no_power():
    own, usual = np.array([9.0, 4.0, 0.0, 1.0]), np.array([9.0, 3.0, 2.0, 1.0])
    figure = spectrum(own, usual, "real, 7", dark=True)
    real, image = figure.data
    assert list(image.x) == [1, 2, 3] and list(image.y) == [4, None, 1] and list(real.y) == [3, 2, 1]
    assert [trace.name for trace in figure.data] == ["real, 7", "this image"]
    assert figure.layout.xaxis.title.text and figure.layout.yaxis.title.text
    assert image.line.color != real.line.color and image.line.dash != real.line.dash


def test_classes_of_two_runs_share_an_axis():
    one, two = np.array([1.0, np.nan, 3.0]), np.array([2.0, 5.0, 1.0])
    figure = class_dots([one, two], ["a", "b", "c"], "mean distance", dark=False)
    assert [trace.name for trace in figure.data] == ["A", "B"]
    np.testing.assert_array_equal(figure.data[0].x, one)
    np.testing.assert_array_equal(figure.data[1].x, two)
    assert figure.data[0].marker.symbol != figure.data[1].marker.symbol


def test_names_are_text_and_no_markup():
    assert spectrum(np.ones(3), np.ones(3), "<b>real</b>", dark=True).data[0].name == "&lt;b&gt;real&lt;/b&gt;"
    assert list(class_dots([np.ones(1)], ["<i>a"], "x", dark=True).data[0].y) == ["&lt;i&gt;a"]


def test_classes_of_one_name_have_a_row_each():
    names, values = ["cat", "dog", "cat"], np.array([0.5, 0.2, 0.3])
    for rows in (
        class_dots([values], names, "x", dark=True).data[0].y,
        class_probabilities(values, names, 0, dark=True).data[0].y,
    ):
        assert len(set(rows)) == 3 and rows[0] == "cat"


def test_of_many_classes_the_largest_are_shown_and_the_axis_says_so():
    values = np.arange(30.0) % 17
    figure = class_dots([values], [f"class {k}" for k in range(30)], "mean distance", dark=False)
    assert len(figure.data[0].x) == MOST_CLASSES and min(figure.data[0].x) >= np.sort(values)[-MOST_CLASSES]
    assert "of 30 classes" in figure.layout.xaxis.title.text


def test_shares_are_drawn_in_percent():
    figure = class_dots([np.array([0.25])], ["a"], "share", dark=True, percent=True)
    assert list(figure.data[0].x) == [25] and figure.layout.xaxis.ticksuffix == " %"


def test_probabilities_mark_the_own_class_and_show_the_largest():
    values = np.arange(30.0) / 435
    figure = class_probabilities(values, [f"class {k}" for k in range(30)], 25, dark=True)
    (bars,) = figure.data
    np.testing.assert_allclose(bars.x, 100 * values[-MOST_PROBABLE:])
    others = set(bars.marker.color[:5] + bars.marker.color[6:])
    assert bars.marker.color[5] not in others and "of 30 classes" in figure.layout.xaxis.title.text
