"""The map in a real browser, on a lattice whose ids are known: what is drawn round is what the page receives."""

import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

SIDE = 20
DATASET = "0123456789abcdef"
HARNESS = Path(__file__).with_name("harness_app.py")


@pytest.fixture(scope="module")
def address(serve, tmp_path_factory):
    """The harness, with a dataset of 800 images of 8 x 8 behind its thumbnails."""
    cache = tmp_path_factory.mktemp("cache")
    folder = cache / "datasets" / DATASET
    folder.mkdir(parents=True)
    np.save(folder / "images.npy", np.random.default_rng(0).integers(0, 256, (800, 8, 8, 1), dtype=np.uint8))
    return serve(HARNESS, {"DDCORE_CACHE": str(cache)})


@pytest.fixture
def page(address, page_of):
    page = page_of(address)
    expect(page.get_by_role("status")).to_have_text("400 images")
    yield page
    assert page.problems == []


def spot(page, x: float, y: float) -> tuple[float, float]:
    """Where lattice point (x, y) is on the screen while the map shows everything: 48 and 84 pixels are left free."""
    box = page.locator("canvas.overlay").bounding_box()
    scale = min((box["width"] - 48) / (SIDE - 1), (box["height"] - 84) / (SIDE - 1))
    middle = (SIDE - 1) / 2
    return (
        box["x"] + box["width"] / 2 + (x - middle) * scale,
        box["y"] + box["height"] / 2 + 12 - (y - middle) * scale,
    )


def ids_of(*points: tuple[int, int]) -> list[int]:
    return sorted(2 * (SIDE * y + x) for x, y in points)


def drag(page, *corners: tuple[float, float], button: str = "left") -> None:
    """Press at the first lattice place, move through the others, release."""
    places = [spot(page, *corner) for corner in corners]
    page.mouse.move(*places[0])
    page.mouse.down(button=button)
    for place in places[1:]:
        page.mouse.move(*place, steps=6)
    page.mouse.up(button=button)


def expect_selected(page, ids: list[int]) -> None:
    expect(page.get_by_text(re.compile(rf"^selected: {len(ids)} {re.escape(str(ids))}$"))).to_be_visible()


def block(left: int, right: int, bottom: int, top: int) -> list[tuple[int, int]]:
    return [(x, y) for x in range(left, right + 1) for y in range(bottom, top + 1)]


def test_lasso_selects_the_points_it_surrounds(page):
    triangle = [(2.5, 3.7), (2.5, 9.2), (8.2, 3.7)]
    drag(page, *triangle, triangle[0])
    wanted = [(x, y) for x, y in block(3, 8, 4, 9) if (x - 2.5) / 5.7 + (y - 3.7) / 5.5 < 1]
    expect_selected(page, ids_of(*wanted))
    expect(page.get_by_role("status")).to_have_text(f"{len(wanted)} of 400 selected")


def test_box_adds_with_shift_and_removes_with_alt(page):
    page.get_by_role("button", name="Select with a box").click()
    drag(page, (2.5, 2.5), (5.5, 4.5))
    expect_selected(page, ids_of(*block(3, 5, 3, 4)))
    page.keyboard.down("Shift")
    drag(page, (9.5, 9.5), (11.5, 10.5))
    page.keyboard.up("Shift")
    both = block(3, 5, 3, 4) + block(10, 11, 10, 10)
    expect_selected(page, ids_of(*both))
    page.keyboard.down("Alt")
    drag(page, (2.5, 2.5), (3.5, 12.5))
    page.keyboard.up("Alt")
    expect_selected(page, ids_of(*(point for point in both if point[0] != 3)))
    page.get_by_role("button", name="Clear the selection").click()
    expect_selected(page, [])


def test_click_tells_the_page_which_image(page):
    page.mouse.click(*spot(page, 7, 11))
    expect(page.get_by_text(f"map clicked: {ids_of((7, 11))[0]}", exact=True)).to_be_visible()
    expect_selected(page, [])


def test_hovering_shows_the_image_with_its_class_and_value(page):
    page.mouse.move(*spot(page, 19, 19))
    image = page.locator("img.thumb")
    expect(image).to_have_attribute("src", f"/thumb/{DATASET}/798.png")
    expect(page.locator(".words")).to_contain_text("class 8")
    expect(page.locator(".note")).to_have_text(re.compile(r"image 798 · score \d"))
    page.wait_for_function("node => node.complete && node.naturalWidth === 8", arg=image.element_handle())
    expect(image).to_have_css("width", "112px")
    tip, frame = page.locator(".tip").bounding_box(), page.locator(".frame").bounding_box()
    assert frame["x"] <= tip["x"] and tip["x"] + tip["width"] <= frame["x"] + frame["width"]
    assert frame["y"] <= tip["y"] and tip["y"] + tip["height"] <= frame["y"] + frame["height"]


def test_selection_survives_a_change_of_colours_and_order(page):
    drag(page, (2.5, 2.5), (5.5, 2.5), (5.5, 4.5), (2.5, 4.5))
    expect_selected(page, ids_of(*block(3, 5, 3, 4)))
    before = page.get_by_text(re.compile("^runs: ")).text_content()
    page.get_by_test_id("stRadio").get_by_text("score").click()
    expect(page.get_by_text(before, exact=True)).to_have_count(0)
    expect_selected(page, ids_of(*block(3, 5, 3, 4)))
    expect(page.get_by_role("status")).to_have_text("6 of 400 selected")
    page.keyboard.down("Shift")
    drag(page, (9.5, 9.5), (9.5, 10.5), (10.5, 10.5), (10.5, 9.5))
    page.keyboard.up("Shift")
    expect_selected(page, ids_of(*block(3, 5, 3, 4), (10, 10)))


def test_selection_and_view_survive_a_visit_elsewhere(page):
    page.get_by_role("button", name="Select with a box").click()
    drag(page, (2.5, 2.5), (5.5, 4.5))
    expect_selected(page, ids_of(*block(3, 5, 3, 4)))
    show = page.get_by_test_id("stCheckbox").get_by_text("Show the map")
    show.click()
    expect(page.locator("canvas.overlay")).to_have_count(0)
    expect_selected(page, [])
    show.click()
    expect_selected(page, ids_of(*block(3, 5, 3, 4)))
    expect(page.get_by_role("button", name="Select with a box")).to_have_attribute("aria-pressed", "true")


def test_page_of_keys_goes_with_the_next_thing_done(page):
    keys, tool = page.locator("dl.help"), page.get_by_role("button", name="Mouse and keyboard")
    tool.click()
    expect(keys).to_be_visible()
    tool.click()
    expect(keys).to_be_hidden()
    tool.click()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    expect(tool).to_have_attribute("aria-expanded", "false")
    tool.click()
    page.get_by_role("button", name="Select with a box").click()
    expect(keys).to_be_hidden()
    tool.click()
    box = keys.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    expect(keys).to_be_hidden()
    page.mouse.move(*spot(page, 12.5, 2.5), steps=5)
    page.mouse.up()
    expect(page.get_by_text(re.compile(r"^selected: \d+ "))).to_be_visible()


def test_pan_and_zoom_move_what_a_click_hits(page):
    page.get_by_role("button", name="Pan").click()
    drag(page, (5, 5), (8, 9))
    page.wait_for_timeout(1000)  # as below
    page.mouse.click(*spot(page, 10, 12))
    expect(page.get_by_text(f"map clicked: {ids_of((7, 8))[0]}", exact=True)).to_be_visible()
    page.get_by_role("button", name="Show everything").click()
    page.mouse.move(*spot(page, 4, 4))
    page.mouse.wheel(0, -400)
    page.wait_for_timeout(1000)  # the map tells the page its view: a click in the same moment may be lost
    page.mouse.click(*spot(page, 4, 4))
    expect(page.get_by_text(f"map clicked: {ids_of((4, 4))[0]}", exact=True)).to_be_visible()
    page.mouse.click(*spot(page, 9, 4))  # magnified, this is point (7, 4) or nearer to (4, 4)
    expect(page.get_by_text(f"map clicked: {ids_of((7, 4))[0]}", exact=True)).to_be_visible()


def test_keyboard_alone_finds_opens_selects_and_clears(page):
    canvas = page.get_by_role("application", name="Map of 400 images")
    canvas.focus()
    for _ in range(4):
        page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile(r"^map clicked: \d+$"))).to_be_visible()
    page.keyboard.press("Shift+Enter")
    expect(page.get_by_role("status")).to_have_text("1 of 400 selected")
    page.keyboard.press("Alt+Enter")
    expect(page.get_by_role("status")).to_have_text("400 images")
    page.keyboard.press("x")
    for key in ["Shift+ArrowRight", "Shift+ArrowDown"] * 12:
        page.keyboard.press(key)
    page.keyboard.press("x")
    box = canvas.bounding_box()
    left, top = box["x"] + box["width"] / 2 - 40, box["y"] + box["height"] / 2
    places = {point: spot(page, *point) for point in block(0, SIDE - 1, 0, SIDE - 1)}
    within = [point for point, (x, y) in places.items() if left <= x <= left + 120 and top <= y <= top + 120]
    expect_selected(page, ids_of(*within))
    page.keyboard.press("Escape")
    expect_selected(page, [])
    page.keyboard.press("b")
    expect(page.get_by_role("button", name="Select with a box")).to_have_attribute("aria-pressed", "true")


def test_sixty_thousand_points_can_be_zoomed_and_selected(address, page_of):
    page = page_of(f"{address}/?n=60000")
    expect(page.get_by_role("status")).to_have_text("60,000 images")
    page.evaluate(
        """async () => {
            const frame = document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot;
            const canvas = frame.querySelector('canvas.overlay');
            const box = canvas.getBoundingClientRect();
            const middle = {clientX: box.x + box.width / 2, clientY: box.y + box.height / 2};
            for (let i = 0; i < 10; i++) {
                canvas.dispatchEvent(new WheelEvent('wheel', {deltaY: -60, ...middle}));
                await new Promise(requestAnimationFrame);
            }
        }"""
    )
    page.get_by_role("button", name="Show everything").click()
    drag(page, (-3, 1), (-3, 18), (22, 18), (22, 1))
    expect(page.get_by_text(re.compile(r"^selected: \d{4,5} "))).to_be_visible()
    assert page.problems == []
