"""What Explore says of one image and of several scores, page aside."""

import numpy as np
import pytest
import streamlit as st

from ddcore.data.dataset import Split, materialise
from pages.parts.explore import duplicates
from pages.parts.explore.duplicates import Copies, copies_in_words, copies_of
from pages.parts.explore.planted import best_in_words, found_by
from pages.parts.explore.rank_stability import span_in_words, verdict
from pages.parts.explore.scored import Scored, rank_in_words
from pages.parts.explore.two_scores import TOP, agreement_in_words, at_random, corners, kept_places, places
from pages.parts.explore.why_card import standing


@pytest.fixture
def copied(shared_cache):
    """600 noise images of 6x6x3, of which 7, 80 and 599 are equal to 3, and 5 nearly is; 11 is black, as are 400 on."""
    st.cache_resource.clear()
    st.cache_data.clear()
    images = np.random.default_rng(0).integers(0, 256, (600, 6, 6, 3), dtype=np.uint8)
    images[[7, 80, 599]] = images[3]
    images[5] = np.clip(images[3].astype(int) + 3, 0, 255)
    images[[11, *range(400, 450)]] = 0
    labels = np.arange(600) % 2
    return materialise("copied", Split(images, labels), Split(images[:10], labels[:10]), ("a", "b"), "a test", False)


def test_copies_are_counted_and_near_ones_measured(copied):
    found = copies_of(copied.hash, 3)
    assert found.exact.tolist() == [7, 80, 599] and found.others[0] == 5 and found.near.tolist() == [5]
    pixels = copied.train.images.reshape(600, -1).astype(float) / 255
    away = np.sqrt(np.square(pixels - pixels[3]).mean(1))
    nearest = np.setdiff1d(np.argsort(away, kind="stable"), [3, 7, 80, 599])
    nearest = nearest[np.argsort(away[nearest], kind="stable")][: duplicates.SHOWN]
    np.testing.assert_array_equal(found.others, nearest)
    np.testing.assert_allclose(found.differences, away[nearest])
    assert copies_in_words(found).startswith("3 exact copies and 1 near-copy")


def test_copies_of_a_black_image_are_all_found(copied):
    assert copies_of(copied.hash, 11).exact.tolist() == list(range(400, 450))


def test_image_without_copies_tells_the_nearest(copied):
    found = copies_of(copied.hash, 100)
    assert len(found.exact) == len(found.near) == 0
    assert f"differs by {100 * found.differences[0]:.2g}" in copies_in_words(found)


def test_copies_in_words():
    none = np.array([], int)
    assert copies_in_words(Copies(np.array([1]), none, np.array([]))) == "1 exact copy, pixel for pixel."
    assert copies_in_words(Copies(none, none, np.array([]))) == "This is the only image."


def test_places_follow_scores_and_scatter_equal_ones():
    scores = np.repeat([0.0, 3.0, 1.0], 100)
    found = places(scores, "across")
    assert found[100:200].min() > found[200:].max() > found[200:].min() > found[:100].max()
    assert sorted(found) == pytest.approx((np.arange(300) + 0.5) / 300)
    other = places(scores, "up")
    assert abs(np.corrcoef(found[:100], other[:100])[0, 1]) < 0.3
    np.testing.assert_array_equal(found, places(scores, "across"))


def test_corners_are_told_apart():
    across, up = (np.array([0.05, 0.95, 0.05, 0.95]), np.array([0.05, 0.05, 0.95, 0.95]))
    found = corners(across, up, "A", "B")
    assert found.groups.tolist() == [0, 1, 2, 3]
    assert "by A only (1)" in found.names[1] and "by B only" in found.names[2] and "both" in found.names[3]


def test_agreement_of_equal_and_opposite_scores():
    scores = Scored("A", np.arange(100.0))
    across = places(scores.scores, "across")
    same = agreement_in_words(scores, scores, across, across)
    assert "agree closely" in same and "is 1.00" in same and "share **100" in same
    turned = Scored("B", -scores.scores)
    against = agreement_in_words(scores, turned, across, 1 - across)
    assert "contradict" in against and "share **0" in against and f"chance would be {100 * TOP:.0f}" in against


def test_planted_images_are_looked_for_from_both_ends():
    planted = np.arange(100) < 10
    low = found_by(Scored("s", np.arange(100.0)), planted)
    assert low.low == pytest.approx(1) and low.high < 0.1 and low.end == "lowest" and low.precision[0] == 1
    high = found_by(Scored("t", -np.arange(100.0)), planted)
    assert high.high == pytest.approx(1) and high.end == "highest" and high.name == "t"
    assert "(s within 0.01 of it)" in best_in_words([high, low], 0.1, "copies")


def test_finding_nothing_is_told_as_such():
    scores = np.random.default_rng(0).random(1000)
    found = found_by(Scored("s", scores), np.random.default_rng(1).random(1000) < 0.2)
    assert "much better than chance" in best_in_words([found], 0.2, "outliers")


@pytest.mark.parametrize("share", [0.05, 0.5, 0.8, 0.95])
def test_a_perfect_search_is_never_told_as_chance(share):
    planted = np.arange(1000) < 1000 * share
    perfect = found_by(Scored("s", planted.astype(float)), planted)
    assert "finds the copies**: average precision **1.000**" in best_in_words([perfect], share, "copies")
    blind = found_by(Scored("s", np.random.default_rng(2).random(1000)), planted)
    assert "much better than chance" in best_in_words([blind], share, "copies")


def test_verdicts_on_ranks():
    low, high = np.arange(1.0, 101), np.arange(1.0, 101)
    assert "does not depend on its seed" in verdict(low, high, 5)
    high[5] = 60.5
    assert "**Not stable**" in verdict(low, high, 5) and "6 to 61 over 5 seeds" in verdict(low, high, 5)
    assert verdict(low, high, 4).startswith("**Stable**")
    assert span_in_words(8, 8) == "the same over 5 seeds"


def test_shared_ranks_and_ranges_in_words():
    assert rank_in_words(12, 1437, "8 to 31 over 5 seeds") == "rank 12 (8 to 31 over 5 seeds) of 1,437, top 0.8\u00a0%"
    assert rank_in_words(2, 100, others=1) == "shares rank 2 of 100 with 1 other, top 3\u00a0%"
    assert rank_in_words(539, 1438, others=899).endswith("with 899 others, less important than 37\u00a0%")
    assert rank_in_words(1, 1438, others=899).endswith("with 899 others, top 63\u00a0%")


def test_standing_counts_lower_scores_and_half_of_equal_ones():
    assert standing(np.array([0.0, 0, 0, 1]), 0) == 25 and standing(np.array([0.0, 0, 0, 1]), 3) == 75


def test_places_are_kept_for_each_score_and_axis():
    st.cache_resource.clear()
    scores = np.zeros(50)
    np.testing.assert_array_equal(kept_places("a", "up", scores), places(scores, "up"))
    np.testing.assert_array_equal(kept_places("a", "across", scores), places(scores, "across"))
    np.testing.assert_array_equal(kept_places("b", "up", np.arange(50)), (np.arange(50) + 0.5) / 50)


def test_ranks_are_thinned_evenly():
    kept = at_random(1000, 500)
    assert len(np.unique(kept)) == 500 and 40 < (kept >= 900).sum() < 60
    np.testing.assert_array_equal(kept, at_random(1000, 500))
    np.testing.assert_array_equal(at_random(10, 20_000), np.arange(10))
