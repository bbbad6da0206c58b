"""Bench in a real browser: the recorded study is there, other settings are measured, the verdict follows."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from ddcore.bench.results import read_result, result_path, write_result
from ddcore.data.loading import load_dataset

APP = Path(__file__).resolve().parents[2] / "app.py"
KNOWN = APP.parent / "examples" / "bench-digits-ridge.npz"


@pytest.fixture(scope="module")
def address(serve, tmp_path_factory):
    root = tmp_path_factory.mktemp("bench-journey")
    env = {f"DDCORE_{kind}": str(root / kind.lower()) for kind in ("DATA", "CACHE", "RUNS")} | {"OMP_NUM_THREADS": "1"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
        _keep_study_of_half_the_sizes(load_dataset("digits").hash)
        yield serve(APP, env) + "/bench"


def _keep_study_of_half_the_sizes(dataset_hash):
    """A study with as many sizes as the recorded one, each half as large, and a class with a long name."""
    known = read_result(KNOWN)
    settings = replace(known.settings, smallest=50, largest=500)
    classes = ["a class whose name is longer than an image is wide", *known.about["classes"][1:]]
    half = replace(known, settings=settings, sizes=known.sizes // 2, about=known.about | {"classes": classes})
    write_result(result_path(dataset_hash, settings), half)


def fill(page, label, value):
    """Type into one of the inputs behind Settings, and wait until the page has taken it in."""
    box = page.get_by_role("spinbutton", name=label)
    box.fill(str(value))
    box.press("Enter")


def own_problems(page):
    """A deep link asks for two addresses of Streamlit's own that are not there."""
    return [problem for problem in page.problems if "404" not in problem]


def test_recorded_study_then_one_of_our_own(address, page_of):
    page = page_of(address)
    verdict = page.get_by_text("On digits, sensitivity sampling")
    expect(verdict).to_be_visible()
    curves = page.locator(".js-plotly-plot")
    expect(curves).to_contain_text("no lower guarantee above ε = 1")
    for name in ("uniform", "sensitivity", "mixture", "lightweight", "leverage", "representative"):
        expect(curves.locator(".annotation").filter(has_text=name)).to_be_visible()
    expect(page.get_by_role("gridcell")).to_have_count(12)
    before = verdict.inner_text()

    page.get_by_role("button", name="Settings").click()
    fill(page, "Bandwidth", 4)
    expect(page.get_by_text("306 coresets")).to_be_visible()
    fill(page, "Draws per size", 3)
    expect(page.get_by_text("96 coresets")).to_be_visible()
    fill(page, "Number of sizes", 3)
    expect(page.get_by_text("48 coresets")).to_be_visible()
    fill(page, "Largest coreset", 400)
    expect(page.get_by_text("3 sizes from 100 to 400")).to_be_visible()
    expect(page.get_by_text("Meanwhile, a recorded study of digits")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Measure", exact=True).click()
    expect(page.get_by_text("Meanwhile, a recorded study of digits")).to_be_hidden(timeout=90_000)
    expect(page.get_by_text("3 sizes, 3 draws each")).to_be_visible()
    caption = page.get_by_test_id("stCaptionContainer").filter(has_text="log axes")
    caption.get_by_test_id("stTooltipIcon").hover()
    expect(page.get_by_text("200 requested, bandwidth 4")).to_be_visible()
    expect(curves.locator(".xtick")).to_have_text(["100", "200", "400"])
    assert verdict.inner_text() != before and "95 % interval" in verdict.inner_text()

    page.reload()  # the result is on disk, and the address holds the settings: they show it at once
    expect(page.get_by_text("3 sizes, 3 draws each")).to_be_visible()
    assert not own_problems(page)


def test_kmeans_shows_centres_and_calls_them_the_worst_found(address, page_of):
    page = page_of(address)
    page.get_by_role("combobox", name=re.compile("Cost to preserve")).click()
    page.get_by_role("option", name="k-means").click()
    expect(page.get_by_role("heading", name="The worst query found")).to_be_visible()
    expect(page.get_by_role("gridcell")).to_have_count(10)
    assert not own_problems(page)


def test_size_of_the_worst_query_is_one_of_the_study_at_hand(address, page_of):
    page = page_of(address)
    size = page.get_by_role("combobox", name=re.compile("of size m"))
    expect(page.get_by_text("of 100 images by uniform")).to_be_visible()
    page.get_by_role("button", name="Settings").click()
    fill(page, "Smallest coreset", 50)
    fill(page, "Largest coreset", 500)
    page.keyboard.press("Escape")
    expect(page.get_by_text("of 50 images by uniform")).to_be_visible()
    expect(size).to_have_value("50")


def test_numbers_and_class_stand_on_lines_of_their_own_and_whole(address, page_of):
    page = page_of(address)
    page.get_by_role("button", name="Settings").click()
    fill(page, "Smallest coreset", 50)
    fill(page, "Largest coreset", 500)
    page.keyboard.press("Escape")
    expect(page.get_by_text("of 50 images by uniform")).to_be_visible()
    lines = page.locator(".caption.lines")
    expect(lines).to_have_count(12)
    cut = "nodes => nodes.filter(n => n.scrollWidth > n.clientWidth || n.scrollHeight > n.clientHeight).length"
    assert lines.evaluate_all(cut) == 0
    short = lines.filter(has_not_text="a class whose").first
    assert re.fullmatch(r"[\d.]+ → [\d.]+ %\n\d", short.inner_text())
    assert round(short.evaluate("node => node.clientHeight / parseFloat(getComputedStyle(node).lineHeight)")) == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_narrow_screen_needs_no_sideways_scrolling(address, page_of, scheme):
    page = page_of(address, viewport={"width": 400, "height": 900}, color_scheme=scheme)
    expect(page.get_by_text("On digits, sensitivity sampling")).to_be_visible()
    curves = page.locator(".js-plotly-plot")
    expect(curves.locator(".annotation").filter(has_text="representative")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    right = curves.locator(".annotation").filter(has_text="representative").bounding_box()
    assert right["x"] + right["width"] <= 400
    assert not own_problems(page)
