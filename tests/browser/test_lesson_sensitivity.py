"""The lesson on sensitivity: its number is the library's while points are dragged, keys pressed and sliders moved."""

import re
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from drawing import ours
from lesson_page import (
    assert_fits_a_phone,
    drag,
    drawn,
    history_length,
    in_address,
    open_lesson,
    opened,
    places,
    shown_number,
    slide,
)
from playwright.sync_api import expect
from seeded import Seeded

from ddcore.importance.kmeans import kmeans_sensitivity
from ddcore.ridge.leverage import centred_targets, ridge_terms
from ddcore.sampling.law import probabilities
from pages.parts.learn.sensitivity import SENSITIVITY

# Keys that come faster than frames, as they do while one is held down on a slow machine.
TWO_KEYS = """(point) => ["keydown", "keydown", "keyup"].forEach((kind) =>
  point.dispatchEvent(new KeyboardEvent(kind, { key: "ArrowRight", bubbles: true })))"""


def by_kmeans(points: np.ndarray, k: int, temperature: float, seed: int = 0) -> float:
    """How many times as often as under uniform sampling the most sensitive point is drawn."""
    terms, _ = kmeans_sensitivity(points, k, Seeded(seed), seedings=10)
    return len(points) * probabilities(sum(terms.values()), uniform=0, temperature=temperature).max()


def by_ridge(points: np.ndarray, squares: list[bool], ridge: float, temperature: float) -> float:
    features = np.hstack([np.ones((len(points), 1)), points])
    terms = ridge_terms(features, centred_targets(np.array(squares).astype(int), 2), ridge)
    return len(points) * probabilities(sum(terms.values()), uniform=0, temperature=temperature).max()


def same(shown: float, expected: float) -> bool:
    return shown == pytest.approx(expected, rel=1e-9)


def test_the_number_is_the_librarys_whatever_is_moved(page_of, serve):
    page = opened(page_of, serve, "lesson=sensitivity")
    assert same(shown_number(page), by_kmeans(places(page), 3, 1.0))
    slide(page, "Number of centres k", "ArrowRight", 2)
    slide(page, "Temperature", "ArrowRight", 5)
    in_address(page, "k=5", "temperature=1.5")
    assert same(shown_number(page), by_kmeans(places(page), 5, 1.5))

    before = places(page)
    drag(page, 20, -60, 80)
    in_address(page, "moved=20")
    after = places(page)
    assert (before != after).any(axis=1).nonzero()[0].tolist() == [20]
    assert same(shown_number(page), by_kmeans(after, 5, 1.5))

    page.get_by_role("combobox", name="Cost").select_option("ridge regression of the shape")
    slide(page, "Ridge λ", "ArrowRight", 3)
    labels = page.locator(".point").evaluate_all("all => all.map((point) => point.getAttribute('aria-label'))")
    squares = ["a square" in label for label in labels]
    assert 0 < sum(squares) < len(squares)
    assert same(shown_number(page), by_ridge(after, squares, 3.0, 1.5))
    expect(page.get_by_role("slider", name="Number of centres k")).to_be_hidden()

    in_address(page, "score=ridge", "ridge=3")
    number = shown_number(page)
    page.reload()
    drawn(page)
    assert shown_number(page) == number, "the address holds it all"
    assert not ours(page.problems)


def test_a_point_is_moved_by_keys_and_new_points_come_by_the_next_seed(page_of, serve):
    page = opened(page_of, serve, "lesson=sensitivity&hide=temperature")
    before = places(page)
    assert len(before) == SENSITIVITY.points, "the page knows which points an address can name"
    page.locator(".point[tabindex='0']").focus()
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    number, after = shown_number(page), places(page)
    np.testing.assert_allclose(after[1] - before[1], [0.02, -0.1], atol=1e-9)
    assert (after != before).any(axis=1).sum() == 1 and same(number, by_kmeans(after, 3, 1.0))
    page.locator(".point[tabindex='0']").evaluate(TWO_KEYS)
    shown_number(page)
    np.testing.assert_allclose(places(page)[1] - before[1], [0.06, -0.1], atol=1e-9)
    page.get_by_role("button", name="Undo my moves").click()
    shown_number(page)
    np.testing.assert_array_equal(places(page), before)
    page.get_by_role("button", name="New points").click()
    in_address(page, "seed=1")
    assert same(shown_number(page), by_kmeans(places(page), 3, 1.0, seed=1))
    expect(page.get_by_role("slider", name="Temperature")).to_be_hidden()


def hold(page, key: str, times: int) -> None:
    """A key that is held down, and repeats itself as slowly as the server can follow."""
    for _ in range(times):
        page.keyboard.down(key)
        page.wait_for_timeout(500)
    page.keyboard.up(key)


def test_a_held_key_is_one_entry_in_the_history(page_of, serve):
    page = opened(page_of, serve, "lesson=sensitivity")
    before = history_length(page)
    page.locator(".point[tabindex='0']").focus()
    hold(page, "ArrowUp", 4)
    shown_number(page)
    x, y = places(page)[0]
    in_address(page, f"moved=0%3A{x:.3f}%3A{y:.3f}")
    assert history_length(page) == before + 1
    page.get_by_role("slider", name="Temperature").focus()
    hold(page, "ArrowRight", 4)
    in_address(page, "temperature=1.4")
    assert history_length(page) == before + 2


def test_a_second_finger_does_not_move_the_point_that_the_first_one_holds(page_of, serve):
    page = opened(page_of, serve, "lesson=sensitivity", has_touch=True)
    page.locator(".plane").scroll_into_view_if_needed()
    before, fingers = places(page), page.context.new_cdp_session(page)

    def middle(point: int) -> np.ndarray:
        box = page.locator(".point .dot").nth(point).bounding_box()
        return np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])

    def touch(kind: str, *spots: np.ndarray) -> None:
        points = [{"x": float(x), "y": float(y), "id": i} for i, (x, y) in enumerate(spots)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    first, second, across = middle(44), middle(20), np.array([30, 0])
    touch("touchStart", first)
    touch("touchMove", first + across)
    touch("touchStart", first + across, second)
    touch("touchMove", first + 2 * across, second)
    touch("touchMove", first + 2 * across, second - 2 * across)
    touch("touchEnd")
    shown_number(page)
    moved, side = places(page) - before, page.locator(".plane").bounding_box()["width"]
    np.testing.assert_allclose(moved[44], 2 * across / side, atol=2e-3)
    assert moved.any(axis=1).sum() == 1


def test_points_say_how_they_are_moved_and_the_number_is_silent_meanwhile(page_of, serve):
    page = opened(page_of, serve, "lesson=sensitivity")
    point, number = page.locator(".point").first, page.locator("output.number")
    expect(point).to_have_accessible_description(re.compile("Arrow keys move this point"))
    expect(point).to_have_attribute("aria-roledescription", "movable point")
    expect(number).to_have_attribute("aria-live", "polite")
    box = point.locator(".dot").bounding_box()
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    page.mouse.down()
    page.mouse.move(box["x"] + 40, box["y"] + 4)
    expect(number).to_have_attribute("aria-live", "off")
    page.mouse.up()
    expect(number).to_have_attribute("aria-live", "polite")


def test_a_link_for_a_class_opens_the_lesson_without_what_was_hidden(page_of, serve):
    page = opened(page_of, serve, "lesson=sensitivity&k=5", permissions=["clipboard-read", "clipboard-write"])
    number = shown_number(page)
    page.get_by_role("button", name="Link for your class").click()
    ticks = page.get_by_test_id("stPopoverBody")
    ticks.get_by_text("Number of centres k").click(timeout=30_000)
    expect(ticks.get_by_role("checkbox", name="Number of centres k")).not_to_be_checked()
    expect(ticks.locator("input[type=text]")).to_have_value(
        re.compile("hide=k")
    )  # the tick shows before the server knows
    page.get_by_role("button", name="Copy link for your class").click()
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert dict(parse_qsl(urlsplit(link).query)) == {"lesson": "sensitivity", "k": "5", "hide": "k"}
    page.goto(link)
    drawn(page)
    expect(page.get_by_role("slider", name="Number of centres k")).to_be_hidden()
    expect(page.get_by_role("slider", name="Temperature")).to_be_visible()
    assert shown_number(page) == number


def test_the_check_says_whether_and_why(page_of, serve):
    page = opened(page_of, serve, "lesson=sensitivity", viewport={"width": 390, "height": 844})
    verdict = page.locator(".check [role=status]")
    page.locator(".check").get_by_role("radio").nth(1).check()
    expect(verdict).to_contain_text("Not this one")
    page.locator(".check").get_by_role("radio").nth(0).check()
    expect(verdict).to_contain_text("Right.")
    assert_fits_a_phone(page)
    open_lesson(page, "coreset")
    expect(verdict).to_be_empty()
    open_lesson(page, "sensitivity")
    expect(page.locator(".check").get_by_role("radio").nth(0)).to_be_checked()
    expect(verdict).to_contain_text("Right.")
