"""The lesson on rare points in a real browser: sliders move, the chances follow, and samples are drawn again."""

import json
import math

import numpy as np
import pytest
from drawing import ours
from lesson_page import assert_fits_a_phone, opened, shown_number, slide
from playwright.sync_api import expect
from seeded import Seeded

from ddcore.coresets.subsets import kmeans_cost, sensitivity_coreset
from ddcore.importance.kmeans import kmeans_sensitivity
from ddcore.importance.lightweight import lightweight_terms


def points(rare: int) -> np.ndarray:
    """The lesson's cloud: two Box-Muller numbers a point, around (7, 4.5) if it is rare, else around 0."""
    rng, found = Seeded(1), np.empty((1000, 2))
    for i in range(1000):
        for axis in range(2):
            length = math.sqrt(-2 * math.log(1 - rng.random()))
            found[i, axis] = length * math.cos(2 * math.pi * rng.random())
    found[:rare] = [7, 4.5] + 0.35 * found[:rare]
    return found


def importance(cloud: np.ndarray, score: str) -> np.ndarray:
    terms = (
        lightweight_terms(cloud) if score == "lightweight" else kmeans_sensitivity(cloud, 1, Seeded(1), seedings=10)[0]
    )
    scores = sum(terms.values())
    return scores / scores.sum()


def expected(rare: int, draws: int, seed: int, score: str) -> tuple[list[float], list[float]]:
    """Under both laws: the chance that no draw is rare, and the cost by the first sample over the true cost."""
    cloud = points(rare)
    chances, ratios = [], []
    for law in (np.full(1000, 1 / 1000), importance(cloud, score)):
        chances.append((1 - law[:rare].sum()) ** draws)
        ids, weights = sensitivity_coreset(law, draws, Seeded(seed))
        ratios.append(kmeans_cost(cloud[ids], np.zeros((1, 2)), weights) / kmeans_cost(cloud, np.zeros((1, 2))))
    return chances, ratios


def agrees(page, rare: int, draws: int, seed: int, score: str = "lightweight") -> None:
    chances, ratios = expected(rare, draws, seed, score)
    assert shown_number(page) == pytest.approx(chances[0], rel=1e-9)
    shown = json.loads(page.locator(".picture").get_attribute("data-rare"))
    assert shown["chances"] == pytest.approx(chances, rel=1e-9)
    assert shown["ratios"] == pytest.approx(ratios, rel=1e-9)


def test_sliders_and_draw_again_change_what_the_library_says_they_change(page_of, serve):
    page = opened(page_of, serve, "lesson=rare")
    agrees(page, 10, 50, 0)
    page.evaluate("() => { WebSocket.prototype.send = () => {}; }")  # from here on the server hears nothing
    slide(page, "Draws", "ArrowRight", 2)
    agrees(page, 10, 100, 0)
    slide(page, "Rare points", "Home")
    agrees(page, 1, 100, 0)
    page.get_by_role("button", name="Draw again").click()
    agrees(page, 1, 100, 1)
    expect(page.locator("output.number")).to_have_text("90.5 %")
    page.get_by_role("combobox", name="Importance").select_option("k-means sensitivity")
    agrees(page, 1, 100, 1, "kmeans")
    assert not ours(page.problems)


def test_a_phone_shows_both_samples_beside_each_other(page_of, serve):
    page = opened(page_of, serve, "lesson=rare&rare=2&seed=5", viewport={"width": 390, "height": 844})
    agrees(page, 2, 50, 5)
    assert_fits_a_phone(page)
    boxes = page.locator(".ground").evaluate_all("all => all.map((one) => one.getBoundingClientRect().toJSON())")
    assert boxes[0]["right"] < boxes[1]["left"] and boxes[1]["right"] <= 390
