import itertools

import numpy as np
import plotly.graph_objects as go
import pytest

from ddcore.colours import PALETTE, REST, class_colours, ramp, shade_by_class, shade_by_rank
from ddcore.errors import BadInput
from ddcore.figures import accuracy_bars, class_mix, finding_curves, rank_dots, score_histogram, score_terms

BACKGROUND = {True: "#10161d", False: "#ffffff"}
# Machado, Oliveira, Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", 2009
DEFICIENCIES = {
    "none": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
SRGB_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour):
    share = np.array(list(bytes.fromhex(colour[1:]))) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def contrast(first, second):
    low, high = sorted(linear(colour) @ SRGB_TO_XYZ[1] for colour in (first, second))
    return (high + 0.05) / (low + 0.05)


def lab(light):
    share = SRGB_TO_XYZ @ np.clip(light, 0, 1) / SRGB_TO_XYZ.sum(axis=1)
    x, y, z = np.where(share > (6 / 29) ** 3, np.cbrt(share), share * (29 / 6) ** 2 / 3 + 4 / 29)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def ciede2000(first, second):
    """Sharma, Wu, Dalal, "The CIEDE2000 Color-Difference Formula", 2005."""
    (l1, a1, b1), (l2, a2, b2) = first, second
    mean_c = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7))
    c1, c2 = np.hypot(stretch * a1, b1), np.hypot(stretch * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, stretch * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    hue = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    chroma, light = (c1 + c2) / 2, (l1 + l2) / 2
    waves = ((0.17, 1, -30), (-0.24, 2, 0), (-0.32, 3, 6), (0.20, 4, -63))
    t = 1 - sum(size * np.cos(np.radians(k * hue + at)) for size, k, at in waves)
    twist = (
        -np.sin(np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2)))) * 2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
    )
    dl = (l2 - l1) / (1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2))
    dc = (c2 - c1) / (1 + 0.045 * chroma)
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * chroma * t)
    return np.sqrt(dl**2 + dc**2 + dh**2 + twist * dc * dh)


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


def test_accuracies_not_measured_are_left_out_and_repeats_are_told():
    figure = accuracy_bars(None, {"mean": 0.5, "std": 0.02, "repeats": 3}, None, None, dark=True)
    assert [trace.y[0] for trace in figure.data] == ["random images (n = 3)"]
    assert figure.data[0].text[0] == "50.0 % ± 2.0" and figure.data[0].error_x.array[0] == 2
    assert len(accuracy_bars(None, None, None, None, dark=True).data) == 0


def test_standing_under_scores_is_in_percent_with_the_one_at_hand_in_its_own_colour():
    dots = rank_dots(("loss", "margin", "grand"), np.array([99.0, 12.0, 0.0]), dark=True).data[-1]
    assert list(dots.x) == [99, 12, 0] and list(dots.y) == ["loss", "margin", "grand"]
    assert dots.marker.color[0] != dots.marker.color[1] == dots.marker.color[2]


def test_finding_curves_are_thinned_but_keep_their_ends_and_chance():
    recall = np.arange(1, 60_001) / 60_000
    curves = {f"score {i}": (recall, 1 - recall / 2) for i in range(5)}
    figure = finding_curves(curves, 0.1, "copies", dark=False)
    by_name = {trace.name: trace for trace in figure.data}
    assert set(by_name) == {*curves, "chance"} and list(by_name["chance"].y) == [10, 10]
    for name in curves:
        assert len(by_name[name].x) <= 301
        assert by_name[name].x[0] == pytest.approx(100 / 60_000) and by_name[name].x[-1] == 100
    assert [by_name[name].showlegend for name in curves] == [True] * 3 + [False] * 2
    assert len({(by_name[name].line.color, by_name[name].line.dash) for name in list(curves)[:3]}) == 3
