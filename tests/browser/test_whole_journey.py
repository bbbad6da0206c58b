"""The whole way of a newcomer, nothing prepared: Start, Explore with its own UMAP, Distill, Watch, Library."""

import re
import time
from pathlib import Path

import numpy as np
import pytest
from drawing import lasso, ours, rectangle, saved_ids
from playwright.sync_api import expect

from ddcore.data.dataset import open_dataset
from ddcore.data.specs import find_hash
from ddcore.importance.scoring import importance_of
from ddcore.maps.embedding import MapSettings, cached_map_path
from ddcore.maps.projection import load_map
from ddcore.runs.folder import list_runs
from pages.parts.explore.scored import DRAWN, thinned

APP = Path(__file__).resolve().parents[2] / "app.py"
SOON, LATER = 60_000, 420_000  # milliseconds: a worker loads PyTorch in seconds, a large map takes minutes


@pytest.fixture
def explorer(serve, page_of, tmp_path_factory, monkeypatch):
    """`explorer(data) -> page` on Start, with folders of its own that this process sees, too."""

    def opened(data: Path | None):
        root = tmp_path_factory.mktemp("journey")
        env = {f"DDCORE_{kind}": str(root / kind.lower()) for kind in ("DATA", "CACHE", "RUNS")}
        env |= {"DDCORE_DATA": str(data)} if data else {}
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        return page_of(serve(APP, env), viewport={"width": 1440, "height": 1000})

    return opened


def drawn_round(page, name: str) -> tuple[set[int], set[int]]:
    """(ids found, ids wanted) of a rectangle drawn with the lasso on the map of `name`."""
    dataset = open_dataset(find_hash(name))
    xy = load_map(cached_map_path(dataset.hash, MapSettings()), dataset.hash)["xy"]
    scores = importance_of(dataset, "kmeans", 0, clusters=100, per_class=False).scores
    order = np.argsort(-scores, kind="stable")
    drawn = thinned(order, DRAWN) if len(order) > DRAWN else np.arange(len(order))
    corners, inside = rectangle(xy[drawn])
    lasso(page, xy[drawn], corners)
    expect(page.get_by_text(re.compile(r"^[\d,]+ selected images$"))).to_be_visible()
    return set(saved_ids(page)), set(drawn[inside].tolist())


def explore(page, name: str, shown: str) -> None:
    """On Explore: prepare the data where the page offers it, until `shown` stands in the map; then draw the map itself
    where the page offers it: its sketch stands there meanwhile."""
    page.goto(page.url.split("/explore")[0] + f"/explore?dataset={name}")
    ready = page.get_by_role("status").filter(has_text=shown)
    offer = page.get_by_role("button", name=re.compile("^(Prepare|Draw the map)"))
    expect(offer.or_(ready).first).to_be_visible(timeout=LATER)
    deadline = time.monotonic() + LATER / 1000
    while not (ready.is_visible() and cached_map_path(find_hash(name), MapSettings()).exists()):
        assert time.monotonic() < deadline
        if offer.count():
            offer.first.click()
        page.wait_for_timeout(1000)
    expect(page.get_by_text("Drawing the map")).to_have_count(0, timeout=SOON)
    page.wait_for_timeout(2000)  # the points move to their places


def fill(page, label: str, value: int) -> None:
    box = page.get_by_label(label, exact=True).first
    box.fill(str(value))
    box.press("Enter")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("name", "shown"), [("digits", "1,438 images"), ("fashion-mnist", "20,000 images")])
def test_from_start_to_library(explorer, request, name, shown):
    page = explorer(request.getfixturevalue("real_data") if name != "digits" else None)
    expect(page.locator(".where")).to_have_text(re.compile(r"step [\d,]+ of 400"))
    page.get_by_text("Explore which points matter").click()
    page.wait_for_url("**/explore*")

    explore(page, name, shown)
    found, wanted = drawn_round(page, name)
    assert len(wanted) > 50
    # A mouse moves in whole pixels: images within a pixel of the line may fall on either side.
    assert len(found ^ wanted) <= 0.04 * len(wanted)

    page.get_by_role("link", name="Distill", exact=True).click()
    expect(page.get_by_role("button", name="Start distilling")).to_be_enabled(timeout=SOON)
    fill(page, "Steps", 12)
    expect(page.get_by_text("12 steps").first).to_be_visible()
    fill(page, "Network width", 8)
    expect(page.get_by_text("of width 8").first).to_be_visible()
    page.get_by_role("button", name="Start distilling").click()
    page.wait_for_url("**/watch?run=*")
    (run,) = list_runs()
    assert run.config()["settings"]["dataset"] == name

    finished = page.get_by_test_id("stMain").get_by_text(re.compile(r"^\W+ finished$"))
    expect(finished.first).to_be_visible(timeout=LATER)
    expect(page.get_by_text("as many random ones").first).to_be_visible()
    expect(page.locator(".where")).to_have_text("step 12 of 12")
    result = run.status()["result"]
    assert result["accuracy"]["repeats"] == result["random"]["repeats"] == 3
    expect(page.get_by_text(f"{100 * result['full']['mean']:.1f} %").first).to_be_visible()

    page.get_by_role("link", name="Library").click()
    expect(page.get_by_text(f"{100 * result['accuracy']['mean']:.1f} ±").first).to_be_visible()
    assert ours(page.problems) == []
