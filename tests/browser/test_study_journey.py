"""Study in a real browser: a question answered in clicks that are counted, and a grid that survives being killed."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import settled
from playwright.sync_api import expect

from ddcore.data.loading import load_dataset
from ddcore.runs.folder import list_runs
from ddcore.studies.grid import SEED
from ddcore.studies.running import job_of
from ddcore.studies.study import Study, list_studies

APP = Path(__file__).resolve().parents[2] / "app.py"
TINY = "width=8&repeats=1&steps=20&evaluate_every=0&student_network=mlp"  # training students takes most of the time
LONG = 240_000


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("study-journey")
    return {f"DDCORE_{kind}": str(root / kind.lower()) for kind in ("DATA", "CACHE", "RUNS")}


@pytest.fixture
def address(serve, folders, own_folders, monkeypatch):
    """The page of a server whose folders this test reads, too."""
    for name, value in folders.items():
        monkeypatch.setenv(name, value)
    load_dataset("digits")
    return serve(APP, folders | {"OMP_NUM_THREADS": "1"}) + "/study"


def own_problems(page):
    """A deep link asks for two addresses of Streamlit's own that are not there."""
    return [problem for problem in page.problems if "404" not in problem]


def own_study(name):
    return next(study for study in list_studies() if name in study.name and not study.recorded)


def test_does_importance_help_dm_at_ipc_10_in_two_clicks(address, page_of):
    page = page_of(f"{address}?study=new&{TINY}", accept_downloads=True)
    page.evaluate("window.clicks = 0; addEventListener('click', event => event.isTrusted && window.clicks++, true)")
    page.get_by_role("button", name="Does importance help?").click()
    expect(page.get_by_role("heading", name="Does importance help DM at ipc 10 on digits?")).to_be_visible()
    expect(page.get_by_text("10 runs to be made")).to_be_visible()
    # The template leaves the steps to the preset: this study is a small one.
    settled(page)
    steps = page.get_by_role("textbox", name=re.compile("Steps"))
    steps.fill("20")
    steps.press("Enter")
    expect(page).to_have_url(re.compile("steps=20"))
    page.get_by_role("button", name="Start the study").click()
    expect(page.get_by_text("10 runs: ✔ 10 done")).to_be_visible(timeout=LONG)
    verdict = page.locator(".st-key-study-verdict")
    expect(verdict).to_contain_text(
        re.compile(r"k-means sensitivity against uniform: .*points (over|in each of) 5 pairs")
    )
    assert page.evaluate("window.clicks") <= 2
    expect(page.locator(".js-plotly-plot").first).to_contain_text("n = 5 pairs")
    study = own_study("Does importance help")
    assert len({one.accuracy for one in study.found().values()}) > 1 and not study.missing()
    assert not own_problems(page)


def test_a_grid_killed_halfway_goes_on_and_ends_in_latex(address, page_of, tmp_path):
    before = len(list_runs())
    chosen = "seeds=3&ipc=1&init=random,kmeans-coreset"
    page = page_of(f"{address}?study=new&{chosen}&{TINY}", accept_downloads=True)
    page.get_by_role("button", name="Start the study").click()
    expect(page.get_by_text(re.compile(r"12 runs: ✔ [4-9] done"))).to_be_visible(timeout=LONG)
    study = own_study("Which half")
    kill(job_of(study))
    expect(page.get_by_text("its process is gone")).to_be_visible()
    there = (study.path / "cells.jsonl").read_text()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("12 runs: ✔ 12 done")).to_be_visible(timeout=LONG)
    lines = (study.path / "cells.jsonl").read_text()
    assert lines.startswith(there), "what was there was not made again"
    keys = [json.loads(line)["key"] for line in lines.splitlines()]
    assert len(keys) == len(set(keys)) == 12 and len(list_runs()) == before + 12
    undisturbed = made_at_once(study, seed=there.count("\n") // 4, folder=tmp_path)
    assert len(undisturbed) == 4 and undisturbed.items() <= measured(study).items()
    expect(page.get_by_text("k-means coreset: k-means sensitivity against uniform")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="LaTeX").click()
    text = Path(waiting.value.path()).read_text()
    assert r"\begin{tabular}" in text and text.count("k-means") + text.count("kmeans") >= 2
    assert not own_problems(page)


def measured(study):
    """Key of each cell -> all that it measured but for times."""
    return {key: (one.accuracy, one.random, one.initial, one.full) for key, one in study.found().items()}


def made_at_once(study, seed, folder):
    """What the study finds for one seed, the one at which it was killed, where nobody kills it."""
    grid = study.grid.to_json()
    asked = {"name": "At once", "grid": grid | {"axes": grid["axes"] | {SEED: [seed]}}}
    (folder / "study.json").write_text(json.dumps(asked))
    command = [sys.executable, "-m", "ddcore", "study", folder / "study.json", "--runs", folder / "runs"]
    subprocess.run(command, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True)
    return measured(Study(next((folder / "runs" / ".studies").iterdir())))


def kill(job):
    """End the process of the job as a power cut would."""
    pid = job.status()["pid"]
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while job.state() == "running":
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_narrow_screen_needs_no_sideways_scrolling(address, page_of):
    page = page_of(f"{address}?study=importance-dm", viewport={"width": 390, "height": 900}, color_scheme="dark")
    expect(page.locator(".st-key-study-verdict")).to_be_visible()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
