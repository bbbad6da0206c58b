"""The error curves: what is drawn, and that colours can be told apart and seen."""

import itertools

import numpy as np
import pytest
from reference.colour import BACKGROUND, DEFICIENCIES, ciede2000, contrast, lab, linear

from ddcore.bench.figures import MARKS, error_curves, shows_one, spread
from ddcore.bench.settings import SCHEMES

SIZES = np.array([100, 200, 400])


def made(scale=20.0, draws=10):
    rng = np.random.default_rng(0)
    return {
        name: scale * np.exp(rng.normal(0, 0.1, (3, draws))) / np.sqrt(SIZES)[:, None] * (1 - 0.05 * place)
        for place, name in enumerate(SCHEMES)
    }


def lines(figure):
    return {trace.name: trace for trace in figure.data if trace.name}


def test_lines_are_medians_and_bands_are_quantiles():
    errors = made()
    figure = error_curves(SIZES, errors, exact=True, dark=False)
    for name in SCHEMES:
        np.testing.assert_allclose(lines(figure)[name].y, np.median(errors[name], axis=1))
        assert lines(figure)[name].marker.symbol == MARKS[name][0]
    bands = [trace for trace in figure.data if trace.fill == "toself"]
    assert len(bands) == len(SCHEMES) - 1  # representatives do not draw
    low, high = np.quantile(errors["uniform"], [0.1, 0.9], axis=1)
    np.testing.assert_allclose(bands[0].y, [*high, *low[::-1]])
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "log"


def test_the_guide_falls_by_the_root_of_the_size():
    errors = made()
    rate = lines(error_curves(SIZES, errors, exact=True, dark=True))["1/√m"]
    slope = np.polyfit(np.log(SIZES), np.log(rate.y), 1)[0]
    assert slope == pytest.approx(-0.5)
    assert rate.y[0] == pytest.approx(np.median(errors["uniform"][0]))


def test_error_one_is_marked_where_it_is_near_and_left_out_where_it_is_far():
    near, far = made(), made(0.5)
    assert shows_one(near) and not shows_one(far)
    told = [note.text for note in error_curves(SIZES, near, exact=True, dark=False).layout.annotations]
    assert "no lower guarantee above ε = 1" in told
    figure = error_curves(SIZES, far, exact=False, dark=False)
    assert not figure.layout.shapes and 10 ** figure.layout.yaxis.range[1] < 0.3
    assert figure.layout.yaxis.title.text == "worst error found"


@pytest.mark.parametrize("scale", [9.0, 25.0])
def test_the_words_on_error_one_stand_above_all_lines_and_bands(scale):
    """At sizes 100, 200, 400 the errors are `scale` over 10, 14 and 20: near 1 at the first, or at the last."""
    figure = error_curves(SIZES, made(scale), exact=True, dark=False)
    (found,) = [note for note in figure.layout.annotations if note.text.startswith("no lower guarantee")]
    highest = max(1.0, *(np.nanmax(trace.y) for trace in figure.data))
    assert found.xanchor == "right" and found.yanchor == "top" and 10**found.y == pytest.approx(1.25 * highest)


def test_every_line_has_its_name_at_its_end_and_none_covers_another():
    figure = error_curves(SIZES, made(), exact=True, dark=False)
    notes = {note.text: note.y for note in figure.layout.annotations if note.yref == "paper"}
    assert {text.split(" ")[-1] for text in notes} == {*SCHEMES, "1/√m"}
    assert np.diff(sorted(notes.values())).min() > 0.05


def test_errors_of_zero_are_left_out_not_drawn_as_nonsense():
    errors = made()
    errors["representative"] = np.array([[0.5], [0.1], [0.0]])
    figure = error_curves(SIZES, errors, exact=True, dark=False)
    assert np.isnan(lines(figure)["representative"].y[-1])
    assert np.isfinite(figure.layout.yaxis.range).all()


@pytest.mark.parametrize("draws", [1, 2])
def test_few_draws_and_a_single_size(draws):
    errors = {name: values[:1] for name, values in made(draws=draws).items()}
    figure = error_curves(SIZES[:1], errors, exact=True, dark=False)
    assert figure.layout.xaxis.range[0] < 2 < figure.layout.xaxis.range[1]


@pytest.mark.parametrize("places", [[0.1, 0.1, 0.1], [0.1, 0.12, 0.5], [0.1, 0.3, 0.9], [0.2, 0.21, 0.25, 0.27, 0.9]])
def test_labels_spread_keeps_order_and_gap(places):
    found = spread(places, 0.05)
    assert np.diff(found).min() >= 0.05 - 1e-12
    assert np.mean(found) == pytest.approx(np.mean(places))
    if np.diff(places).min() >= 0.05:
        assert found == places


@pytest.mark.parametrize("dark", [False, True])
def test_colours_are_seen_on_their_background_and_told_apart(dark):
    colours = [mark[3 if dark else 2] for mark in MARKS.values()]
    assert min(contrast(colour, BACKGROUND[dark]) for colour in colours) >= 3
    for matrix in DEFICIENCIES.values():
        seen = [lab(np.clip(np.asarray(matrix) @ linear(colour), 0, 1)) for colour in colours]
        assert min(ciede2000(*pair) for pair in itertools.combinations(seen, 2)) >= 10.5
    assert len({mark[0] for mark in MARKS.values()}) == len(MARKS)


def test_errors_that_are_all_zero_leave_an_empty_picture():
    figure = error_curves(SIZES, {name: np.zeros((3, 4)) for name in SCHEMES}, exact=False, dark=False)
    assert np.isfinite(figure.layout.yaxis.range).all()
    assert np.isnan(lines(figure)["uniform"].y).all()
