"""The sampling-law sliders as a person meets them: numbers, images, keyboard, and what Python hears of it."""

import re
from pathlib import Path

import numpy as np
import pytest
from harness_law import made
from playwright.sync_api import expect

from ddcore.sampling.law import across_classes, probabilities

HARNESS = Path(__file__).parent / "harness_law.py"


@pytest.fixture
def sliders(serve, page_of):
    """`sliders(query)`: the harness on 500 images."""

    def opened(query: str = "", **options):
        page = page_of(f"{serve(HARNESS)}/?{query}", **options)
        expect(page.get_by_text("The next 64 images")).to_be_visible()
        return page

    return opened


def shown_ids(page) -> list[int]:
    """The images that the page shows, by the addresses of their pictures."""
    sources = page.locator(".images img").evaluate_all("all => all.map((image) => image.getAttribute('src'))")
    return [int(re.search(r"/(\d+)\.png", source)[1]) for source in sources]


def number_after(page, term: str) -> float:
    text = page.locator("dt", has_text=term).locator("xpath=following-sibling::dd/b").inner_text()
    return float(re.sub(r"[^0-9.]", "", text))


def press(page, name: str, key: str, times: int) -> None:
    slider = page.get_by_role("slider", name=name)
    slider.focus()
    for _ in range(times):
        slider.press(key)


def test_numbers_follow_the_keyboard_without_the_server(sliders):
    page, (scores, _) = sliders(), made(500)
    page.get_by_label("A batch is drawn from").select_option("all")
    expect(page.get_by_text("runs: 2")).to_be_visible()
    page.evaluate("() => { WebSocket.prototype.send = () => {}; }")  # from here on the server hears nothing
    press(page, "Uniform share", "ArrowLeft", 20)  # 0.5 -> 0.3
    press(page, "Temperature", "ArrowRight", 12)  # 1 -> 1.6
    law = probabilities(scores, None, 0.3, 1.6, "hard")
    expect(page.locator("dd b").first).to_have_text(f"{round(1 / (law**2).sum()):,} images")
    assert number_after(page, "Most likely") == float(f"{law.max() * len(law):.2g}")
    expect(page.get_by_text("runs: 2")).to_be_visible()
    top = law[np.argsort(scores, kind="stable")[-50:]].sum()
    assert number_after(page, "Top tenth") == round(100 * top)


def test_the_images_are_drawn_by_the_law_and_again_by_another_seed(sliders):
    page, (scores, labels) = sliders(), made(500)
    page.get_by_label("Direction").select_option("easy")
    page.get_by_label("A batch is drawn from").select_option("balanced")
    press(page, "Uniform share", "Home", 1)  # 0
    law = across_classes(scores, labels, 0, 1.0, "easy")
    expect(page.locator("dd b").first).to_have_text(f"{round(1 / (law**2).sum()):,} images")
    page.wait_for_timeout(1000)  # images follow once the slider rests
    first = shown_ids(page)
    assert len(first) == 64 and (law[first] > 0).all()
    page.get_by_role("button", name="Draw again").click()
    second = shown_ids(page)
    assert second != first and (law[second] > 0).all()
    many = list(first)
    for _ in range(30):
        page.get_by_role("button", name="Draw again").click()
        many += shown_ids(page)
    totals = np.bincount(labels, law, 10)
    counts, spread = np.bincount(labels[many], minlength=10), np.sqrt(len(many) * totals * (1 - totals))
    assert (abs(counts - len(many) * totals) < 5 * spread).all(), "the seeds are fixed, so this either holds or not"


def test_python_hears_of_released_settings_taken_settings_and_clicked_images(sliders):
    page = sliders("take=1")
    take = page.get_by_role("button", name="Use these settings")
    expect(take).to_be_disabled()
    press(page, "Temperature", "ArrowRight", 1)
    expect(page.get_by_text("now: LawSettings(draws='class', uniform=0.5, temperature=1.05")).to_be_visible()
    expect(page.get_by_text("taken: None")).to_be_visible()
    take.click()
    expect(page.get_by_text("taken: LawSettings(draws='class', uniform=0.5, temperature=1.05")).to_be_visible()
    expect(take).to_be_disabled()
    cell = page.get_by_role("gridcell").nth(3)
    wanted = shown_ids(page)[3]
    cell.click()
    expect(page.get_by_text(f"clicked: {wanted}", exact=True)).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"clicked: {shown_ids(page)[4]}", exact=True)).to_be_visible()


def test_a_phone_shows_it_all_in_one_column(sliders):
    page = sliders(viewport={"width": 390, "height": 844})
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    left = page.locator(".law h4").evaluate_all("all => new Set(all.map((h) => h.getBoundingClientRect().left)).size")
    assert left == 1
    said = page.locator(".curve").get_attribute("aria-label")
    assert "score" in said and page.locator(".images").get_attribute("aria-label")
