"""The image sheet in a real browser: click, keyboard, and a thousand images."""

from pathlib import Path

from playwright.sync_api import expect

HARNESS = Path(__file__).with_name("harness_app.py")


def cell(page, number: int):
    return page.get_by_role("gridcell", name=f"picture number {number} with a long caption", exact=True)


def test_click_tells_the_page_and_leaves_a_ring(serve, page_of):
    page = page_of(serve(HARNESS))
    expect(page.get_by_role("gridcell")).to_have_count(30)
    cell(page, 7).click()
    expect(page.get_by_text("sheet clicked: 107", exact=True)).to_be_visible()
    expect(cell(page, 7)).to_have_attribute("aria-selected", "true")
    page.get_by_test_id("stRadio").get_by_text("score").click()
    expect(page.get_by_text("runs: 3", exact=True)).to_be_visible()
    expect(cell(page, 7)).to_have_attribute("aria-selected", "true")
    cell(page, 8).click()
    expect(page.get_by_text("sheet clicked: 108", exact=True)).to_be_visible()
    expect(cell(page, 7)).to_have_attribute("aria-selected", "false")
    assert page.problems == []


def test_arrow_keys_move_and_enter_and_space_click(serve, page_of):
    page = page_of(serve(HARNESS))
    cell(page, 0).focus()
    across = page.get_by_role("row").first.get_by_role("gridcell").count()
    for key in ["ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft"]:
        page.keyboard.press(key)
    expect(cell(page, across + 1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"sheet clicked: {101 + across}", exact=True)).to_be_visible()
    expect(cell(page, across + 1)).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("Space")
    expect(page.get_by_text("sheet clicked: 129", exact=True)).to_be_visible()
    assert page.locator('.tile[tabindex="0"]').count() == 1
    assert page.problems == []


def test_pixels_are_enlarged_by_a_whole_number_without_smoothing(serve, page_of):
    canvas = cell(page_of(serve(HARNESS)), 0).locator("canvas")
    expect(canvas).to_have_css("image-rendering", "pixelated")
    expect(canvas).to_have_css("width", "56px")
    assert canvas.evaluate("node => [node.width, node.height]") == [8, 8]


def test_a_thousand_images_are_there_and_answer(serve, page_of):
    page = page_of(f"{serve(HARNESS)}/?tiles=1000")
    expect(page.get_by_role("gridcell")).to_have_count(1000)
    cell(page, 999).scroll_into_view_if_needed()
    cell(page, 999).click()
    expect(page.get_by_text("sheet clicked: 1099", exact=True)).to_be_visible()
    assert page.problems == []
