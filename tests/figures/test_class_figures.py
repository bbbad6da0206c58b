"""Figures of classes: every number where it belongs, names as text, numbers that can be read on their cells."""

import json

import numpy as np
import pytest
from reference.colour import contrast

from ddcore.figures.classes import Counted, class_accuracies, confusion_map

NAMES = ["coat", "<b>shirt</b>", "a bag with a name that has no end"]
ONE = Counted("step 3", np.array([8, 1, 5]), np.array([10, 10, 10]))
TWO = Counted("step 9", np.array([9, 2, 0]), np.array([10, 10, 0]))


def named(figure):
    return {trace.name: trace for trace in figure.data if trace.name}


def test_each_class_has_its_accuracy_in_the_order_asked_for():
    figure = class_accuracies([ONE], NAMES, [1, 2, 0], dark=False)
    dots = named(figure)["step 3"]
    assert list(dots.x) == [10, 50, 80] and list(dots.y) == [0, 1, 2]
    assert [tuple(row[1:]) for row in dots.customdata] == [(1, 10), (5, 10), (8, 10)]
    assert figure.layout.yaxis.ticktext[0] == "&lt;b&gt;shirt&lt;/b&gt;"
    assert len(figure.layout.yaxis.ticktext[1]) == 22 and figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    (rule,) = figure.layout.shapes
    assert rule.x0 == rule.x1 == pytest.approx(100 * 14 / 30)


def test_a_class_without_test_images_has_no_point():
    dots = named(class_accuracies([TWO], NAMES, [0, 1, 2], dark=True))["step 9"]
    assert list(dots.x[:2]) == [90, 20] and np.isnan(dots.x[2])


@pytest.mark.parametrize("dark", [False, True])
def test_sets_steps_and_baselines_are_told_apart(dark):
    random, full = ONE._replace(name="random"), ONE._replace(name="full")
    for shown, later in (([ONE], TWO), ([ONE, TWO], None)):
        figure = class_accuracies(shown, NAMES, [0, 1, 2], dark=dark, later=later, random=[random], full=[full])
        marks = {name: (trace.marker.symbol, trace.marker.color) for name, trace in named(figure).items()}
        assert len(set(marks.values())) == len(marks) == 4
        assert len({symbol for symbol, _ in marks.values()}) == 4, "colour alone tells nothing"
        assert tuple(figure.layout.xaxis.range) == (-2, 102)
        assert figure.data[-1].name == shown[0].name, "the first lies on top, and heads the legend"


def test_two_baselines_have_the_colours_of_their_sets():
    pair = [ONE._replace(name="A"), TWO._replace(name="B")]
    random = [one._replace(name=f"random {one.name}") for one in pair]
    marks = {
        name: trace.marker.color
        for name, trace in named(class_accuracies(pair, NAMES, [0], dark=True, random=random)).items()
    }
    assert marks["A"] == marks["random A"] != marks["B"] == marks["random B"]


def test_pictures_stand_in_the_rows_of_their_classes():
    figure = class_accuracies([ONE], NAMES, [2, 0], dark=False, pictures=["data:a", "data:b"], images=2)
    assert [(image.source, image.y) for image in figure.layout.images] == [("data:a", 0), ("data:b", 1)]
    assert all(image.sizex < figure.layout.xaxis.domain[0] for image in figure.layout.images)


COUNTS = np.array([[6, 3, 1], [0, 20, 0], [5, 5, 0]])


def test_the_map_has_a_row_for_each_class_in_percent():
    figure = confusion_map(COUNTS, ["a", "b", "a"], dark=False)
    heat, numbers = figure.data
    assert list(heat.y) == ["a", "b", "a (2)"], "equal names are two rows"
    np.testing.assert_allclose(np.asarray(heat.z) ** 2, [[60, 30, 10], [0, 100, 0], [50, 50, 0]])
    np.testing.assert_allclose(heat.customdata[0], [[6, 10, 60], [3, 10, 30], [1, 10, 10]])
    assert list(numbers.text) == ["60", "30", "10", "", "100", "", "50", "50", ""]
    assert (heat.zmin, heat.zmax) == (0, 10) and figure.layout.yaxis.autorange == "reversed"


@pytest.mark.parametrize("dark", [False, True])
def test_numbers_can_be_read_on_every_cell(dark):
    counts = np.stack([np.array([k, 100 - k]) for k in range(0, 100, 10)])[:, :, None] * np.ones((10, 2, 5), int)
    counts = counts.reshape(10, 10)
    figure = confusion_map(counts, [str(k) for k in range(10)], dark=dark)
    heat, numbers = figure.data
    stops = [(place, [int(colour[i : i + 2], 16) for i in (1, 3, 5)]) for place, colour in heat.colorscale]
    for z, ink in zip(np.ravel(heat.z), numbers.textfont.color, strict=True):
        cell = [np.interp(z / 10, [place for place, _ in stops], [rgb[i] for _, rgb in stops]) for i in range(3)]
        assert contrast(f"#{bytes(np.rint(cell).astype(np.uint8)).hex()}", ink) >= 4.5


def test_many_classes_have_a_bar_of_colours_and_few_names():
    figure = confusion_map(np.eye(200, dtype=int), [f"class {k}" for k in range(200)], dark=True)
    assert len(figure.data) == 1 and figure.data[0].showscale is not False
    assert len(figure.layout.xaxis.tickvals) <= 30
    assert len(json.dumps(json.loads(figure.to_json()))) < 2_000_000
    assert figure.layout.height <= 520
