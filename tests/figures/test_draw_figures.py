"""Figures of draws and of gradients."""

import numpy as np
import pytest

from ddcore.figures.canvas import diverging
from ddcore.figures.draws import DrawnLine, draws_by_rank
from ddcore.figures.signed import signed_pictures, span_of


@pytest.mark.parametrize("dark", [False, True])
def test_drawn_and_expected_have_one_colour_and_other_lines(dark):
    ranks = np.array([1.0, 2.0])
    lines = [DrawnLine("A: one", ranks, ranks, ranks + 1), DrawnLine("B: <b>two</b>", ranks, ranks, None, 1)]
    drawn, law, other = draws_by_rank(lines, "rank", dark=dark).data
    assert drawn.line.color == law.line.color != other.line.color
    assert law.line.dash == "dot" and law.name == "A expected" and drawn.marker.symbol != other.marker.symbol
    assert other.name == "B: &lt;b&gt;two&lt;/b&gt;", "names from elsewhere are no markup"
    (alone,) = draws_by_rank(lines[:1], "rank", dark=dark).data[1:]
    assert alone.name == "expected"


@pytest.mark.parametrize("dark", [False, True])
def test_pictures_of_signed_numbers_are_quiet_at_zero_and_end_where_they_say(dark):
    ends = [tuple(bytes.fromhex(colour[1:])) for _, colour in diverging(dark)]
    values = np.array([-9.0, -2, 0, 2, 9]).reshape(1, 1, 1, 5)
    (row,) = signed_pictures(values, 2.0, dark=dark)[0]
    assert [tuple(pixel) for pixel in row.tolist()] == [ends[0], ends[0], ends[2], ends[4], ends[4]]
    colour = np.array([[[[1.0]], [[-1.0]], [[3.0]]]])
    beyond, end = (signed_pictures(np.full((1, 1, 1, 1), -size), 1.0, dark=dark) for size in (7.0, 1.0))
    assert (beyond == end).all()
    assert signed_pictures(colour, 1.0, dark=dark)[0, 0, 0].tolist() == list(ends[4]), "channels are taken together"


def test_the_span_leaves_out_the_few_largest():
    values = np.concatenate([np.ones(999), [1000.0]]).reshape(1, 1, 1, -1)
    assert span_of(values) == 1
    assert span_of(np.zeros((2, 1, 3, 3))) == 1
    few = np.zeros((1, 1, 100, 100))
    few[0, 0, 0, 0] = -3
    assert span_of(few) == 3, "where nearly all are zero"
