"""Figures of studies: what they draw of whom, that no spread is made up, and that words and forms tell all apart."""

import html
import itertools

import numpy as np
import pytest
from reference.colour import BACKGROUND, DEFICIENCIES, ciede2000, contrast, lab, linear

from ddcore.figures.along import Gained, Mark, Path, against, seed_curves, worth
from ddcore.figures.canvas import inks_of
from ddcore.figures.pairs import LEGEND_ROW, Compared, differences, slopes

NAN, INF = float("nan"), float("inf")
BASE, VALUE = {0: 0.50, 1: 0.52, 2: 0.9, 3: 0.51}, {0: 0.53, 1: 0.51, 3: 0.55}
COMPARED = [
    Compared("a < b", 1.94, 0.4, 10, "better"),
    Compared("c", -0.9, 0.4, 5, "worse"),
    Compared("d", 0.3, 1.4, 5, "not distinguishable"),
    Compared("e", 1.3, INF, 1, "one pair"),
    Compared("f", 0.0, 0.0, 5, "equal"),
    Compared("g", 0.2, INF, 2, "no spread"),
]
LEVELS = [(1, 60.0, 2.0, 3, "seeds"), (10, 61.0, 1.0, 5, "seeds")]
PATHS = [
    Path("dm", "distilled", LEVELS),
    Path("select", "importance", [(1, 50.0, NAN, 1, "seeds"), (10, 60.5, NAN, 1, "seeds")]),
    Path("random images", "random", [(1, 40.0, 2.0, 3, "seeds")]),
    Path("all data", "full", [(1, 70.0, NAN, 1, "students"), (10, 70.0, NAN, 1, "students")]),
]
RAW = [("seed 0", [0, 10], [50.0, 60.0]), ("seed 1", [0, 10], [52.0, 64.0])]
CURVES = [Path("dm", "distilled", [(0, 51.0, 1.4, 2, "seeds"), (10, 62.0, 2.8, 2, "seeds")], RAW)]
GAINED = [Gained("dm", "distilled", 1, 5, 1.5, 0.2, 3), Gained("dm", "distilled", 5, 10, 0.5, INF, 1)]
MARKS = [Mark("DM", 10, 62.0, 0.6, "PAD")]


def all_figures(dark):
    return [
        slopes(BASE, VALUE, ("uniform", "loss"), dark=dark),
        differences(COMPARED, dark=dark),
        against(PATHS, "images per class", dark=dark, marks=MARKS),
        seed_curves(CURVES, "step", dark=dark),
        worth(GAINED, "images per class", dark=dark),
    ]


def lines_of(figure, name):
    return [trace for trace in figure.data if trace.name == name]


@pytest.mark.parametrize("dark", [True, False])
def test_figures_are_transparent_readable_and_label_their_axes(dark):
    for figure in all_figures(dark):
        assert figure.layout.paper_bgcolor == figure.layout.plot_bgcolor == "rgba(0,0,0,0)"
        assert figure.layout.xaxis.title.text
        assert all(trace.hovertemplate or trace.hoverinfo == "skip" for trace in figure.data)
        fonts = [note.font.color for note in figure.layout.annotations]
        assert all(contrast(colour, BACKGROUND[dark]) > 4.5 for colour in fonts)


def test_figures_of_nothing_are_empty_and_no_error():
    assert len(slopes({}, {}, ("a", "b"), dark=True).data) == 0
    assert len(differences([], dark=True).data) == len(against([], "ipc", dark=True).data) == 0
    assert len(worth([], "ipc", dark=True).data) == len(seed_curves([], "step", dark=True).data) == 0


def test_every_seed_of_both_is_a_slope_those_that_fall_look_otherwise_and_the_mean_is_theirs():
    figure = slopes(BASE, VALUE, ("uniform", "loss"), dark=True)
    rising, falling, (mean,) = (lines_of(figure, name) for name in ("seed", "seed that falls", "mean"))
    assert [list(line.y) for line in rising] == [pytest.approx([50, 53]), pytest.approx([51, 55])]
    assert [list(line.y) for line in falling] == [pytest.approx([52, 51])] and falling[0].line.dash != rising[
        0
    ].line.dash
    assert list(mean.y) == pytest.approx([51, 53]) and list(mean.text) == ["51.0 %", "53.0 %"]
    assert figure.layout.xaxis.title.text == "n = 3 pairs"


def test_axes_of_accuracies_span_ten_points_and_can_be_shared():
    first, last = slopes(BASE, VALUE, ("a", "b"), dark=True).layout.yaxis.range
    assert last - first >= 10 and first < 50 and last > 55
    first, last = slopes(BASE, VALUE, ("a", "b"), dark=True, beside=[0.2, 0.8]).layout.yaxis.range
    assert first < 20 and last > 80
    for figure in (against(PATHS[:1], "ipc", dark=True), seed_curves(CURVES, "step", dark=True)):
        first, last = figure.layout.yaxis.range
        assert last - first >= 10


def test_an_interval_is_drawn_where_there_is_one():
    figure = differences(COMPARED, dark=True)
    arrays = {trace.name: list(trace.error_x.array) for trace in figure.data}
    assert arrays["better"] == [0.4] and arrays["one pair"] == arrays["no spread"] == [0]
    texts = {trace.name: trace.text[0] for trace in figure.data}
    assert texts["better"] == "+1.9 ± 0.4" and texts["one pair"] == "+1.3" and texts["equal"] == "0"
    assert texts["worse"] == "−0.9 ± 0.4"
    assert [note.text for note in figure.layout.annotations][:2] == [
        "a &lt; b (n\u00a0=\u00a010)",
        "c (n\u00a0=\u00a05)",
    ]


@pytest.mark.parametrize(
    "names",
    [
        ("k-means coreset start, uniform batches", "k-means coreset start, batches by k-means sensitivity"),
        ("x" * 60 + "a", "x" * 60 + "b"),
        ("the same words to begin with, and no more", "the same words to begin with, and no more than these"),
    ],
)
def test_long_names_stay_apart_in_lines_that_fit(names):
    """Whatever both begin with, no letter of what differs is cut away."""
    labels = slopes(BASE, VALUE, names, dark=True).layout.xaxis.ticktext
    notes = differences([Compared(name, 1.0, 0.5, 5, "better") for name in names], dark=True).layout.annotations
    for texts, most in ((labels, 20), ([note.text for note in notes], 50)):
        assert len(set(texts)) == 2 and max(len(line) for text in texts for line in text.split("<br>")) <= most
        for text, name in zip(texts, names, strict=True):
            assert text.replace("<br>", "").replace(" ", "").split("(n")[0].endswith(name[-5:].replace(" ", ""))


def test_names_of_several_lines_have_room():
    long = "Some words that go on and on until they need several lines of text, and on"
    one, other = (differences([Compared(name, 1.0, 0.5, 5, "better")], dark=True) for name in ("short", long))
    assert (
        slopes(BASE, VALUE, ("a", long), dark=True).layout.height > slopes(BASE, VALUE, "ab", dark=True).layout.height
    )
    assert other.layout.height > one.layout.height


def test_the_axis_of_differences_holds_intervals_and_is_centred_on_none():
    low, high = differences(COMPARED, dark=True).layout.xaxis.range
    assert low == -high and high > 2.34
    tiny = differences([Compared("a", 0.01, 0.001, 5, "better")], dark=True).layout.xaxis
    assert tiny.range[1] >= 2 and "0" in tiny.ticktext and len(tiny.ticktext) <= 7


@pytest.mark.parametrize("dark", [True, False])
def test_verdicts_have_forms_of_their_own_and_colours_that_stay_apart(dark):
    figure = differences(COMPARED, dark=dark)
    by_word = {trace.name: trace.marker for trace in figure.data}
    forms = {marker.symbol for word, marker in by_word.items() if word not in ("one pair", "no spread")}
    assert len(forms) == 4
    colours = {by_word[word].color for word in ("better", "worse", "not distinguishable")}
    for matrix in DEFICIENCIES.values():
        seen = [lab(np.array(matrix) @ linear(colour)) for colour in colours]
        assert min(ciede2000(a, b) for a, b in itertools.combinations(seen, 2)) >= 10
    assert min(contrast(colour, BACKGROUND[dark]) for colour in colours) >= 3


def test_a_band_is_one_standard_deviation_and_one_seed_has_none():
    figure = against(PATHS, "images per class", dark=True)
    bands = [trace for trace in figure.data if trace.fill == "toself"]
    assert list(bands[0].y) == [62, 62, 60, 58] and list(bands[0].x) == [1, 10, 10, 1]
    assert len(bands[1].y) == 0
    (dm,) = [trace for trace in lines_of(figure, "dm") if trace.mode == "lines+markers"]
    assert list(map(tuple, dm.customdata)) == [(" ± 2.0", 3, "seeds"), (" ± 1.0", 5, "seeds")]


def test_n_stands_at_the_end_of_every_line_and_labels_keep_apart():
    figure = against(PATHS, "images per class", dark=True)
    low, high = figure.layout.yaxis.range
    notes = figure.layout.annotations
    assert sorted(note.text for note in notes) == ["n = 1", "n = 1", "n = 3", "n = 5"]
    places = sorted(240 * (note.y - low) / (high - low) + note.yshift for note in notes)
    assert min(np.diff(places)) >= 15.9
    assert [note.x for note in notes if note.text == "n = 3"] == [0] and figure.layout.xaxis.type == "log"


def test_of_many_lines_the_ends_have_names_where_these_are_short():
    named = [Path(name, "distilled", LEVELS) for name in ("DM", "DSA", "NCFM", "MTT")]
    notes = against(named, "steps", dark=False).layout.annotations
    assert {note.text for note in notes} == {f"{path.name}, n = {LEVELS[-1][3]}" for path in named}
    long = [*named[:3], Path("trajectories", "distilled", LEVELS)]
    for paths in (named[:3], long):
        assert all(note.text.startswith("n = ") for note in against(paths, "steps", dark=False).layout.annotations)


def test_a_long_name_is_whole_on_lines_that_the_legend_has_room_for():
    name = "KIP with learned labels, k-means sensitivity start, relative cross-entropy batches <1>"
    short, long = (against([Path(text, "distilled", LEVELS)], "ipc", dark=True) for text in ("KIP", name))
    drawn = next(trace.name for trace in long.data if trace.showlegend is not False)
    lines = drawn.split("<br>")
    assert html.unescape(" ".join(lines)) == name and max(map(len, lines)) <= 48
    assert long.layout.height - short.layout.height == LEGEND_ROW * (len(lines) - 1) > 0


def test_published_accuracies_are_stars_with_their_source():
    star = against(PATHS, "images per class", dark=True, marks=MARKS).data[-1]
    assert "star" in star.marker.symbol and star.name == "DM, published" and list(star.customdata[0]) == [0.6, "PAD"]
    assert (list(star.x), list(star.y), list(star.error_y.array)) == ([10], [62.0], [0.6])


def test_random_images_and_all_the_data_look_alike_in_every_chart_and_lines_apart():
    many = [Path(f"m{k}", "distilled", LEVELS) for k in range(6)]
    drawn = [trace for trace in against([*many, *PATHS[2:]], "ipc", dark=False).data if trace.mode == "lines+markers"]
    looks = {(trace.line.color, trace.line.dash, trace.marker.symbol) for trace in drawn}
    assert len(looks) == 8 and drawn[6].line.color == inks_of(False).faint
    assert min(contrast(trace.line.color, BACKGROUND[False]) for trace in drawn) >= 3


def test_curves_keep_their_seeds_and_smoothing_is_told():
    figure = seed_curves(CURVES, "step", dark=True)
    thin = [trace for trace in figure.data if trace.line.width == 1]
    assert [list(trace.y) for trace in thin] == [[50, 60], [52, 64]] and not any(trace.showlegend for trace in thin)
    assert figure.layout.yaxis.title.text == "accuracy"
    assert "5 points" in seed_curves(CURVES, "step", dark=True, window=5).layout.yaxis.title.text


def test_what_one_more_is_worth_stands_between_its_places():
    figure = worth(GAINED, "images per class", dark=True)
    assert list(figure.layout.xaxis.ticktext) == ["1 – 5", "5 – 10"]
    (line,) = figure.data
    assert list(line.error_y.array) == [0.2, 0] and list(line.x) == [0, 1]
    assert line.customdata[0] == "+1.5 ± 0.2 points for each one more, n = 3" and "±" not in line.customdata[1]


def test_one_wide_interval_does_not_press_the_others_flat():
    """The first has 3 points ± 40: it is drawn to the edge, with an arrow at each end; the others keep their length."""
    wide = [Gained("dm", "distilled", 1, 2, 3.0, 40.0, 3), Gained("dm", "distilled", 2, 5, 1.5, 0.5, 3),
            Gained("dm", "distilled", 5, 10, 1.0, 0.5, 3)]  # fmt: skip
    line, arrows = worth(wide, "images per class", dark=True).data
    low, high = worth(wide, "images per class", dark=True).layout.yaxis.range
    assert high - low < 10 and list(line.error_y.array)[1:] == list(line.error_y.arrayminus)[1:] == [0.5, 0.5]
    assert line.customdata[0].startswith("+3 ± 40 points"), "its words are the whole interval"
    assert list(arrows.x) == [0, 0] and set(arrows.marker.symbol) == {"triangle-up", "triangle-down"}
    assert low < min(arrows.y) < max(arrows.y) < high
    assert arrows.y[0] == pytest.approx(3 + line.error_y.array[0])


def test_intervals_of_usual_width_are_whole_and_the_axis_has_all_means_and_0():
    alike = [Gained("dm", "distilled", 1, 2, 0.02, 0.6, 3), Gained("dm", "distilled", 2, 5, 0.01, 0.5, 3)]
    figure = worth(alike, "images per class", dark=True)
    assert [trace.name for trace in figure.data] == ["dm"]
    assert list(figure.data[0].error_y.array) == [0.6, 0.5]
    low, high = worth(GAINED, "images per class", dark=True).layout.yaxis.range
    assert low < 0 < 1.7 < high


def test_random_images_of_several_datasets_are_told_apart_by_form():
    paths = [Path(name, role, LEVELS) for role in ("random", "full") for name in ("plain", "noisy")]
    looks = [(line.line.color, line.line.dash, line.marker.symbol) for line in against(paths, "ipc", dark=True).data
             if line.mode == "lines+markers"]  # fmt: skip
    assert len(set(looks)) == 4 and looks[0][:2] == looks[1][:2] and looks[2][:2] == looks[3][:2]
