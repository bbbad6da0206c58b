import itertools

import numpy as np
import plotly.graph_objects as go
import pytest
from reference.colour import BACKGROUND, DEFICIENCIES, ciede2000, contrast, lab, linear

from ddcore.errors import BadInput
from ddcore.figures.colours import PALETTE, REST, class_colours, ramp, shade_by_class, shade_by_rank
from ddcore.figures.kernel import label_map, label_weights
from ddcore.figures.lines import MOST_LINES, Line, over_steps, profile
from ddcore.figures.scores import finding_curves, rank_dots, score_histogram, score_terms
from ddcore.figures.shares import accuracy_bars, class_mix


def test_ciede2000_agrees_with_published_pairs():
    assert ciede2000((50, 2.6772, -79.7751), (50, 0, -82.7485)) == pytest.approx(2.0425, abs=1e-4)
    assert ciede2000((50, 2.5, 0), (73, 25, -18)) == pytest.approx(27.1492, abs=1e-4)
    assert ciede2000((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387)) == pytest.approx(1.2644, abs=1e-4)


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_classes_can_be_told_apart(deficiency):
    seen = [lab(np.array(DEFICIENCIES[deficiency]) @ linear(colour)) for colour in PALETTE]
    assert min(ciede2000(a, b) for a, b in itertools.combinations(seen, 2)) >= 11


@pytest.mark.parametrize("dark", [True, False])
def test_the_important_end_stands_out_and_no_end_vanishes(dark):
    contrasts = [contrast(colour, BACKGROUND[dark]) for colour in ramp(dark=dark)]
    assert len(contrasts) == 256 and contrasts[-1] > 10 and min(contrasts) >= 1.5
    assert (np.diff(contrasts) > -0.1).all()
    assert min(contrasts[128:]) >= 3


@pytest.mark.parametrize("dark", [True, False])
def test_classes_out_of_focus_recede(dark):
    colours = class_colours(dark=dark)
    assert len(colours) == REST + 1
    assert contrast(colours[REST], BACKGROUND[dark]) < 2


def test_shades_follow_ranks_however_skewed():
    values = np.random.default_rng(0).lognormal(0, 4, 2560)
    shades = shade_by_rank(values)
    assert shades.dtype == np.uint8 and (np.bincount(shades) == 10).all()
    assert (np.diff(shades[np.argsort(values)].astype(int)) >= 0).all()


def test_equal_values_share_a_shade_and_unknown_ones_are_faint():
    assert shade_by_rank(np.ones(5)).tolist() == [128] * 5
    assert shade_by_rank(np.array([np.nan, 1, 2])).tolist() == [0, 64, 192]
    assert shade_by_rank(np.array([])).shape == (0,)


def test_classes_in_focus_are_coloured_and_the_rest_is_grey():
    labels = np.array([0, 9, 10, 42])
    assert shade_by_class(labels).tolist() == [0, 9, REST, REST]
    assert shade_by_class(labels, (42, 0)).tolist() == [1, REST, REST, 0]
    assert shade_by_class(labels, ()).tolist() == [REST] * 4
    with pytest.raises(BadInput, match="11"):
        shade_by_class(labels, tuple(range(11)))


def all_figures(dark):
    accuracy = {"mean": 0.7, "std": 0.01, "repeats": 3}
    once = {"mean": 0.9, "std": 0.0, "repeats": 1}
    return [
        score_histogram(np.arange(100.0), (20, 30), "loss", dark=dark),
        class_mix(np.array([3, 1]), np.array([50, 50]), ("cat", "dog"), dark=dark),
        score_terms(("distance", "size"), np.array([1.0, 2.0]), np.array([0.5, 0.5]), dark=dark),
        accuracy_bars(accuracy, accuracy, accuracy, once, dark=dark),
        rank_dots(("loss", "margin"), np.array([99.0, 12.0]), dark=dark),
        finding_curves({"loss": (np.array([0.5, 1]), np.array([1, 0.5]))}, 0.1, "copies", dark=dark),
        label_map(np.eye(2), np.arange(2), ("cat", "dog"), 1.0, dark=dark),
        label_weights(Line("own", [0, 9], [1, 2]), Line("other", [0, 9], [0, 0.1]), 9, dark=dark),
        over_steps([Line("", [0, 9], [26.0, 40.0])], "condition number", 9, dark=dark),
        over_steps([Line("a", [0, 9], [1, 2]), Line("b", [0, 9], [2, 3])], "distance", 9, dark=dark, log=False),
        profile([Line("A", [0, 5], [1.0, 0.5])], "student step", "distance", dark=dark),
    ]


@pytest.mark.parametrize("dark", [True, False])
def test_figures_are_transparent_readable_and_label_their_axis(dark):
    for figure in all_figures(dark):
        assert isinstance(figure, go.Figure)
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
        assert contrast(figure.layout.font.color, BACKGROUND[dark]) > 7
        assert contrast(figure.layout.xaxis.color, BACKGROUND[dark]) > 4.5
        assert figure.layout.xaxis.title.text
        assert all(trace.hovertemplate for trace in figure.data)


def test_words_at_an_axis_do_not_undo_their_size_and_distance():
    for figure in all_figures(dark=False):
        for axis in ("xaxis", "yaxis"):
            own, ours = (layout[axis].title for layout in (figure.layout, figure.layout.template.layout))
            assert (own.font.size or ours.font.size) == 14 and (own.standoff or ours.standoff) >= 10


def test_class_shares_are_of_each_own_total_and_survive_an_empty_selection():
    bars, lines = class_mix(np.array([3, 1]), np.array([10, 30]), ("cat", "dog"), dark=True).data
    assert list(bars.x) == [75, 25] and list(lines.x) == [25, 75]
    assert list(class_mix(np.zeros(2), np.array([1, 1]), ("cat", "dog"), dark=True).data[0].x) == [0, 0]


def test_of_many_classes_the_most_different_are_shown():
    counts = np.ones(100, int)
    counts[42] = 50
    figure = class_mix(counts, np.ones(100, int), tuple(f"class {i}" for i in range(100)), dark=True)
    assert "class 42" in figure.data[0].y and len(figure.data[0].y) == 20
    assert "20 of 100" in figure.layout.xaxis.title.text


def test_an_axis_of_accuracies_spans_ten_points_and_is_shared():
    low, high = ({"mean": mean, "std": 0.001, "repeats": 3} for mean in (0.981, 0.984))
    first, last = accuracy_bars(low, None, high, None, dark=True).layout.xaxis.range
    assert last - first >= 10
    other = {"mean": 0.6, "std": 0.02, "repeats": 3}
    one = accuracy_bars(low, None, high, None, dark=True, beside=[other, None]).layout.xaxis.range
    two = accuracy_bars(None, None, other, None, dark=True, beside=[low, high]).layout.xaxis.range
    assert one == two and one[0] < 58 and one[1] > 98.5


def test_accuracies_not_measured_are_left_out_and_repeats_are_told():
    figure = accuracy_bars(None, {"mean": 0.5, "std": 0.02, "repeats": 3}, None, None, dark=True)
    assert [trace.y[0] for trace in figure.data] == ["random images (n = 3)"]
    assert figure.data[0].text[0] == "50.0 % ± 2.0" and figure.data[0].error_x.array[0] == 2
    assert len(accuracy_bars(None, None, None, None, dark=True).data) == 0


@pytest.mark.parametrize(("means", "ticks"), [((1.0, 1.0), 1), ((0.6, 1.0), 4), ((0.0, 0.02), 2), ((0.801, 0.803), 2)])
def test_no_accuracy_is_told_beyond_what_there_can_be(means, ticks):
    low, high = ({"mean": mean, "std": 0.01, "repeats": 3} for mean in means)
    axis = accuracy_bars(low, None, high, None, dark=True).layout.xaxis
    assert min(axis.tickvals) >= 0 and max(axis.tickvals) <= 100 and ticks <= len(axis.tickvals) <= 8
    assert [float(text.removesuffix(" %")) for text in axis.ticktext] == pytest.approx(list(axis.tickvals))
    assert all(text.endswith(" %") for text in axis.ticktext)
    assert axis.range[0] <= min(axis.tickvals) and max(axis.tickvals) <= axis.range[1]


def test_names_keep_clear_of_curves_that_fall_to_their_ends():
    """With two classes a label's weight on the other one falls as that on its own rises."""
    steps = [0, 1, 2, 3]
    own, other = Line("own", steps, [1, 1.3, 1.6, 2]), Line("other", steps, [0, -0.3, -0.6, -1])
    places = [trace.textposition for trace in label_weights(own, other, 3, dark=True).data]
    assert places == ["top left", "bottom left"]


@pytest.mark.parametrize("dark", [True, False])
def test_labels_for_and_against_a_class_have_colours_that_stay_apart(dark):
    heat = label_map(np.eye(3), np.arange(3), ("a", "b", "c"), 1.0, dark=dark).data[0]
    places, colours = zip(*heat.colorscale, strict=True)
    assert places == (0, 0.25, 0.5, 0.75, 1) and heat.zmin == -heat.zmax
    against, weakly_against, nothing, weakly_for, in_favour = (linear(colour) for colour in colours)
    for matrix in map(np.array, DEFICIENCIES.values()):
        assert ciede2000(lab(matrix @ against), lab(matrix @ in_favour)) > 25
        assert ciede2000(lab(matrix @ weakly_against), lab(matrix @ weakly_for)) > 18
    assert contrast(colours[2], BACKGROUND[dark]) < 1.3 < 5 < contrast(colours[4], BACKGROUND[dark])


def test_labels_are_coloured_by_their_root_and_told_as_they_are():
    figure = label_map(np.array([[1.0, -0.25], [0.04, 0.96]]), np.array([0, 1]), ("cat", "dog"), 4.0, dark=True)
    heat = figure.data[0]
    np.testing.assert_allclose(np.array(heat.z, float), [[1, -0.5], [0.2, 0.96**0.5]])
    assert (heat.zmin, heat.zmax) == (-2, 2)
    assert np.array(heat.text).tolist() == [["1.00", "−0.25"], ["0.04", "0.96"]]
    assert heat.texttemplate and np.array(heat.customdata).tolist() == [["cat"] * 2, ["dog"] * 2]
    bar = heat.colorbar
    np.testing.assert_allclose(np.sign(bar.tickvals) * np.square(bar.tickvals), [-3, -1, -0.3, -0.1, 0, 0.1, 0.3, 1, 3])
    assert bar.ticktext[:2] == ("−3", "−1")


def test_rows_of_a_class_are_named_once_and_parted_from_the_next():
    classes = np.repeat([0, 2], [3, 2])
    figure = label_map(np.zeros((5, 40)), classes, [f"class {k}" for k in range(40)], 1.0, dark=False)
    assert list(figure.layout.yaxis.tickvals) == [1, 3.5] and figure.layout.yaxis.ticktext == ("class 0", "class 2")
    assert [line.y0 for line in figure.layout.shapes] == [2.5]
    assert len(figure.layout.xaxis.tickvals) == 20 and len(set(figure.data[0].x)) == 40
    assert not figure.data[0].texttemplate, "too many cells for numbers"


def test_classes_of_one_name_keep_their_columns():
    assert label_map(np.eye(2), np.arange(2), ("cat", "cat"), 1.0, dark=True).data[0].x == ("cat", "cat (1)")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([26.0, 40.0], ["20", "30", "50"]),
        ([2e3, 2e4], ["2,000", "5,000", "10,000", "20,000"]),
        ([1e3, 2e6], [f"10<sup>{power}</sup>" for power in (3, 4, 5, 6)]),
        (
            [1e-5, 0.5],
            ["10<sup>−5</sup>", "10<sup>−4</sup>", "10<sup>−3</sup>", "10<sup>−2</sup>", "10<sup>−1</sup>", "1"],
        ),
        ([2e-4, 4e-4], [f"{factor}10<sup>−4</sup>" for factor in ("1.5×", "2×", "3×", "5×")]),
    ],
)
def test_an_axis_over_steps_has_round_numbers(values, told):
    axis = over_steps([Line("", [0, 9], values)], "condition number", 9, dark=True).layout.yaxis
    assert axis.type == "log" and list(axis.ticktext) == told
    assert all(axis.range[0] <= np.log10(tick) <= axis.range[1] for tick in axis.tickvals)
    assert 10 ** axis.range[0] < min(values) < max(values) < 10 ** axis.range[1]


def said(text):
    """The number that a tick's label names."""
    if "<sup>" not in text:
        return float(text.replace(",", ""))
    factor, power = text.removesuffix("</sup>").split("10<sup>")
    return float(factor.removesuffix("×") or 1) * 10.0 ** int(power.replace("−", "-"))


@pytest.mark.parametrize("values", [[2e-4, 4e-4], [3e-6, 2e-5], [1e-9, 1e3], [1e4, 6e5], [0.02, 3.0]], ids=str)
def test_ticks_of_a_log_axis_are_what_they_say(values):
    axis = over_steps([Line("", [0, 9], values)], "error", 9, dark=True).layout.yaxis
    assert list(map(said, axis.ticktext)) == pytest.approx(list(axis.tickvals))


@pytest.mark.parametrize("steps", [1, 2, 9])
def test_steps_and_counts_are_whole(steps):
    counts = [float(step % 3) for step in range(steps + 1)]
    line = [Line("", range(steps + 1), counts)]
    for figure in (over_steps(line, "steps", steps, dark=True, log=False), profile(line, "step", "steps", dark=True)):
        assert figure.layout.xaxis.dtick == figure.layout.yaxis.dtick == 1


def test_many_steps_and_numbers_that_are_no_counts_have_ticks_of_their_own():
    figure = over_steps([Line("", [0, 500], [0.5, 2.0])], "loss", 500, dark=True, log=False)
    assert figure.layout.xaxis.dtick is figure.layout.yaxis.dtick is None
    figure = over_steps([Line("", [0, 500], [0.0, 90.0])], "steps", 500, dark=True, log=False)
    assert figure.layout.yaxis.dtick is None


def test_what_no_label_could_show_is_no_change():
    low, high = over_steps([Line("", [0, 9], [0.3000001, 0.3])], "x", 9, dark=True, log=False).layout.yaxis.range
    assert high - low > 0.05
    low, high = over_steps([Line("", [0, 9], [0.301, 0.3])], "x", 9, dark=True, log=False).layout.yaxis.range
    assert high - low < 0.01


def test_a_limit_is_in_sight_with_its_words_at_its_height():
    figure = over_steps([Line("", [0, 9], [7.0, np.nan])], "eps", 9, dark=True, limit=(1.0, "eps = 1"))
    (note,) = figure.layout.annotations
    assert note.text == "eps = 1" and note.y == 0.0, "annotations on a log axis are placed by exponents"
    assert figure.layout.yaxis.range[0] < 0
    assert [(line.x0, line.y0) for line in figure.layout.shapes] == [(9, 0), (0, 1)]


def test_two_runs_over_steps_are_told_apart_without_colour_and_their_names_do_not_meet():
    curves = [Line("A", [0, 9], [7.0, 8.0], 0), Line("B", [0, 9], [6.0, 7.9], 1)]
    first, second = over_steps(curves, "eps", 9, dark=True).data
    assert first.line.dash != second.line.dash and first.marker.symbol != second.marker.symbol
    assert (first.textposition, second.textposition) == ("top left", "bottom left")
    assert list(first.text) == ["", "A"]


def test_names_of_runs_that_end_alike_do_not_meet():
    traces = over_steps(
        [Line("A", [0, 9], [0.0, 0.0], 0), Line("B", [0, 9], [0.0, 0.0], 1)], "steps", 9, dark=True
    ).data
    assert {trace.textposition for trace in traces} == {"top left", "bottom left"}


@pytest.mark.parametrize("value", [0.0, 5.0, -3.0])
def test_a_number_that_never_changes_lies_well_within_its_axis(value):
    low, high = over_steps([Line("", [0, 9], [value] * 2)], "steps", 9, dark=True, log=False).layout.yaxis.range
    assert low < value - 0.1 < value + 0.1 < high


def test_long_titles_are_folded():
    title = over_steps([Line("", [0], [1.0])], "one word " * 8, 0, dark=True).layout.yaxis.title.text
    assert max(map(len, title.split("<br>"))) < 40 and title.endswith("log axis")


@pytest.mark.parametrize("values", [[], [np.nan, np.nan]])
def test_nothing_to_draw_over_steps_is_an_empty_chart(values):
    figure = over_steps([Line("", range(len(values)), values)], "eps", 0, dark=True)
    assert figure.layout.yaxis.range[0] < figure.layout.yaxis.range[1]


def family(count, runs=(0,)):
    return [Line(f"layer {i}", [1, 2], [i + 1.0, i + 2.0], run) for run in runs for i in range(count)]


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("count", [2, 4, MOST_LINES])
def test_several_lines_of_a_run_stand_out_in_the_order_of_their_colours(dark, count):
    figure = over_steps(family(count), "distance", 2, dark=dark)
    contrasts = [contrast(trace.line.color, BACKGROUND[dark]) for trace in figure.data]
    assert min(contrasts) >= 3 and contrasts == sorted(contrasts) and figure.layout.showlegend
    assert len({trace.line.color for trace in figure.data}) == count
    for first, second in itertools.pairwise(figure.data):
        assert first.marker.symbol != second.marker.symbol


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_a_handful_of_lines_is_told_apart_by_every_eye(dark, deficiency):
    traces = over_steps(family(4), "distance", 2, dark=dark).data
    seen = [lab(np.array(DEFICIENCIES[deficiency]) @ linear(trace.line.color)) for trace in traces]
    assert min(ciede2000(*pair) for pair in itertools.combinations(seen, 2)) > 10


def test_charts_side_by_side_have_one_axis():
    small, large = family(2), [Line("layer 0", [1], [1000.0], 1), Line("layer 1", [1], [0.01], 1)]
    for log in (True, False):
        first, second = (
            over_steps(own, "distance", 2, dark=True, log=log, beside=other).layout
            for own, other in ((small, large), (large, small))
        )
        assert first.yaxis.range == second.yaxis.range
        assert first.xaxis.range == second.xaxis.range, "one of them has more steps"


def test_an_axis_of_numbers_that_are_not_all_above_zero_is_not_logarithmic():
    axis = over_steps([Line("", [0, 1, 2], [0.0, 1.0, 100.0])], "distance", 1, dark=True).layout.yaxis
    assert axis.type != "log" and axis.title.text == "distance" and axis.range[0] < 0 < 100 < axis.range[1]


@pytest.mark.parametrize("values", [[1e308, 1e-308], [1.7e308] * 2, [-1.7e308, 1.7e308], [5e-324, 1.0]])
@pytest.mark.parametrize("log", [True, False])
def test_numbers_at_the_ends_of_what_a_float_holds_are_drawn(values, log):
    assert len(over_steps([Line("", [0, 1], values)], "distance", 1, dark=True, log=log).data) == 1


def test_names_from_a_file_are_no_markup_and_of_bounded_length():
    (line, *_) = over_steps([Line("<a href='x'>y</a>%{x}" + "z" * 99, [0], [1.0])], "d", 0, dark=True).data
    assert "<" not in line.name and "<" not in line.text[0] and len(line.name) < 60
    assert line.hovertemplate.startswith("%{fullData.name}")


def test_long_lines_have_no_mark_at_every_point():
    few, many = (over_steps([Line("A", range(n), [1.0] * n)], "d", 0, dark=True).data[0] for n in (60, 61))
    assert "markers" in few.mode and "markers" not in many.mode and "text" in many.mode


def test_numbers_in_cells_need_room_beside_long_names():
    def numbers(names, wide):
        return bool(label_map(np.eye(2), np.arange(2), names, 1.0, dark=True, wide=wide).data[0].texttemplate)

    assert numbers(("cat", "dog"), False) and numbers(("Ankle boot", "Bag"), True)
    assert not numbers(("Ankle boot", "Bag"), False)
