"""A lesson as a person meets it: what it shows, and how its controls are moved."""

import re
from pathlib import Path

import numpy as np
from playwright.sync_api import expect

from pages.parts.learn.lessons import LESSONS

APP = Path(__file__).resolve().parents[2] / "app.py"
TOUCH = 44  # CSS pixels that a finger needs


def opened(page_of, serve, query: str, **options):
    """The Learn page at `query`, its picture drawn."""
    page = page_of(f"{serve(APP, {'OMP_NUM_THREADS': '1'})}/learn?{query}", **options)
    drawn(page)
    return page


def drawn(page) -> None:
    expect(page.locator("output.number[data-value]")).to_be_visible(timeout=60_000)


def in_address(page, *texts: str) -> None:
    """Wait until the address names all of these."""
    for text in texts:
        expect(page).to_have_url(re.compile(re.escape(text)), timeout=30_000)


def shown_number(page) -> float:
    """The lesson's number as it was computed, once what was last done is drawn."""
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    return float(page.locator("output.number").get_attribute("data-value"))


def slide(page, label: str, key: str, times: int = 1) -> None:
    slider = page.get_by_role("slider", name=label)
    slider.focus()
    for _ in range(times):
        slider.press(key)


def press(page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def open_lesson(page, name: str) -> None:
    """Another lesson, by the row of all of them."""
    place = list(LESSONS).index(name) + 1
    page.get_by_role("radio", name=f"{place}. {LESSONS[name].title}").click()
    expect(page.get_by_role("heading", name=LESSONS[name].question)).to_be_visible(timeout=30_000)
    drawn(page)


def history_length(page) -> int:
    return page.evaluate("history.length")


def places(page) -> np.ndarray:
    """(n, 2) where the points of the plane are."""
    texts = page.locator(".point").evaluate_all("all => all.map((point) => point.dataset.place)")
    return np.array([[float(part) for part in text.split(",")] for text in texts])


def drag(page, point: int, across: float, down: float) -> None:
    """Drag a point of the plane by so many CSS pixels."""
    page.locator(".plane").scroll_into_view_if_needed()
    box = page.locator(".point .dot").nth(point).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + across, y + down, steps=5)
    page.mouse.up()


def assert_fits_a_phone(page) -> None:
    """Nothing is wider than the screen, and what a finger takes is large enough for it."""
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    boxes = page.locator(".lesson :is(button, select, input[type=range], .answer, summary):visible").all()
    assert len(boxes) > 4
    for box in boxes:
        assert box.bounding_box()["height"] >= TOUCH - 0.5, box.inner_text()
