"""What Explore makes of scores, filters and selections, page aside."""

import io
import re

import numpy as np
import pytest

from pages.parts.explore import chosen
from pages.parts.explore.map import on_top
from pages.parts.explore.on_the_map import Colouring, points
from pages.parts.explore.scored import Scored, pixel_quantity, rank_in_words, thinned


def test_thinning_keeps_the_most_important_and_repeats():
    order = np.random.default_rng(0).permutation(1000)
    kept = thinned(order, 100)
    assert len(np.unique(kept)) == 100 and set(order[:25]) <= set(kept)
    np.testing.assert_array_equal(kept, thinned(order, 100))
    np.testing.assert_array_equal(thinned(order, 5000), np.arange(1000))


def test_points_outside_lie_beneath_in_grey_and_important_ones_on_top(digits):
    count = len(digits.train)
    scores = np.random.default_rng(0).random(count)
    inside = digits.train.labels < 5
    scored = Scored("score", scores)
    classes = Colouring("class", None, digits.train.labels, digits.classes, tuple(range(10)))
    for colouring in (classes, Colouring("score", scores)):
        found = points(digits, np.arange(count), inside, colouring, scored.ranks, dark=True)
        outside = (~inside).sum()
        assert not inside[found.ids[:outside]].any() and inside[found.ids[outside:]].all()
        grey = found.palette[found.shade[0]]
        assert {found.palette[s] for s in found.shade[:outside]} == {grey}
        assert grey not in {found.palette[s] for s in found.shade[outside:]}
        assert (np.diff(scores[found.ids[outside:]]) >= 0).all()


def test_what_lies_on_top_is_said():
    scored, alike = Scored("loss", np.arange(3.0)), Scored("uniform", np.ones(3))
    classes = Colouring("class", None, np.arange(3), tuple("abc"), (0, 1, 2))
    assert "highest loss is on top" in on_top(Colouring("loss", scored.scores), scored)
    assert "highest brightness is on top" in on_top(Colouring("brightness", np.arange(3.0)), alike)
    assert "more important images are on top" in on_top(classes, scored) and on_top(classes, alike) == ""


def test_lasso_keeps_to_the_filters():
    order, inside = np.array([3, 1, 0, 2]), np.array([True, True, True, False])
    ids, source = chosen.chosen_ids(np.array([0, 3, 1]), inside, order)
    assert ids.tolist() == [1, 0] and source == "lasso"


def test_range_of_equal_scores_holds_them_all():
    scores = np.array([1.0, 2, 2, 2, 3])
    assert chosen.within(scores, 0.5, 0.75).tolist() == [False, True, True, True, False]


def test_saved_selection_can_be_read_again(digits):
    scored = Scored("score", np.arange(len(digits.train), 0, -1.0))
    ids = np.array([5, 2])
    saved = np.load(io.BytesIO(chosen.as_npz(digits, scored, ids)))
    np.testing.assert_array_equal(saved["images"], digits.train.images[ids])
    assert saved["ranks"].tolist() == [6, 3] and str(saved["dataset_hash"]) == digits.hash
    lines = chosen.as_csv(digits, scored, ids).decode().splitlines()
    assert lines[0] == "id,label,class,score,rank" and re.fullmatch(r'5,\d,"\d",\d+,6', lines[1])


def test_quantities_are_those_of_the_pixels(digits):
    pixels = digits.train.images.reshape(len(digits.train), -1) / 255
    np.testing.assert_allclose(pixel_quantity(digits.hash, "brightness"), pixels.mean(1), atol=1e-5)
    np.testing.assert_allclose(pixel_quantity(digits.hash, "contrast"), pixels.std(1), atol=1e-5)
    mean = pixels[digits.train.labels == digits.train.labels[7]].mean(0)
    away = np.sqrt(np.square(pixels[7] - mean).mean())
    assert pixel_quantity(digits.hash, "distance to class mean")[7] == pytest.approx(away, abs=1e-5)


def test_rank_in_words():
    assert rank_in_words(12, 1437) == "rank 12 of 1,437, top 0.8\u00a0%"
    assert rank_in_words(1, 60_000) == "rank 1 of 60,000, top 0.002\u00a0%"
    assert rank_in_words(500, 1000) == "rank 500 of 1,000, top 50\u00a0%"
    assert rank_in_words(1079, 1438) == "rank 1,079 of 1,438, less important than 75\u00a0%"
    assert rank_in_words(60_000, 60_000) == "rank 60,000 of 60,000, less important than 99.9\u00a0%"
