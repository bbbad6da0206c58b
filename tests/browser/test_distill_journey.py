"""From a choice to a live run: the Distill page with real workers."""

import pytest
from playwright.sync_api import expect

from ddcore.runs.folder import list_runs
from ddcore.runs.launch import stop
from ddcore.runs.states import LIVE


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("distill-journey")
    return {f"DDCORE_{kind}": str(root / kind.lower()) for kind in ("DATA", "CACHE", "RUNS")} | {"OMP_NUM_THREADS": "1"}


@pytest.fixture
def distill(serve, page_of, folders, monkeypatch):
    """The page, its folders those of this process as well."""
    for name, value in folders.items():
        monkeypatch.setenv(name, value)
    page = page_of(serve("app.py", folders) + "/distill")
    expect(page.get_by_role("button", name="Start distilling")).to_be_visible(timeout=90_000)
    yield page
    for run in list_runs():
        if run.state() in LIVE:
            stop(run)


def fill(page, label, value):
    box = page.get_by_role("spinbutton", name=label).or_(page.get_by_label(label, exact=True)).first
    box.fill(str(value))
    box.press("Enter")


def choose(page, label, option):
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def shorten(page):
    fill(page, "Steps", 12)
    expect(page.get_by_text("12 steps").first).to_be_visible()
    fill(page, "Network width", 8)
    expect(page.get_by_text("of width 8").first).to_be_visible()


def test_estimate_then_start_then_watch(distill):
    page = distill
    shorten(page)
    page.get_by_role("button", name="Estimate time and memory").click()
    expect(page.get_by_text("Extrapolated")).to_be_visible(timeout=90_000)
    expect(page.get_by_role("heading", name="≈")).to_be_visible()
    page.get_by_role("button", name="Start distilling").click()
    page.wait_for_url("**/watch?run=*")
    (run,) = list_runs()
    assert run.id in page.url
    assert (run.config()["settings"]["steps"], run.config()["settings"]["width"]) == (12, 8)
    expect(page.get_by_text("digits").first).to_be_visible()
    assert not [problem for problem in page.problems if "404" not in problem]


def test_a_pair_is_laid_side_by_side(distill):
    page = distill
    shorten(page)
    choose(page, "Real batches are drawn by", "k-means sensitivity")
    before = {run.id for run in list_runs()}
    page.get_by_role("button", name="Start a pair").click()
    page.wait_for_url(lambda url: "/watch?" in url and "run=" in url and "beside=" in url)
    pair = [run for run in list_runs() if run.id not in before]
    assert {run.config()["settings"]["importance"] for run in pair} == {"uniform", "kmeans"}
    assert all(run.id in page.url for run in pair)


def test_the_form_comes_back_and_mistakes_are_said(distill):
    page = distill
    fill(page, "Images per class (ipc)", 9000)
    expect(page.get_by_text("exceeds the smallest class")).to_be_visible()
    expect(page.get_by_role("button", name="Start distilling")).to_be_disabled()
    page.get_by_role("link", name="Library").click()
    expect(page.get_by_text("Your runs and datasets")).to_be_visible()
    page.get_by_role("link", name="Distill", exact=True).click()
    expect(page.get_by_text("exceeds the smallest class")).to_be_visible()
    page.get_by_role("button", name="Ten images per class").click()
    expect(page.get_by_text("100 grey images")).to_be_visible()
