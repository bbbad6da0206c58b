"""A live run on Watch: paused, one step taken and explained, and what it has drawn, against an own computation."""

import os
import re
import signal

import numpy as np
import pytest
from playwright.sync_api import expect

from ddcore.data.loading import load_dataset
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.resolving import complete, resolve
from ddcore.files import read_npz
from ddcore.randomness import Randomness
from ddcore.runs import states
from ddcore.runs.folder import create_run
from ddcore.runs.launch import launch

LONG = 60_000  # milliseconds
SETTINGS = {
    "dataset": "digits", "ipc": 1, "width": 16, "batch_real": 8, "device": "cpu", "init": "random", "steps": 20_000,
    "snapshot_every": 5, "evaluation": "none", "importance": "kmeans", "seed": 7,
}  # fmt: skip


@pytest.fixture
def run(own_folders, monkeypatch):
    """A run at work; it does not outlive the test."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    made = create_run(resolve(SETTINGS))
    launch(made)
    yield made
    status = made.status()
    if states.alive(status["pid"], status["started"]):
        os.kill(status["pid"], signal.SIGKILL)


def ask(page, action):
    page.locator("[class*=st-key-run-controls]").get_by_role("button", name=action, exact=True).click()


def paused_at(page, run):
    expect(page.get_by_test_id("stMain").get_by_text(re.compile(r"^\W+ paused$")).first).to_be_visible(timeout=LONG)
    while run.state() != "paused":  # the page may say so first; the worker ends its step
        page.wait_for_timeout(50)
    return run.status()["step"]


def look_at(page, name):
    page.get_by_test_id("stMain").get_by_role("radio", name=name, exact=True).click()


def batches(run, steps):
    """Indices of the batch of each step, drawn again from the seed."""
    experiment = Experiment.of(complete(run.config()["settings"]), load_dataset("digits"), "cpu")
    sampler = experiment.problem(experiment.scores()).sampler
    return [sampler.draw(Randomness(SETTINGS["seed"], step), 8).indices.numpy() for step in range(1, steps + 1)]


SHEET = '.sheet[aria-label="Images"]'


def tiles(page, number):
    """Of a sheet of the panel: the lines of each caption."""
    found = page.locator(SHEET).nth(number).locator(".tile .caption")
    return [text.split("\n") for text in found.all_inner_texts()]


def test_one_step_and_the_draws_before_it_are_those_of_the_sampler(serve, run, page_of):
    folders = {name: value for name, value in os.environ.items() if name.startswith("DDCORE_")}
    page = page_of(f"{serve('app.py', folders)}/watch?run={run.id}", viewport={"width": 1440, "height": 1100})
    expect(page.locator(".where")).to_have_text(re.compile(r"step [1-9][\d,]* of"), timeout=LONG)
    ask(page, "Pause")
    page.problems.clear()  # Streamlit looks for itself under the path of the page first
    before = paused_at(page, run)
    ask(page, "One step")
    look_at(page, "One step")
    main = page.get_by_test_id("stMain")
    expect(main.get_by_text(re.compile(rf"^Step {before + 1:,}"))).to_be_visible(timeout=LONG)
    step = before + 1

    drawn = batches(run, step)
    record = read_npz(run.path / "steps" / f"step_{step:06d}.npz")
    np.testing.assert_array_equal(record["indices"], drawn[-1])
    expect(main.get_by_text(f"The batch: {len(drawn[-1])} real images")).to_be_visible()
    scores = Experiment.of(complete(run.config()["settings"]), load_dataset("digits"), "cpu").scores()
    rank = {id: place + 1 for place, id in enumerate(np.argsort(-scores, kind="stable").tolist())}
    labels = load_dataset("digits").train.labels
    shown = [sorted({int(i) for i in drawn[-1] if labels[i] == label}, key=rank.get)[:6] for label in range(10)]
    expected = [[str(label), f"#{rank[id]:,}"] for label, ids in enumerate(shown) for id in ids]
    expect(page.locator(SHEET).first.locator(".caption").first).to_contain_text("#", timeout=LONG)
    assert tiles(page, 0) == expected

    look_at(page, "Learned from")
    counts = np.bincount(np.concatenate(drawn), minlength=len(labels))
    expect(main.get_by_text(f"{counts.sum():,} draws")).to_be_visible(timeout=LONG)
    most = np.argsort(-counts, kind="stable")[:24]
    expect(page.locator(SHEET).first.locator(".caption").first).to_contain_text("#", timeout=LONG)
    assert tiles(page, 0) == [[f"×{counts[id]}", f"#{rank[id]:,}"] for id in most]
    expect(main.locator(".js-plotly-plot").first).to_be_visible(timeout=LONG)
    ask(page, "Stop")
    assert not page.problems
