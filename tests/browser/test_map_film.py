"""The map of the digits in a real browser: synthetic images and trails, forms of points, view and selection held."""

import re

import numpy as np
import pytest
from canvas import canvas_pixels
from conftest import settled
from playwright.sync_api import expect
from sklearn.datasets import load_digits

from ddcore.files import write_npz
from ddcore.runs.naming import snapshot_name

HASH = "fedcba9876543210"
RUNS = ["20261129-000000-digits-dm-ipc1-aaaa", "20261129-000001-digits-dm-ipc1-bbbb"]
STEPS = np.arange(6) * 10
SIDE = 32  # of a synthetic image of 8 x 8 pixels on the screen while everything is shown
FIRST_SIDE = 36  # ... at most
THUMB = 32  # of a real one
ASIDE = 6  # that images of a pair stand to either side of their places


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """Digits on their first two principal components; sets that go from some digits to one of each class."""
    folder, digits = tmp_path_factory.mktemp("film"), load_digits()
    images = np.rint(digits.images / 16 * 255).astype(np.uint8)
    features = images.reshape(len(images), -1) / 255
    mean = features.mean(0)
    axes = np.linalg.svd(features - mean, full_matrices=False)[2]
    known = {"ids": np.arange(len(images)), "labels": digits.target, "hash": HASH, "steps": STEPS, "tile": [8, 8]}
    known |= {"xy": (features - mean) @ axes[:2].T, "other": (features - mean) @ axes[2:4].T}
    chosen: list[int] = []
    for place, run in enumerate(RUNS):
        for k in [*range(10), *range(10)]:  # goals of ten classes, then as many starts, all far from one another
            able = np.flatnonzero(digits.target == k)[:25]
            far = np.linalg.norm(known["xy"][able][:, None] - known["xy"][chosen or [1000]], axis=-1).min(1)
            chosen.append(int(able[far.argmax()]))
        goals, start = np.array(chosen[-20:-10]), features[chosen[-10:]]
        shares = np.linspace(0, 1, len(STEPS))[:, None, None]
        views = np.rint(255 * ((1 - shares) * start + shares * features[goals])).astype(np.uint8)
        for step, view in zip(STEPS, views, strict=True):
            write_npz(
                folder / "runs" / run / "snapshots" / snapshot_name(int(step)),
                view=view.reshape(10, 8, 8, 1), classes=np.arange(10), step=np.array(step),
            )  # fmt: skip
        odd = np.zeros((len(STEPS), 10), bool)
        odd[2] = True
        known |= {f"run{place}": run, f"classes{place}": np.arange(10), f"odd{place}": odd}
        known |= {f"view{place}": views.reshape(-1, 10, 8, 8), f"film{place}": (views / 255 - mean) @ axes[:2].T}
    (folder / "cache" / "datasets" / HASH).mkdir(parents=True)
    np.save(folder / "cache" / "datasets" / HASH / "images.npy", images[..., None])
    np.savez(folder / "harness.npz", **known)
    return known | {"folder": folder, "images": images}


@pytest.fixture(scope="module")
def address(serve, known):
    places = {"DDCORE_HARNESS": "harness.npz", "DDCORE_CACHE": "cache", "DDCORE_RUNS": "runs"}
    script = __file__.replace("test_map_film.py", "harness_film_app.py")
    return serve(script, {name: str(known["folder"] / place) for name, place in places.items()})


@pytest.fixture
def opened(address, page_of):
    """`opened("only=50", reduced_motion="reduce")`: the page with its map, which lists what was said in the browser."""
    pages = []

    def open_page(query: str = "", **options):
        page = page_of(f"{address}/?{query}", **options)
        expect(page.locator("canvas.overlay")).to_be_visible()
        page.evaluate(
            """() => { window.heard = []; for (const topic of ["over", "pick"])
            window.addEventListener(`explorer:${topic}`, (event) => window.heard.push([topic, event.detail])); }"""
        )
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        assert page.problems == []


def say(page, topic: str, detail) -> None:
    page.evaluate(
        "([topic, detail]) => window.dispatchEvent(new CustomEvent(`explorer:${topic}`, { detail }))", [topic, detail]
    )
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def spots(page, positions: np.ndarray, extent: np.ndarray, view=None) -> np.ndarray:
    """Where `positions` (n,2) are within the canvas, in pixels, if the points reach over `extent` (n,2)."""
    box = page.locator("canvas.overlay").bounding_box()
    low, high = extent.min(0), extent.max(0)
    reach = 0 if "nofilm" in page.url else FIRST_SIDE / 2 + 4 + (ASIDE if "pair" in page.url else 0)
    aside, above, below = max(24, reach), max(54, tools_end(page) + reach), max(30, reach)
    home = min((box["width"] - 2 * aside) / (high - low)[0], (box["height"] - above - below) / (high - low)[1])
    x, y, zoom = view or (*((low + high) / 2 + [0, (above - below) / 2 / home]), 1)
    scale = home * zoom
    across = box["width"] / 2 + (positions[:, 0] - x) * scale
    return np.stack([across, box["height"] / 2 - (positions[:, 1] - y) * scale], 1)


def tools_end(page) -> float:
    """The lower edge of the toolbar within the canvas."""
    tools, box = page.locator(".toolbar").bounding_box(), page.locator("canvas.overlay").bounding_box()
    return tools["y"] + tools["height"] - box["y"]


def spread_over(page, positions: np.ndarray, extent: np.ndarray, most: float = 2.5) -> np.ndarray:
    """As `spots`, in a map that fills its frame: one axis is stretched against the other, up to `most` times."""
    box = page.locator("canvas.overlay").bounding_box()
    low, high = extent.min(0), extent.max(0)
    able = np.array([box["width"] - 48, box["height"] - 84]) / (high - low)
    scale = np.minimum(able, most * able[::-1])
    from_middle = (positions - (low + high) / 2) * scale * [1, -1] + [0, 12]
    return from_middle + [box["width"] / 2, box["height"] / 2]


def on_page(page, spot: np.ndarray) -> tuple[float, float]:
    box = page.locator("canvas.overlay").bounding_box()
    return box["x"] + float(spot[0]), box["y"] + float(spot[1])


def pixels(page, layer: str, left: float, top: float, width: int = 1, height: int = 1) -> np.ndarray:
    """(height, width, 4) of one of the map's canvases."""
    box = (round(float(left)), round(float(top)), width, height)
    return canvas_pixels(page.locator(f"canvas.{layer}"), box).astype(int)


def drawn_image(page, spot: np.ndarray, side: int, layer: str = "images") -> np.ndarray:
    """(8,8,4) what is drawn round `spot`: the middle of each of an image's pixels."""
    corner, each = np.round(spot - side / 2 + 1e-6), side // 8
    return pixels(page, layer, *corner, side, side)[each // 2 :: each, each // 2 :: each]


def free(at: np.ndarray, apart: float) -> list[int]:
    """Those of `at` (n,2) that have no other as near as `apart` on both axes."""
    far = np.abs(at[:, None] - at[None]).max(-1) + 1e9 * np.eye(len(at))
    return np.flatnonzero(far.min(1) > apart).tolist()


def wait_for_image(page, spot: np.ndarray, side: int) -> None:
    page.wait_for_function(
        """([x, y]) => document.querySelector('[data-testid=stBidiComponentIsolated]').shadowRoot
        .querySelector('canvas.images').getContext('2d').getImageData(x, y, 1, 1).data[3] === 255""",
        arg=[round(float(spot[0])), round(float(spot[1]))],
    )


def test_synthetic_images_stand_at_their_places_at_the_cursor(opened, known):
    page = opened("only=300")
    real = known["xy"][:300]
    assert (known["film0"].min((0, 1)) > real.min(0) - 1e-6).all() and (
        known["film0"].max((0, 1)) < real.max(0) + 1e-6
    ).all()
    for at in (5, 3, 0):
        say(page, "cursor", {"runs": [RUNS[0]], "step": int(STEPS[at]) + 4})  # between two snapshots: the earlier one
        spot = spots(page, known["film0"][at], real)
        seen = free(spot, SIDE + 4)
        assert len(seen) >= 1
        wait_for_image(page, spot[seen[0]], SIDE)
        page.wait_for_load_state("networkidle")
        say(page, "cursor", {"runs": ["another run"], "step": 0})
        for image in seen:
            drawn = drawn_image(page, spot[image], SIDE)
            np.testing.assert_array_equal(drawn[..., 0], known["view0"][at, image])
            assert (drawn[..., 3] == 255).all()


@pytest.mark.parametrize("flat", [3, 40])
def test_a_map_may_fill_its_frame(opened, known, flat):
    """In what it draws, in what the pointer finds, and zoomed; a very flat cloud not wholly."""
    page = opened(f"nofilm&only=300&fill&flat={flat}")
    real = known["xy"][:300] / [1, flat]
    spot = spread_over(page, real, real)
    filled = np.ptp(spot[:, 1]) / (page.locator("canvas.overlay").bounding_box()["height"] - 84)
    assert filled == pytest.approx(1) if flat == 3 else filled < 0.7
    for one in free(spot, 14)[:3]:
        page.mouse.move(*on_page(page, spot[one]))
        expect(page.locator(".tip .note")).to_contain_text(f"image {known['ids'][one]}")
        area = pixels(page, "points", *(np.round(spot[one]) - 5), 11, 11)[..., :3].astype(int)
        assert np.abs(area - area[0, 0]).max() > 60
    page.mouse.wheel(0, -300)
    expect(page.get_by_text(re.compile(r"^view: \["))).to_be_visible()
    page.mouse.move(*on_page(page, spot[one] + 40))
    page.mouse.move(*on_page(page, spot[one]))
    expect(page.locator(".tip .note")).to_contain_text(f"image {known['ids'][one]}")


def test_what_would_cover_another_image_is_a_mark(opened, known):
    """So that the real images are seen."""
    page = opened("flat=1000")  # all on a line, and too many real images for thumbnails of them
    page.wait_for_load_state("networkidle")
    real = known["xy"] / [1, 1000]
    spot = spots(page, known["film0"][5] / [1, 1000], real)
    shown: list[int] = []
    for image in reversed(range(10)):
        if all(abs(spot[image, 0] - spot[other, 0]) >= SIDE for other in shown):
            shown.append(image)
    assert 1 < len(shown) < 10
    edges = []
    for image in set(range(10)) - set(shown):
        over = spot[min(shown, key=lambda other: abs(spot[other, 0] - spot[image, 0])), 0]
        edges.append(spot[image, 0] + np.sign(spot[image, 0] - over) * (SIDE / 2 - 2))
    bare = [x for x in edges if np.abs(spot[shown, 0] - x).min() > SIDE / 2 + 4]
    assert bare, "an image that is not shown would reach beyond the one over it"
    for x in bare:
        assert pixels(page, "images", x, spot[0, 1] - SIDE / 2 + 3)[..., 3].max() == 0
    for image in shown:
        assert pixels(page, "images", spot[image, 0], spot[0, 1] - SIDE / 2 + 3)[..., 3].max() == 255


def test_images_unlike_any_real_one_are_hollow(opened, known):
    page = opened("only=300")
    say(page, "cursor", {"runs": [RUNS[0]], "step": int(STEPS[2])})
    page.wait_for_load_state("networkidle")
    spot = spots(page, known["film0"][2], known["xy"][:300])
    image = free(spot, SIDE + 4)[0]
    faded, full = drawn_image(page, spot[image], SIDE), known["view0"][2, image]
    assert faded[..., 3].min() < 200 and np.corrcoef(faded[..., 0].ravel(), full.ravel())[0, 1] > 0.6
    say(page, "cursor", {"runs": [RUNS[0]], "step": int(STEPS[5])})
    spot = spots(page, known["film0"][5], known["xy"][:300])
    assert drawn_image(page, spot[free(spot, SIDE + 4)[0]], SIDE)[..., 3].min() == 255


def test_trails_grow_with_the_cursor(opened, known):
    page = opened("only=300")
    spot = np.array([spots(page, places, known["xy"][:300]) for places in known["film0"]])

    def far(at: int, point: np.ndarray) -> bool:
        """No image at that step hides the point, and no trail up to it comes near."""
        trails = np.linspace(spot[:at], spot[1 : at + 1], 50).reshape(-1, 2)
        return np.abs(spot[at] - point).max(-1).min() > SIDE / 2 + 6 and np.abs(trails - point).max(-1).min() > 5

    middles = (spot[2] + spot[3]) / 2  # a trail passes there between the third and the fourth step
    seen = [middle for middle in middles if far(1, middle) and np.abs(spot[5] - middle).max(-1).min() > SIDE / 2 + 6]
    assert len(seen) >= 3
    for cursor, drawn in ((1, False), (5, True), (1, False)):
        say(page, "cursor", {"runs": [RUNS[0]], "step": int(STEPS[cursor])})
        page.wait_for_timeout(1000)  # a busy machine paints late
        for middle in seen:
            assert (pixels(page, "images", *(middle - 1), 3, 3)[..., 3].max() > 0) == drawn


def test_pointer_and_sheet_tell_one_another(opened, known):
    page = opened("only=300")
    page.wait_for_load_state("networkidle")
    spot = spots(page, known["film0"][5], known["xy"][:300])
    image = free(spot, SIDE + 4)[0]
    page.mouse.move(*on_page(page, spot[image] + 9))
    expect(page.locator(".tip .note")).to_have_text(f"synthetic image {image + 1} · step 50")
    page.mouse.click(*on_page(page, spot[image] + 9))
    page.mouse.move(*on_page(page, np.array([400.0, 4.0])))
    told = {"run": RUNS[0], "image": image}
    assert page.evaluate("window.heard") == [["over", told], ["pick", told], ["over", None]]
    expect(page.get_by_text("clicked: None")).to_be_visible()
    say(page, "pick", None)
    assert pixels(page, "overlay", 0, 0, 800, 500)[..., 3].sum() > 0  # the ring of the first image only
    ring = pixels(page, "overlay", *(spot[image] - 40), 80, 80)[..., 3].sum()
    say(page, "over", told)
    lit = pixels(page, "overlay", *(spot[image] - 40), 80, 80)[..., 3].sum()
    assert lit > ring + 255 * 60 * 60
    say(page, "over", None)
    say(page, "pick", {"run": "another run", "image": image})
    assert pixels(page, "overlay", *(spot[image] - 40), 80, 80)[..., 3].sum() == ring
    say(page, "pick", told)
    assert pixels(page, "overlay", *(spot[image] - 40), 80, 80)[..., 3].sum() > ring


@pytest.mark.parametrize("pair", ["", "&pair"])
def test_the_first_view_keeps_synthetic_images_off_the_tools(opened, known, pair):
    page = opened(f"near=0.7{pair}")  # the outermost are synthetic
    page.wait_for_load_state("networkidle")
    height, width = page.locator("canvas.images").evaluate("canvas => [canvas.height, canvas.width]")
    for at in range(len(STEPS)):
        say(page, "cursor", {"runs": RUNS, "step": int(STEPS[at])})
        drawn = pixels(page, "images", 0, 0, width, height)[..., 3]
        assert drawn[: int(tools_end(page))].max() == 0
        assert drawn[:, [0, -1]].max() == drawn[-1].max() == 0
        assert drawn.max() == 255


def test_an_enlarged_image_stays_within_the_frame(opened, known):
    page = opened("near=0.7")
    page.wait_for_load_state("networkidle")
    height, width = page.locator("canvas.overlay").evaluate("canvas => [canvas.height, canvas.width]")
    for axis in (0, 1):
        for outermost in (np.argmin, np.argmax):
            at, image = np.unravel_index(outermost(known["film0"][..., axis]), known["film0"].shape[:2])
            say(page, "cursor", {"runs": [RUNS[0]], "step": int(STEPS[at])})
            say(page, "over", {"run": RUNS[0], "image": int(image)})
            page.wait_for_timeout(200)  # the overlay follows the cursor a frame later
            drawn = pixels(page, "overlay", 0, 0, width, height)[..., 3]
            assert (drawn > 0).sum() > 64**2
            assert drawn[:, [0, -1]].max() == drawn[[0, -1]].max() == 0


def test_the_second_run_has_dashed_borders(opened, known):
    page = opened("only=300&pair")
    page.wait_for_load_state("networkidle")
    places = [spots(page, known[f"film{run}"][5], known["xy"][:300]) for run in (0, 1)]
    all_spots = np.concatenate([places[0] - [ASIDE, 0], places[1] + [ASIDE, 0]])
    side = SIDE
    breaks = {0: [], 1: []}
    for one in free(all_spots, SIDE + 8):
        corner = np.round(all_spots[one] - side / 2 + 1e-6)
        edge = pixels(page, "images", corner[0], corner[1] - 1, side)[0, :, :3]
        breaks[one // 10].append(len(np.unique(edge, axis=0)))
    assert max(breaks[0]) <= 2 < min(breaks[1])


def test_keyboard_goes_through_the_synthetic_images(opened):
    page = opened("only=300")
    page.get_by_role("application", name=re.compile("300 images, and 10 synthetic ones")).focus()
    for key in ("Period", "Period", "Period", "Comma"):
        page.keyboard.press(key)
    expect(page.locator(".spoken")).to_contain_text("class 1 synthetic image 2")
    page.keyboard.press("Enter")
    assert page.evaluate("window.heard.at(-1)") == ["pick", {"run": RUNS[0], "image": 1}]


def test_filtered_points_are_neither_clicked_nor_selected(opened, known):
    page = opened("nofilm&only=400")
    page.get_by_text("Only even classes").click()
    even = known["labels"][:400] % 2 == 0
    expect(page.get_by_role("status")).to_have_text(f"{even.sum()} of 400 within the filters")
    spot = spots(page, known["xy"][:400], known["xy"][:400])
    apart = np.linalg.norm(spot[:, None] - spot[None], axis=-1)
    nearest = np.where(even, apart, np.inf).argmin(1)
    reach = apart[np.arange(400), nearest]
    tempting = np.flatnonzero(~even & (reach > 6) & (reach < 12))
    taken = int(nearest[tempting[0]])
    page.mouse.click(*on_page(page, spot[tempting[0]]))
    expect(page.get_by_text(f"clicked: {taken}", exact=True)).to_be_visible()
    lonely = np.flatnonzero(~even & (reach > 16))
    page.mouse.click(*on_page(page, spot[lonely[0]]))
    page.get_by_role("button", name="Select with a box").click()
    page.mouse.move(*on_page(page, spot.min(0) - 5))
    page.mouse.down()
    page.mouse.move(*on_page(page, spot.max(0) + 5), steps=3)
    page.mouse.up()
    expect(page.get_by_text(f"selected: {np.flatnonzero(even).tolist()}", exact=True)).to_be_visible()
    expect(page.get_by_text(f"clicked: {taken}", exact=True)).to_be_visible()


def test_forms_of_points_differ_in_shape(opened, known):
    page = opened("nofilm&only=400", color_scheme="light")
    spot, labels = spots(page, known["xy"][:400], known["xy"][:400]), known["labels"][:400]
    alone = [one for one in free(spot, 14) if one]

    def ink(one: int) -> np.ndarray:
        """(15,15) how far each pixel round a point is from the background."""
        area = pixels(page, "points", *(np.round(spot[one]) - 7), 15, 15)[..., :3].astype(int)
        return np.abs(area - area[0, 0]).sum(-1)

    def first(*wanted: int) -> int:
        return next(one for one in alone if labels[one] in wanted)

    ringed, disc, small, gone = first(8), first(0, 2, 4), first(6), first(1, 3)
    assert ink(ringed)[7, 7] < 0.4 * ink(ringed).max() and ink(disc)[7, 7] > 0.9 * ink(disc).max()
    whole = (ink(small) > 60).sum()
    page.get_by_text("Others grey").click()
    expect(page.get_by_text("runs: 2", exact=True)).to_be_visible()
    settled(page)
    assert 4 <= (ink(small) > 60).sum() < 0.75 * whole
    page.get_by_text("Only even classes").click()
    expect(page.get_by_role("status")).to_contain_text("within the filters")
    assert ink(gone).max() > 0 and (ink(gone) > 0).sum() < 10 < whole


def test_view_is_reported_held_by_the_page_and_undone(opened, known):
    page = opened("nofilm&only=400")
    expect(page.get_by_text("view: None", exact=True)).to_be_visible()
    spot = spots(page, known["xy"][:400], known["xy"][:400])
    page.mouse.move(*on_page(page, spot[7]))
    for _ in range(3):
        page.mouse.wheel(0, -300)
    expect(page.get_by_text(re.compile(r"^view: \["))).to_be_visible()
    seen = read_view(page)
    zoomed = spots(page, known["xy"][:400], known["xy"][:400], seen)
    np.testing.assert_allclose(
        zoomed[7], spot[7], atol=seen[2]
    )  # to a pixel at first, the place under the pointer stays
    page.get_by_role("button", name="Nothing changes").click()
    expect(page.get_by_text("runs: 3", exact=True)).to_be_visible()
    assert read_view(page) == seen
    page.mouse.move(*on_page(page, spot[7] + 3))
    expect(page.locator(".tip .note")).to_contain_text("image 7")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("view: None", exact=True)).to_be_visible()
    page.mouse.move(*on_page(page, spot[11]))
    expect(page.locator(".tip .note")).to_contain_text("image 11")


def test_a_link_opens_the_same_view_and_selection_anywhere(opened, known):
    view = (0.25, -0.5, 3.5)
    page = opened("nofilm&only=400&x=0.25&y=-0.5&zoom=3.5&chosen=3,8,21")
    expect(page.get_by_text("view: [0.25, -0.5, 3.5]", exact=True)).to_be_visible()
    expect(page.get_by_text("selected: [3, 8, 21]", exact=True)).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("3 of 400 selected")
    spot = spots(page, known["xy"][:400], known["xy"][:400], view)
    inside = [one for one in range(400) if (spot[one] > 60).all() and (spot[one] < 500).all()]
    one = min(inside, key=lambda one: np.abs(spot[one] - 280).max())
    page.mouse.move(*on_page(page, spot[one]))
    expect(page.locator(".tip .note")).to_contain_text(f"image {one}")
    page.keyboard.press("Escape")
    page.locator("canvas.overlay").focus()
    page.keyboard.press("Escape")
    expect(page.get_by_text("selected: []", exact=True)).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("selected: [3, 8, 21]", exact=True)).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("3 of 400 selected")
    page.get_by_role("button", name="Show everything").click()
    expect(page.get_by_text("view: None", exact=True)).to_be_visible()
    expect(page.get_by_text("selected: [3, 8, 21]", exact=True)).to_be_visible()


def read_view(page) -> list[float]:
    return [
        float(number) for number in re.findall(r"-?\d[\d.e-]*", page.get_by_text(re.compile(r"^view: ")).text_content())
    ]


def test_real_thumbnails_stand_on_the_points_without_overlap(opened, known):
    view = (0.0, 0.0, 9.0)
    page = opened("nofilm&x=0&y=0&zoom=9")
    spot = spots(page, known["xy"], known["xy"], view)
    box = page.locator("canvas.overlay").bounding_box()
    inside = (spot > THUMB / 2 + 1).all(1) & (spot < [box["width"] - THUMB / 2 - 1, box["height"] - THUMB / 2 - 1]).all(
        1
    )
    expected = []
    for one in np.flatnonzero(inside):  # image 0 is on top, and so the most important
        if all(np.abs(spot[one] - spot[other]).max() >= THUMB + 6 for other in expected):
            expected.append(int(one))
    assert 20 < len(expected) < 80
    wait_for_image(page, spot[expected[-1]], THUMB)
    page.wait_for_load_state("networkidle")
    for one in expected:
        np.testing.assert_array_equal(drawn_image(page, spot[one], THUMB)[..., 0], known["images"][one])
    page.get_by_text("Only even classes").click()
    expect(page.get_by_role("status")).to_contain_text("within the filters")
    gone = next(one for one in expected if known["labels"][one] % 2)
    assert not np.array_equal(drawn_image(page, spot[gone], THUMB)[..., 0], known["images"][gone])


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_points_move_to_their_new_places(opened, known, motion):
    page = opened("nofilm&only=400", reduced_motion=motion)
    page.evaluate(
        """() => {
            const { shadowRoot } = document.querySelector('[data-testid=stBidiComponentIsolated]');
            const canvas = shadowRoot.querySelector('canvas.points');
            const seen = window.seen = new Set();
            const look = () => {
                const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
                let sum = 0;
                for (let i = 0; i < data.length; i += 4) sum = (31 * sum + data[i] + 3 * data[i + 1]) >>> 0;
                seen.add(sum);
                requestAnimationFrame(look);
            };
            look();
        }"""
    )
    page.get_by_text("Other places").click()
    spot = spots(page, known["other"][:400], known["other"][:400])
    expect(page.get_by_text("runs: 2", exact=True)).to_be_visible()
    for one in (5, 77):

        def lands(one=one) -> bool:
            page.mouse.move(*on_page(page, spot[one] + 30))
            page.mouse.move(*on_page(page, spot[one]))
            return f"image {one}" in (page.locator(".tip .note").text_content() or "")

        for _ in range(40):
            if lands():
                break
            page.wait_for_timeout(100)
        assert lands()
    states = page.evaluate("window.seen.size")
    assert states == 2 if motion == "reduce" else states > 4
