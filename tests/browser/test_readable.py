"""Every page can be read: grey text has a contrast of 4.5 in both themes, and nothing is wider than a phone."""

import json
import shutil
from pathlib import Path

import pytest
from drawing import ours
from playwright.sync_api import expect
from test_explore_journey import APP, folders, prepare

from ddcore.files import read_json, write_json
from ddcore.places import runs_root

ROOT = Path(__file__).resolve().parents[2]
MEASURE = (Path(__file__).parent / "readable.js").read_text()
EXAMPLE = next((ROOT / "examples").glob("20*-dm-*"))
PAGES = {
    "start": ("", "Explore which points matter"),
    "explore": ("explore?dataset=digits&score=kmeans", "What would a batch be?"),
    "bench": ("bench", "Does importance sampling beat uniform?"),
    "distill": ("distill", "Start distilling"),
    "watch": (f"watch?run={EXAMPLE.name}", "Show settings"),
    "learn": ("learn?lesson=sensitivity", "More about this picture"),
    "library": ("library", "Kept results"),
}
"""Page -> its address, and what it says once it is drawn."""


@pytest.fixture(scope="module")
def home(serve, tmp_path_factory):
    """The address of a server with digits, scores, a map, a finished, a stopped and a damaged run."""
    with folders(tmp_path_factory.mktemp("readable")) as env:
        prepare("digits")
        for name, state in ((EXAMPLE.name, "finished"), (f"{EXAMPLE.name[:-1]}0", "stopped"), ("torn", "failed")):
            run = shutil.copytree(EXAMPLE, runs_root() / name)
            config, status = read_json(run / "config.json"), read_json(run / "status.json")
            write_json(run / "config.json", config | {"id": name})
            error = {"error": "The disk is full."} if state == "failed" else {}
            write_json(run / "status.json", status | {"state": state} | ({"result": None} | error if error else {}))
        yield serve(APP, env)


def opened(page_of, home: str, name: str, **options):
    address, words = PAGES[name]
    page = page_of(f"{home}/{address}", **options)
    expect(page.get_by_text(words).first).to_be_visible(timeout=90_000)
    page.wait_for_timeout(1500)  # charts and components draw after the script
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_text_stands_out_from_its_ground(page_of, home, name, scheme):
    page = opened(page_of, home, name, color_scheme=scheme, viewport={"width": 1440, "height": 2200})
    if name == "distill":  # an importance with scores, for which the law's settings matter
        page.get_by_role("combobox", name="Real batches are drawn by").click()
        page.get_by_role("option", name="k-means sensitivity", exact=True).click()
        page.get_by_text("How importance becomes batches").click()
        expect(page.get_by_text("The next 64 images")).to_be_visible()
    for _ in range(20):  # what is being redrawn is faded for a moment
        measured = page.evaluate(MEASURE)
        if not measured["faults"]:
            break
        page.wait_for_timeout(500)
    assert measured["seen"] > 15, "the page shows more text than that"
    assert not measured["faults"], json.dumps(measured["faults"], indent=1, ensure_ascii=False)
    assert not ours(page.problems)


@pytest.mark.parametrize("name", PAGES)
def test_no_page_scrolls_sideways_on_a_phone(page_of, home, name):
    page = opened(page_of, home, name, viewport={"width": 390, "height": 844})
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_measure_sees_what_is_too_grey(page_of, home):
    page = opened(page_of, home, "library")
    page.evaluate("""() => {
      const line = document.createElement("p");
      line.style.color = "rgba(28, 39, 51, 0.55)";
      line.textContent = "as grey as captions were";
      document.querySelector("[data-testid=stMain]").prepend(line);
    }""")
    assert any("as grey as captions were" in fault for fault in page.evaluate(MEASURE)["faults"])
