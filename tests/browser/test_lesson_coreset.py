"""The lesson on coresets: its number is the library's at the same points, coreset and queries."""

import numpy as np
import pytest
from drawing import ours
from lesson_page import assert_fits_a_phone, drag, in_address, opened, places, shown_number, slide
from playwright.sync_api import expect
from seeded import Seeded

from ddcore.coresets.clustering import d2_sampling
from ddcore.coresets.subsets import kmeans_cost, sensitivity_coreset
from ddcore.importance.kmeans import kmeans_sensitivity
from pages.parts.browser.learn import Lesson
from pages.parts.learn.lessons import LESSONS

QUERIES = 200


def following(name: str) -> Lesson:
    names = list(LESSONS)
    return LESSONS[names[names.index(name) + 1]]


def points_of(page) -> np.ndarray:
    """The points as they are drawn; three decimals are all they have."""
    return np.round(
        page.locator(".plane").evaluate(
            """plane => [...plane.querySelectorAll(".plain")].map((dot) => [
              dot.getAttribute("cx") / plane.getAttribute("width"),
              1 - dot.getAttribute("cy") / plane.getAttribute("width")])"""
        ),
        3,
    )


def worst_error(points: np.ndarray, k: int, m: int, scheme: str, seed: int = 0) -> float:
    rng = Seeded(1)
    queries = [np.array([[rng.random(), rng.random()] for _ in range(k)]) for _ in range(QUERIES // 2)]
    queries += list(points[d2_sampling(points, k, rng, QUERIES // 2)[0]])
    scores = np.ones(len(points))
    if scheme == "kmeans":
        scores = sum(kmeans_sensitivity(points, k, Seeded(1), seedings=10)[0].values())
    indices, weights = sensitivity_coreset(scores, m, Seeded(seed))
    return max(abs(kmeans_cost(points[indices], q, weights) / kmeans_cost(points, q) - 1) for q in queries)


def test_the_number_is_the_librarys_worst_error(page_of, serve):
    page = opened(page_of, serve, "lesson=coreset")
    points = points_of(page)
    assert len(points) == 400
    assert shown_number(page) == pytest.approx(worst_error(points, 3, 40, "uniform"), rel=1e-9)
    page.get_by_label("Points are drawn").select_option("by sensitivity")
    slide(page, "Points in the coreset m", "ArrowRight", 2)
    assert shown_number(page) == pytest.approx(worst_error(points, 3, 80, "kmeans"), rel=1e-9)
    slide(page, "Number of centres k", "ArrowLeft")
    page.get_by_role("button", name="Draw again").click()
    in_address(page, "seed=1")
    assert shown_number(page) == pytest.approx(worst_error(points, 2, 80, "kmeans", seed=1), rel=1e-9)
    assert not ours(page.problems)


def test_centres_that_a_reader_finds_count(page_of, serve):
    page = opened(page_of, serve, "lesson=coreset&k=1&m=10", viewport={"width": 390, "height": 844})
    points, before = points_of(page), places(page)
    indices, weights = sensitivity_coreset(np.ones(len(points)), 10, Seeded(0))
    drag(page, 0, 40, -60)
    after = places(page)
    assert after.shape == (1, 2) and (after != before).all()
    error = abs(kmeans_cost(points[indices], after, weights) / kmeans_cost(points, after) - 1)
    expected = max(worst_error(points, 1, 10, "uniform"), error)
    assert shown_number(page) == pytest.approx(expected, rel=1e-9)
    expect(page.locator(".words")).to_contain_text(f"{kmeans_cost(points, after):.2f} by all points")
    page.locator(".point").focus()
    page.keyboard.press("ArrowLeft")
    shown_number(page)
    np.testing.assert_allclose(places(page)[0] - after[0], [-0.02, 0], atol=1e-9)
    assert_fits_a_phone(page)
    page.get_by_role("button", name="Next: ").click()
    question = page.get_by_role("heading", name=following("coreset").question)
    expect(question).to_be_in_viewport(timeout=30_000)
    expect(question).to_be_focused()
