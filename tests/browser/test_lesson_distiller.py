"""The distiller at work in a real browser: its number is that of `ddcore`'s distribution matching, step for step."""

import re

import numpy as np
import pytest
from drawing import ours
from lesson_page import (
    assert_fits_a_phone,
    drag,
    drawn,
    in_address,
    open_lesson,
    opened,
    places,
    press,
    shown_number,
    slide,
)
from playwright.sync_api import expect
from toy_distiller import ToyDistiller, accuracy

STILL = {"reduced_motion": "reduce"}  # points are where they go at once


def agrees(page, toy: ToyDistiller) -> None:
    assert shown_number(page) == toy.accuracy()
    np.testing.assert_allclose(places(page), toy.points, rtol=1e-6)


def test_a_step_in_four_parts_and_twenty_at_once_are_those_of_the_library(page_of, serve):
    page, toy = opened(page_of, serve, "lesson=distiller", **STILL), ToyDistiller(0, 3)
    status = page.locator(".distiller .status")
    agrees(page, toy)
    before = toy.accuracy()
    press(page, "1. Sample")
    expect(page.locator("circle.drawn:visible")).to_have_count(48 + 1)  # and that of the legend
    press(page, "2. Match")
    expect(page.locator(".over .pull")).to_have_count(9)
    loss = toy.step("uniform", 0.03)
    expect(status).to_contain_text(f"loss {loss:.3f}")
    press(page, "3. Update")
    expect(page.locator(".over .pull")).to_have_count(0)
    assert shown_number(page) == before, "it is measured when asked for"
    np.testing.assert_allclose(places(page), toy.points, rtol=1e-6)
    press(page, "4. Evaluate")
    agrees(page, toy)

    page.get_by_role("combobox", name="Real batches are drawn").select_option("by importance")
    slide(page, "Step size", "End")
    page.get_by_role("button", name="20 steps").focus()
    page.keyboard.press("Enter")
    expect(status).to_contain_text("Step 21")
    for _ in range(20):
        toy.step("importance", 0.1)
    agrees(page, toy)
    expect(page.get_by_role("button", name="Play or pause")).to_be_disabled()
    assert not ours(page.problems)


def test_other_starts_and_points_moved_by_hand(page_of, serve):
    page = opened(page_of, serve, "lesson=distiller&ipc=2&hide=rate", viewport={"width": 390, "height": 844}, **STILL)
    agrees(page, ToyDistiller(0, 2))
    press(page, "New start")
    toy = ToyDistiller(1, 2)
    agrees(page, toy)
    slide(page, "Synthetic points per class", "ArrowLeft")
    agrees(page, ToyDistiller(1, 1))
    slide(page, "Synthetic points per class", "ArrowRight")
    agrees(page, toy)
    assert_fits_a_phone(page)
    drag(page, 4, 60, -40)
    after = places(page)
    assert (after != toy.points).any(axis=1).nonzero()[0].tolist() == [4]
    assert shown_number(page) == accuracy(after, toy.state["classes"])
    press(page, "Undo my moves")
    agrees(page, toy)


def test_a_moved_point_moves_on_from_where_the_steps_took_it(page_of, serve):
    page = opened(page_of, serve, "lesson=distiller", **STILL)
    page.locator(".point[tabindex='0']").press("ArrowRight")
    shown_number(page)
    press(page, "20 steps")
    shown_number(page)
    before = places(page)
    page.locator(".point[tabindex='0']").press("ArrowRight")
    shown_number(page)
    moved = places(page) - before
    np.testing.assert_allclose(moved[0], [0.02, 0], atol=1e-3)  # a place that is moved to has three decimals
    assert not moved[1:].any()


def test_what_is_pressed_before_the_next_frame_is_done_in_turn(page_of, serve):
    page = opened(page_of, serve, "lesson=distiller", **STILL)
    page.locator(".lesson").evaluate(
        """lesson => ["New start", "20 steps"].forEach((name) =>
          [...lesson.querySelectorAll("button")].find((button) => button.textContent === name).click())"""
    )
    toy = ToyDistiller(1, 3)
    for _ in range(20):
        toy.step("uniform", 0.03)
    agrees(page, toy)
    assert not ours(page.problems)


def test_steps_and_moves_are_there_after_another_lesson_and_in_the_link(page_of, serve):
    page = opened(page_of, serve, "lesson=distiller&ipc=2", **STILL)
    status = page.locator(".distiller .status")
    press(page, "20 steps")
    slide(page, "Step size", "End")
    press(page, "20 steps")
    drag(page, 4, 60, -40)
    number, before = shown_number(page), places(page)

    def as_before() -> None:
        expect(status).to_contain_text("Step 40")
        assert shown_number(page) == number
        np.testing.assert_allclose(places(page), before, atol=1e-6)

    open_lesson(page, "coreset")
    open_lesson(page, "distiller")
    as_before()
    in_address(page, "at=40_", "moved=4")
    page.reload()
    drawn(page)
    as_before()
    press(page, "Undo my moves")
    agrees(page, ToyDistiller(0, 2))
    expect(page).not_to_have_url(re.compile("moved="))
    page.go_back()
    as_before()


def test_a_link_with_a_moved_point_begins_as_any_other(page_of, serve):
    page = opened(page_of, serve, "lesson=distiller&moved=0:0.500:0.250", **STILL)
    expect(page.locator(".distiller .status")).to_contain_text("Press 1. Sample")
    np.testing.assert_array_equal(places(page)[0], [0.5, 0.25])


def test_it_plays_until_it_is_paused(page_of, serve):
    page = opened(page_of, serve, "lesson=distiller&seed=3")
    status, toy = page.locator(".distiller .status"), ToyDistiller(3, 3)
    press(page, "Play or pause")
    expect(status).to_contain_text(re.compile(r"Step [3-9],"))
    expect(page.locator("output.number")).to_have_attribute("aria-live", "off")
    press(page, "Play or pause")
    expect(page.locator("output.number")).to_have_attribute("aria-live", "polite")
    paused = status.inner_text()
    page.wait_for_timeout(700)
    assert status.inner_text() == paused
    for _ in range(int(re.search(r"Step (\d+)", paused)[1])):
        toy.step("uniform", 0.03)
    assert shown_number(page) == pytest.approx(toy.accuracy())
    np.testing.assert_allclose(places(page), toy.points, rtol=1e-6)


def test_who_leaves_while_it_plays_finds_the_step_that_was_shown(page_of, serve):
    page = opened(page_of, serve, "lesson=distiller")
    status = page.locator(".distiller .status")
    press(page, "Play or pause")
    expect(status).to_contain_text(re.compile(r"Step [3-9],"))
    open_lesson(page, "coreset")
    open_lesson(page, "distiller")
    expect(status).to_contain_text(re.compile(r"Step ([3-9]|\d\d), as it was left"))
    expect(page.locator("output.number")).to_have_attribute("aria-live", "polite")
