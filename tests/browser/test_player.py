"""The player in a real browser: what it shows at a step is that step's frame, and new data never moves the reader."""

import re
from pathlib import Path

import numpy as np
import pytest
from canvas import canvas_pixels
from harness_player import LAST, LATER, MISSING, contact_sheet
from playwright.sync_api import Page, expect

from pages.parts.browser.player import cursor_step, thinned

HARNESS = Path(__file__).with_name("harness_player.py")


@pytest.fixture
def open_player(serve, page_of):
    """`open_player("one&play", **context options)`: the harness's page with these query parameters."""

    def open_page(show: str, **options) -> Page:
        page = page_of(f"{serve(HARNESS)}/?show={show}", **options)
        expect(page.locator(".player")).to_be_visible()
        return page

    return open_page


def expect_step(page: Page, step: int) -> None:
    """The text, the slider, both rules and every sheet are at `step`."""
    expect(page.locator(".where")).to_have_text(f"step {step} of {LAST}")
    expect(page.get_by_label("Step", exact=True)).to_have_value(str(step))
    for thing in page.locator("line.rule, .panel canvas").all():
        expect(thing).to_have_attribute("data-step", str(step))


def step_of(page: Page) -> int:
    return int(re.match(r"step (\d+)", page.locator(".where").inner_text())[1])


def scrub(page: Page, share: float) -> None:
    """Drag the slider's thumb from where it is to `share` of its length."""
    slider = page.get_by_label("Step", exact=True)
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    inside = box["width"] - 20  # the thumb is 20 pixels wide and stays inside
    page.mouse.move(box["x"] + 10 + inside * int(slider.input_value()) / LAST, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 10 + inside * share, middle, steps=8)
    page.mouse.up()


def tiles_shown(page: Page, side: int, columns: int, sheet: int = 0) -> np.ndarray:
    """The canvas scaled back: (10 * columns, side, side, 3) uint8. Asserts that each image pixel is one flat square."""
    canvas = page.locator(".panel canvas").nth(sheet)
    pixels = canvas_pixels(canvas)
    painted = pixels[..., 3].any(axis=0)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], painted, [0]]).astype(int)))
    lefts, scale = edges[::2], (edges[1] - edges[0]) // side
    painted = pixels[..., 3].any(axis=1)
    tops = np.flatnonzero(np.diff(np.concatenate([[0], painted]).astype(int)) == 1)
    assert len(lefts) * len(tops) == 10 * columns
    tiles = np.stack([pixels[y : y + side * scale, x : x + side * scale, :3] for y in tops for x in lefts])
    small = tiles[:, ::scale, ::scale]
    assert np.array_equal(small.repeat(scale, axis=1).repeat(scale, axis=2), tiles)
    return small


def tiles_made(step: int, side: int, columns: int) -> np.ndarray:
    sheet = contact_sheet(step, side, columns).reshape(10, side, columns, side, 3)
    return sheet.transpose(0, 2, 1, 3, 4).reshape(10 * columns, side, side, 3)


# Records, at every repaint, the step in words and whether the first canvas has an image.
WATCH = """() => {
  const player = [...document.querySelectorAll('*')].map(e => e.shadowRoot?.querySelector('.player')).find(Boolean);
  window.watched = [];
  const look = () => {
    const canvas = player.querySelector('canvas');
    const solid = canvas.getContext('2d').getImageData(1, 1, 1, 1).data[3] === 255;
    window.watched.push([parseInt(player.querySelector('.where').textContent.slice(5)), solid]);
    requestAnimationFrame(look);
  };
  look();
}"""


def test_autoplay_reaches_the_end_once_and_stops(open_player):
    page = open_player("one&play")
    page.evaluate(WATCH)
    assert step_of(page) < LAST
    expect_step(page, LAST)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.get_by_role("button", name="More").click()
    expect(page.get_by_text(f"cursor {LAST}, run 2")).to_be_visible()
    page.wait_for_timeout(300)
    steps = [step for step, _ in page.evaluate("window.watched")]
    assert steps == sorted(steps)
    assert len(set(steps)) > 5
    assert page.problems == []


def test_playing_never_shows_an_empty_sheet(open_player):
    page = open_player("images")
    expect_step(page, LAST)
    page.evaluate(WATCH)
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    watched = page.evaluate("window.watched")
    assert min(step for step, _ in watched) == 0
    assert all(solid for _, solid in watched)


def test_reduced_motion_shows_the_last_frame_and_stays(open_player):
    page = open_player("one&play", reduced_motion="reduce")
    page.evaluate(WATCH)
    expect_step(page, LAST)
    page.wait_for_timeout(500)
    assert {step for step, _ in page.evaluate("window.watched")} == {LAST}


def test_pause_holds_and_play_goes_on(open_player):
    page = open_player("one")
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(600)
    page.get_by_role("button", name="Pause").click()
    held = step_of(page)
    assert held < LAST
    expect(page.get_by_text(f"cursor {held}, run 2")).to_be_visible()
    expect_step(page, held)
    page.get_by_role("button", name="Play").click()
    expect_step(page, LAST)


def test_the_end_of_playing_is_reported_like_a_pause(open_player):
    page = open_player("one")
    page.get_by_label("Step", exact=True).fill("40")
    expect(page.get_by_text("cursor 40, run 2")).to_be_visible()
    page.get_by_role("button", name="Play").click()
    expect_step(page, LAST)
    expect(page.get_by_text(f"cursor {LAST}, run 3")).to_be_visible()


@pytest.mark.parametrize(("show", "side", "columns"), [("one", 8, 1), ("images", 28, 10)])
def test_scrubbing_shows_the_right_frame_and_tells_python_once(open_player, show, side, columns):
    page = open_player(show)
    expect_step(page, LAST)
    scrub(page, 0.634)  # 126.8 of 200: the nearest earlier snapshot is 120
    expect_step(page, 120)
    expect(page.get_by_text("cursor 120, run 2")).to_be_visible()
    assert np.array_equal(tiles_shown(page, side, columns), tiles_made(120, side, columns))
    page.wait_for_timeout(500)
    expect(page.get_by_text("cursor 120, run 2")).to_be_visible()
    assert page.problems == []


def test_screen_pixels_stay_square_on_a_dense_screen(open_player):
    page = open_player("images", device_scale_factor=1.5)
    expect_step(page, LAST)
    assert np.array_equal(tiles_shown(page, 28, 10), tiles_made(LAST, 28, 10))


def test_the_rules_follow_the_cursor_and_can_be_dragged(open_player):
    page = open_player("one")
    expect_step(page, LAST)
    plot = page.locator(".chart > svg").first
    rules = page.locator("line.rule")
    at_end = [float(rule.get_attribute("x1")) for rule in rules.all()]
    page.get_by_label("Step", exact=True).fill("100")
    expect_step(page, 100)
    half = [float(rule.get_attribute("x1")) for rule in rules.all()]
    assert half[0] == half[1] and at_end[0] == at_end[1]
    box = plot.bounding_box()
    quarter = half[0] - (at_end[0] - half[0]) / 2
    page.mouse.move(box["x"] + half[0], box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + quarter + 3, box["y"] + 100, steps=4)
    page.mouse.up()
    expect_step(page, 50)
    accuracy, loss = page.locator("text.flag").all()
    expect(accuracy).to_have_text("step 40: 64.3 ± 2.0 % (n = 3)")  # measured every 20 steps: the last one known
    expect(loss).to_have_text(re.compile(r"^step 50: [\d.]+$"))


def test_baselines_are_named_with_their_numbers(open_player):
    page = open_player("two")
    for text in ("random images, same budget 41.2 % (n = 3)", "full data 97.9 % (n = 1)"):
        expect(page.locator(".labels text.base", has_text=text)).to_have_count(1)
    described = page.locator(".chart > svg").first.get_attribute("aria-label")
    assert "random images, same budget: 41.2 ± 5.8 % (n = 3)" in described
    assert "loss emphasis: from 45.0 ± 2.0 % (n = 3) at step 0 to 79.4 ± 2.0 % (n = 3) at step 200" in described


def test_labels_of_baselines_stand_off_the_curves(open_player):
    """And hide what is behind them: each has a ground of its own."""
    page = open_player("two")
    crossed, grounds, labels = page.locator(".chart > svg").first.evaluate(
        """chart => {
        const boxes = [...chart.querySelectorAll('.labels text.base')].map((label) => label.getBBox());
        const points = [...chart.querySelectorAll('.ahead path.line')].flatMap((path) =>
            Array.from({ length: 1000 }, (_, i) => path.getPointAtLength(path.getTotalLength() * i / 999)));
        const inside = ({ x, y }, box) => x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height;
        const crossed = points.filter((point) => boxes.some((box) => inside(point, box))).length;
        return [crossed, chart.querySelectorAll('.labels rect').length, boxes.length];
        }"""
    )
    assert crossed == 0 and grounds == labels == 2


# [names in the chart, entries of its legend, points of curves within a name, pairs of names that overlap, dashes of the
# legend's lines, dashes of the chart's]
NAMED = """chart => {
  const names = [...chart.querySelectorAll(".labels text")].map((label) => label.getBBox());
  const curves = [...chart.querySelectorAll(".ahead path.line")].flatMap((path) =>
    Array.from({ length: 1000 }, (_, i) => path.getPointAtLength(path.getTotalLength() * i / 999)));
  const levels = [...chart.querySelectorAll("svg:not(.sample) .baseline")].flatMap((line) =>
    Array.from({ length: Math.floor(line.x2.baseVal.value - line.x1.baseVal.value) },
      (_, i) => ({ x: line.x1.baseVal.value + i, y: line.y1.baseVal.value })));
  const inside = ({ x, y }, box) => x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height;
  const touch = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width
    && a.y < b.y + b.height - 2 && b.y < a.y + a.height - 2;
  const drawn = (lines) => [...chart.querySelectorAll(lines)].map((line) => getComputedStyle(line))
    .map((style) => style.strokeDasharray + style.stroke);
  return [names.length, chart.querySelectorAll(".legend .entry").length,
    [...curves, ...levels].filter((point) => names.some((box) => inside(point, box))).length,
    names.flatMap((a, i) => names.slice(i + 1).filter((b) => touch(a, b))).length,
    drawn(".sample :is(.line, .baseline)"), drawn("svg:not(.sample) :is(.ahead .line, .baseline)")];
}"""


@pytest.mark.parametrize("size", [(1440, 900), (1024, 768)])
@pytest.mark.parametrize(("show", "count"), [("film", 2), ("filmkernel", 5), ("filmsapart", 6)])
def test_names_lie_on_no_line_and_on_no_other_name(open_player, show, count, size):
    """Where the chart has no room for all of them, a legend above it shows each with its line."""
    page = open_player(show, viewport=dict(zip(("width", "height"), size, strict=True)))
    expect_step(page, LAST)
    chart = page.locator(".chart").first
    named, listed, crossed, overlapping, samples, lines = chart.evaluate(NAMED)
    assert crossed == overlapping == 0
    assert named + listed == count
    assert set(samples) <= set(lines) and len(set(samples)) == len(samples) == listed
    assert listed or show == "film" or size[0] == 1440


@pytest.mark.parametrize("width", [1440, 1024])
def test_titles_of_a_pair_are_whole_and_the_images_level(open_player, width):
    page = open_player("filmsapart", viewport={"width": width, "height": 900})
    expect_step(page, LAST)
    for panels in (2, 3):
        if panels == 3:
            page.get_by_role("button", name="Difference").click()
        expect(page.locator(".panel")).to_have_count(panels)
        whole = "e => e.scrollWidth <= e.clientWidth && getComputedStyle(e).textOverflow !== 'ellipsis'"
        assert all(title.evaluate(whole) for title in page.locator(".title").all())
        tops = [canvas.bounding_box()["y"] for canvas in page.locator(".panel canvas").all()]
        assert max(tops) - min(tops) < 1
        fits = "e => e.scrollHeight <= e.clientHeight && e.scrollWidth <= e.clientWidth"
        assert all(table.evaluate(fits) for table in page.locator(".table").all())


def test_a_live_run_extends_without_moving_the_reader(open_player):
    page = open_player("live")
    expect_step(page, 100)
    page.evaluate(WATCH)
    page.get_by_role("button", name="More").click()
    expect_step(page, 120)  # it was at the end: it follows
    page.get_by_role("button", name="Previous snapshot").click()
    expect_step(page, 110)
    dots = page.locator(".chart").first.locator(".ahead .dot")
    page.wait_for_timeout(1000)  # until the chart has followed the cursor
    before = dots.count()
    page.get_by_role("button", name="More").click()
    expect(dots).to_have_count(before + 1)
    expect_step(page, 110)
    page.get_by_role("button", name="Newest").click()
    expect_step(page, 140)
    expect(page.get_by_text(re.compile("^cursor 140"))).to_be_visible()
    page.get_by_role("button", name="More").click()
    expect_step(page, 160)
    assert all(solid for _, solid in page.evaluate("window.watched"))
    assert page.problems == []


def test_two_runs_share_one_cursor(open_player):
    page = open_player("two")
    expect(page.locator("canvas")).to_have_count(2)
    scrub(page, 0.31)
    expect_step(page, 60)
    for sheet in (0, 1):
        assert np.array_equal(tiles_shown(page, 8, 1, sheet), tiles_made(60, 8, 1))
    flag = page.locator("text.flag").first
    expect(flag).to_have_text(re.compile(r"step 60:\s+A 60.4 ± 2.0 % \(n = 3\)\s+B 69.5 ± 2.0 %"))
    for chart in page.locator(".chart").all():  # names beside the axes, on no line
        labels = chart.locator(".labels .name")
        assert sorted(labels.all_text_contents()) == ["A", "B"]
        ends = chart.locator("line.floor").evaluate("line => Number(line.getAttribute('x2'))")
        assert all(label.evaluate("text => Number(text.getAttribute('x'))") > ends for label in labels.all())
    dashes = (
        page.locator(".chart")
        .first.locator(".ahead .line")
        .evaluate_all("lines => lines.map(line => line.getAttribute('stroke-dasharray'))")
    )
    assert len(set(dashes)) == 2


def test_everything_works_from_the_keyboard(open_player):
    page = open_player("one")
    expect_step(page, LAST)
    page.locator(".player").focus()
    for key, step in [
        ("ArrowLeft", 190),
        ("Home", 0),
        ("ArrowRight", 10),
        ("ArrowLeft", 0),
        ("ArrowLeft", 0),
        ("End", LAST),
    ]:
        page.keyboard.press(key)
        expect_step(page, step)
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.get_by_label("Step", exact=True).focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect_step(page, 10)
    expect(page.get_by_role("status").filter(has_text=f"Step 10 of {LAST}. k-means coreset")).to_be_attached()


def test_a_missing_frame_is_told_and_the_last_one_stays(open_player):
    page = open_player("torn")
    expect_step(page, LAST)
    page.get_by_label("Step", exact=True).fill(str(MISSING))
    expect(
        page.get_by_text(f"The images of step {MISSING} could not be loaded; these are of step {LAST}.")
    ).to_be_visible()
    assert np.array_equal(tiles_shown(page, 8, 1), tiles_made(LAST, 8, 1))
    page.get_by_role("button", name="Next snapshot").click()
    expect(page.get_by_text("could not be loaded")).to_be_hidden()
    expect_step(page, MISSING + 10)
    page.get_by_role("button", name="Play").click()
    expect_step(page, LAST)


def test_before_the_first_snapshot_it_says_so(open_player):
    page = open_player("new")
    expect(page.get_by_text("No snapshot yet: the first images appear here.")).to_be_visible()
    expect(page.get_by_role("button", name="Play")).to_be_disabled()
    expect(page.get_by_text("cursor 0, run 1")).to_be_visible()
    assert page.problems == []


def test_at_most_four_frames_are_loading_at_a_time(open_player):
    page = open_player("new")
    loading, most = set(), []
    page.on(
        "request", lambda request: "/made/" in request.url and (loading.add(request.url), most.append(len(loading)))
    )
    for event in ("requestfinished", "requestfailed"):
        page.on(event, lambda request: loading.discard(request.url))
    page.goto(page.url.replace("new", "images&play"))
    expect_step(page, LAST)
    assert len(most) == 21
    assert max(most) <= 4


@pytest.mark.parametrize(("width", "form"), [(420, "stack"), (1280, "columns")])
def test_it_fits_the_width(open_player, width, form):
    page = open_player("images", viewport={"width": width, "height": 900})
    expect(page.locator(".player")).to_have_attribute("data-form", form)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".stage").evaluate("e => e.scrollWidth <= e.clientWidth")


SAID = """() => {
  window.said = [];
  for (const topic of ["cursor", "over", "pick"]) {
    window.addEventListener(`explorer:${topic}`, ({ detail }) => window.said.push([topic, detail]));
  }
}"""
SIZES = [(1440, 900), (1024, 900)]


def corner(page: Page, tile: int, columns: int = 5) -> tuple[float, float]:
    """The middle of a tile of the first sheet, ten images in rows of `columns`."""
    box = page.locator(".panel canvas").first.bounding_box()
    rows = -(-10 // columns)
    return (
        box["x"] + (tile % columns + 0.4) * box["width"] / columns,
        box["y"] + (tile // columns + 0.3) * box["height"] / rows,
    )


def hear(page: Page, topic: str, detail) -> None:
    """Say it as another component of the page would."""
    page.evaluate(
        "([name, detail]) => window.dispatchEvent(new CustomEvent(`explorer:${name}`, { detail }))", [topic, detail]
    )


def test_the_cursor_is_said_while_it_moves_and_plays(open_player):
    page = open_player("film")
    expect_step(page, LAST)
    page.evaluate(SAID)
    page.get_by_label("Step", exact=True).fill("120")
    expect_step(page, 120)
    page.get_by_role("button", name="Play").click()
    expect_step(page, LAST)
    said = [detail for topic, detail in page.evaluate("window.said") if topic == "cursor"]
    assert {detail["runs"][0] for detail in said} == {"images"}
    steps = [detail["step"] for detail in said]
    assert steps[0] == 120 and steps[-1] == LAST and set(range(120, LAST + 1, 10)) == set(steps)


@pytest.mark.parametrize(("show", "image"), [("film", 3), ("shuffled", 6)])
def test_a_tile_is_pointed_at_and_picked(open_player, show, image):
    page = open_player(show)
    expect_step(page, LAST)
    page.evaluate(SAID)
    page.mouse.move(*corner(page, 3))
    expect(page.locator(".ring.over")).to_have_attribute("data-image", str(image))
    page.mouse.click(*corner(page, 3))
    expect(page.locator(".ring.picked")).to_have_attribute("data-image", str(image))
    expect(page.get_by_text(f"picked (0, {image})")).to_be_visible()
    page.mouse.move(5, 5)
    expect(page.locator(".ring.over")).to_be_hidden()
    said = [one for one in page.evaluate("window.said") if one[0] != "cursor"]  # it may be said again after a redraw
    place = {"run": "images", "image": image}
    assert ["over", place] in said and ["pick", place] in said and said[-1] == ["over", None]


def test_tiles_are_reached_from_the_keyboard_and_the_step_stays(open_player):
    page = open_player("film")
    expect_step(page, LAST)
    page.locator(".cell").focus()
    expect(page.locator(".ring.over")).to_have_attribute("data-image", "0")
    for key, image in [
        ("ArrowRight", 1),
        ("ArrowDown", 6),
        ("ArrowLeft", 5),
        ("End", 9),
        ("ArrowRight", 9),
        ("Home", 0),
    ]:
        page.keyboard.press(key)
        expect(page.locator(".ring.over")).to_have_attribute("data-image", str(image))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".ring.picked")).to_have_attribute("data-image", "1")
    expect(page.get_by_text("picked (0, 1)")).to_be_visible()
    expect_step(page, LAST)


def test_what_the_map_says_is_shown_in_the_sheet_of_its_run(open_player):
    page = open_player("films")
    expect_step(page, LAST)
    hear(page, "over", {"run": "later", "image": 4})
    first, second = page.locator(".ring.over").all()
    expect(second).to_be_visible()
    expect(first).to_be_hidden()
    hear(page, "over", {"run": "another", "image": 4})
    expect(second).to_be_hidden()
    hear(page, "pick", {"run": "later", "image": 7})
    expect(page.get_by_text("picked (1, 7)")).to_be_visible()
    hear(page, "pick", {"run": "later", "image": 700})  # no such image: nothing is picked
    expect(page.get_by_text("picked None")).to_be_visible()


def test_the_difference_is_of_the_two_sheets(open_player):
    page = open_player("films", viewport={"width": 1440, "height": 900})
    expect_step(page, LAST)
    page.get_by_role("button", name="Difference").click()
    expect(page.locator(".panel")).to_have_count(3)
    page.get_by_label("Step", exact=True).fill("40")
    expect_step(page, 40)
    a, b = tiles_made(40, 8, 1).astype(int), tiles_made(40 + LATER, 8, 1).astype(int)
    assert np.array_equal(tiles_shown(page, 8, 1, sheet=2), np.clip(128 + 2 * (a - b), 0, 255).astype(np.uint8))
    page.get_by_role("button", name="Difference").click()
    expect(page.locator(".panel")).to_have_count(2)
    assert page.problems == []


def test_the_step_at_which_two_part_is_marked(open_player):
    page = open_player("films")
    expect(page.locator(".parted")).to_have_text("The same until step 40, apart from step 50 on.")
    slider, mark = page.get_by_label("Step", exact=True).bounding_box(), page.locator(".slider .parting").bounding_box()
    at = slider["x"] + 10 + (slider["width"] - 20) * 50 / LAST
    assert abs(mark["x"] + mark["width"] / 2 - at) <= 1.5


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("show", ["film", "film10", "films", "films10"])
def test_a_film_fits_the_window(open_player, show, size):
    page = open_player(show, viewport=dict(zip(("width", "height"), size, strict=True)))
    expect_step(page, LAST)
    beside = not show.startswith("films") or (size[0] == 1440 and show == "films")
    expect(page.locator(".st-key-film")).to_have_attribute("data-form", "beside" if beside else "below")
    charts = page.locator(".chart")
    boxes = [charts.nth(i).bounding_box() for i in (0, 1)]
    assert boxes[0]["y"] == boxes[1]["y"] and boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    assert max(box["y"] + box["height"] for box in boxes) <= size[1]
    panel, column = page.locator(".panel").first.bounding_box(), page.locator(".st-key-film-map").bounding_box()
    if beside:
        assert panel["x"] + panel["width"] <= column["x"]
        assert abs(panel["y"] - column["y"]) <= 1 and abs(panel["height"] - column["height"]) <= 4
    table = page.locator(".table").first
    assert table.evaluate("e => e.scrollHeight <= e.clientHeight && e.scrollWidth <= e.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


@pytest.mark.parametrize("show", ["film", "films10"])
def test_on_a_phone_a_film_is_one_column(open_player, show):
    page = open_player(show, viewport={"width": 390, "height": 844})
    expect_step(page, LAST)
    parts = [page.locator(f".st-key-film-{part}").bounding_box() for part in ("sheets", "controls", "map", "charts")]
    assert all(one["y"] + one["height"] <= other["y"] for one, other in zip(parts, parts[1:], strict=False))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_an_axis_of_accuracies_spans_ten_points_and_says_what_is_missing(open_player):
    page = open_player("narrow")
    levels = page.locator(".chart").first.locator(".level").all_text_contents()
    values = [float(text.removesuffix(" %")) for text in levels]
    chart = page.locator(".chart").first
    places = [float(one.get_attribute("y")) for one in chart.locator(".level").all()]
    per_point = (places[0] - places[-1]) / (values[-1] - values[0])
    floor = float(chart.locator(".floor").get_attribute("y1"))
    top = float(
        chart.locator(".grid line").first.evaluate("e => e.closest('svg').querySelector('.rule').getAttribute('y1')")
    )
    assert (floor - top - 6) / per_point >= 10
    expect(chart.locator(".detail")).to_have_text(re.compile("random images not measured$"))
    expect(page.locator(".labels text.base", has_text="full data 98.3 % (n = 1)")).to_have_count(1)


def test_the_cursor_in_python_is_the_nearest_earlier_snapshot():
    steps = [0, 50, 100]
    assert [cursor_step(steps, chosen) for chosen in (None, 0, 49, 50, 1000)] == [100, 0, 0, 50, 100]
    assert cursor_step([20, 40], 10) == 20
    assert cursor_step([], 10) == cursor_step([], None) == 0


def test_thinning_keeps_ends_extremes_and_gaps():
    values = np.random.default_rng(0).normal(size=9_999)
    values[1234], values[5678], values[77] = 50, -50, np.nan
    steps, kept = thinned(range(9_999), values, most=500)
    assert len(steps) == len(kept) <= 760
    assert (steps[0], steps[-1]) == (0, 9_998)
    assert steps == sorted(set(steps))
    assert {1234, 5678, 77} <= set(steps)
    assert all(kept[i] is None if step == 77 else kept[i] == values[step] for i, step in enumerate(steps))
    assert thinned([1, 2], [0.5, float("inf")]) == [[1, 2], [0.5, None]]
