"""Watch as a film: two fates on one cursor, the difference of their pictures, and a run that waits."""

import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from canvas import canvas_pixels
from playwright.sync_api import expect

from ddcore.experiments.resolving import resolve
from ddcore.files import write_json, write_npz
from ddcore.runs.folder import BLANK_STATUS, RunFolder
from ddcore.runs.states import process_started

STEPS, SIDE = 60, 8
PARTS_AT = 40  # the first snapshot at which the pictures of the two runs differ


def pictures(run: str, step: int, ipc: int) -> np.ndarray:
    """(10 * ipc, SIDE, SIDE, 1) uint8: noise of the step; from `PARTS_AT` on, of the run, too."""
    rng = np.random.default_rng([step, ord(run[0]) if step >= PARTS_AT else 0])
    return rng.integers(0, 256, (10 * ipc, SIDE, SIDE, 1), np.uint8)


def made(name: str, *, ipc: int = 1, every: int = 10, state: str = "finished", **settings) -> RunFolder:
    """A run of digits written by hand; its classes are not in order. One that waits has neither data nor pictures."""
    run, waits = RunFolder(Path(os.environ["DDCORE_RUNS"]) / name), state == "queued"
    asked = resolve({"dataset": "digits", "steps": STEPS, "width": 8, "device": "cpu", "ipc": ipc, **settings})
    dataset = {"name": "digits", "hash": "0" * 16, "classes": [str(i) for i in range(10)], "shape": [1, SIDE, SIDE]}
    known = {"dataset": None if waits else dataset, "network": {"width": 8, "depth": 2}, "protocol": None}
    about = {"kind": "distill", "id": name, "created": "2026-01-01T00:00:00", "settings": asked, "queue": None}
    write_json(run.path / "config.json", about | known)
    status = {"state": state, "step": 0 if waits else STEPS, "total": 0 if waits else STEPS}
    if waits:  # a process stands behind it
        status |= {"pid": os.getpid(), "started": process_started(os.getpid())}
    write_json(run.path / "status.json", BLANK_STATUS | status)
    if not waits:
        for step in range(0, STEPS + 1, every):
            view, classes = pictures(name, step, ipc), np.tile(np.arange(10)[::-1], ipc)
            write_npz(run.snapshot_path(step), view=view, classes=classes, step=np.array(step))
        lines = [
            {"event": "step", "step": i, "loss": 1 / i, "seconds": 0.1, "time": 1.0 + i} for i in range(1, STEPS + 1)
        ]
        (run.path / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return run


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """One set of folders for all tests of this file, so that they share a server."""
    root = tmp_path_factory.mktemp("film")
    return {f"DDCORE_{kind}": str(root / kind.lower()) for kind in ("DATA", "CACHE", "RUNS", "UPLOADS")}


@pytest.fixture
def watch(serve, page_of, own_folders, folders, monkeypatch):
    """`watch("one", "two", **context options)`: the page of one run, or of two."""
    for name, place in folders.items():
        monkeypatch.setenv(name, place)
    shutil.rmtree(folders["DDCORE_RUNS"], ignore_errors=True)

    def opened(run: str, beside: str = "", **options):
        address = f"{serve('app.py', folders)}/watch?run={run}" + (f"&beside={beside}" if beside else "")
        page = page_of(address, **({"viewport": {"width": 1440, "height": 900}} | options))
        expect(page.locator(".player .panel").first).to_be_visible(timeout=20_000)
        expect(page.locator(".where")).to_have_text(f"step {STEPS} of {STEPS}", timeout=20_000)
        return page

    return opened


def shown(page, sheet: int, ipc: int) -> np.ndarray:
    """The pixels (rows * SIDE, columns * SIDE) of a sheet's first channel, scaled back to its tiles in a grid."""
    canvas = page.locator(".player .panel canvas").nth(sheet)
    pixels = canvas_pixels(canvas)
    painted = [pixels[..., 3].any(axis=axis) for axis in (0, 1)]
    starts = [np.flatnonzero(np.diff(np.concatenate([[0], line]).astype(int)) == 1) for line in painted]
    ends = np.flatnonzero(np.diff(np.concatenate([painted[0], [0]]).astype(int)) == -1)
    scale = (ends[0] + 1 - starts[0][0]) // SIDE
    assert 10 * ipc <= len(starts[0]) * len(starts[1]) < 10 * ipc + len(starts[0])
    tiles = [
        pixels[y : y + SIDE * scale : scale, x : x + SIDE * scale : scale, 0] for y in starts[1] for x in starts[0]
    ]
    return np.stack(tiles)[: 10 * ipc]


def in_rows(view: np.ndarray, ipc: int) -> np.ndarray:
    """(10 * ipc, SIDE, SIDE): the set's images in the order of the sheet; classes run backwards in it."""
    return np.stack([view[9 - label + 10 * i, ..., 0] for label in range(10) for i in range(ipc)])


def test_a_difference_waits_for_the_later_of_its_pictures(watch):
    made("a")
    made("b", importance="loss")
    page, held = watch("a", "b"), []
    page.get_by_role("button", name="Difference").click()
    between = page.locator(".player .panel").nth(2)
    expect(between.locator("canvas")).to_have_attribute("data-step", str(STEPS))
    other = re.compile(r"/frame/b/30\.png")
    page.route(other, lambda route: held.append(route))
    with page.expect_request(other):
        page.get_by_label("Step", exact=True).fill("30")
    expect(page.locator(".player .panel canvas").first).to_have_attribute("data-step", "30")
    expect(between.locator(".shown")).to_have_text(f"step {STEPS}")
    (late,) = held
    late.continue_()
    expect(between.locator("canvas")).to_have_attribute("data-step", "30")
    expect(between.locator(".shown")).to_have_text("step 30")


@pytest.mark.parametrize("ipc", [1, 3])
def test_the_difference_is_that_of_the_snapshots(watch, ipc):
    made("a", ipc=ipc)
    made("b", ipc=ipc, importance="loss")
    page = watch("a", "b")
    page.get_by_role("button", name="Difference").click()
    expect(page.locator(".player .panel")).to_have_count(3)
    for step in (PARTS_AT - 10, PARTS_AT):
        page.get_by_label("Step", exact=True).fill(str(step))
        expect(page.locator(".player .panel canvas").nth(2)).to_have_attribute("data-step", str(step))
        a, b = (in_rows(pictures(run, step, ipc).astype(int), ipc) for run in "ab")
        assert np.array_equal(shown(page, 0, ipc), a)
        assert np.array_equal(shown(page, 2, ipc), np.clip(128 + 2 * (a - b), 0, 255))
        assert (step < PARTS_AT) == (shown(page, 2, ipc) == 128).all()
    assert [problem for problem in page.problems if "image" in problem] == []


def test_the_step_at_which_two_runs_part_is_told(watch):
    made("a")
    made("b", every=20)  # of the steps that both have, 20 is the last before they differ
    page = watch("a", "b")
    equal = [step for step in (0, 20, 40, 60) if np.array_equal(pictures("a", step, 1), pictures("b", step, 1))]
    assert equal == [0, 20]
    expect(page.locator(".parted")).to_have_text("The same until step 20, apart from step 40 on.")
    expect(page.locator(".slider .parting")).to_be_visible()


def test_sets_of_another_size_have_no_difference(watch):
    made("a")
    made("b", ipc=2)
    page = watch("a", "b")
    expect(page.get_by_role("button", name="Difference")).to_be_hidden()
    expect(page.locator(".parted")).to_have_text("The images differ from step 0 on, the first snapshot of both.")


def test_a_run_that_waits_does_not_hide_the_other(watch):
    made("a")
    made("b", state="queued")
    page = watch("a", "b")
    expect(page.locator(".player .panel canvas").first).to_have_attribute("data-step", str(STEPS))
    assert np.array_equal(shown(page, 0, 1), in_rows(pictures("a", STEPS, 1), 1))
    panels = page.locator(".player .panel")
    expect(panels.nth(1)).to_contain_text("waits in line")
    expect(panels.nth(1).locator(".live")).to_have_text("waiting")
    expect(page.get_by_role("button", name="Play")).to_be_enabled()


def test_a_picked_tile_is_the_image_at_that_place_of_the_set(watch):
    made("a")
    page = watch("a")
    box = page.locator(".player .panel canvas").bounding_box()
    page.mouse.click(box["x"] + 20, box["y"] + 20)  # the first tile is of class 0, which comes last in the set
    expect(page.locator(".ring.picked")).to_have_attribute("data-image", "9")


def test_going_back_takes_the_step_and_the_picked_image_back(watch):
    made("a")
    page = watch("a")
    where, ring = page.locator(".where"), page.locator(".ring.picked")
    expect(ring).to_have_attribute("data-image", "0")  # the one that the panel below shows
    page.get_by_label("Step", exact=True).fill("30")
    expect(page).to_have_url(re.compile("step=30"))
    box = page.locator(".player .panel canvas").bounding_box()
    page.mouse.click(box["x"] + 20, box["y"] + 20)
    expect(page).to_have_url(re.compile("picked=A9"))
    expect(ring).to_have_attribute("data-image", "9")
    page.go_back()
    expect(ring).to_have_attribute("data-image", "0", timeout=20_000)
    expect(where).to_have_text(f"step 30 of {STEPS}")
    page.go_back()  # to the address without any name
    expect(where).to_have_text(f"step {STEPS} of {STEPS}", timeout=20_000)
    page.get_by_label("Step", exact=True).fill("20")  # the reader goes on from there
    expect(page).to_have_url(re.compile("step=20"))
    expect(where).to_have_text(f"step 20 of {STEPS}")


def test_the_difference_comes_again_with_the_address(watch):
    made("a")
    made("b", importance="loss")
    page = watch("a", "b")
    page.get_by_role("button", name="Difference").click()
    expect(page.locator(".panel")).to_have_count(3)
    expect(page).to_have_url(re.compile("difference=on"))
    page.reload()
    expect(page.locator(".panel")).to_have_count(3)
    page.get_by_role("button", name="Difference").click()
    expect(page.locator(".panel")).to_have_count(2)
    expect(page).not_to_have_url(re.compile("difference"))


@pytest.mark.parametrize("size", [(1440, 900), (1024, 900)])
@pytest.mark.parametrize("pair", [False, True])
@pytest.mark.parametrize("ipc", [1, 10])
def test_the_curves_are_above_the_fold(watch, size, pair, ipc):
    made("a", ipc=ipc)
    made("b", ipc=ipc, importance="loss")
    page = watch("a", "b" if pair else "", viewport=dict(zip(("width", "height"), size, strict=True)))
    expect(page.locator(".chart")).to_have_count(2)
    boxes = [chart.bounding_box() for chart in page.locator(".chart").all()]
    assert max(box["y"] + box["height"] for box in boxes) <= size[1]
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_nothing_scrolls_sideways_on_a_phone(watch):
    made("a", ipc=10)
    made("b", ipc=10, importance="loss")
    page = watch("a", "b", viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator(".stMain").evaluate("e => e.scrollWidth <= e.clientWidth")
