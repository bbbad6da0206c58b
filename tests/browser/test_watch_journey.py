"""A live run of digits, watched: images arrive, it is stopped and resumed, and outlives page and server."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect

from ddcore.experiments.resolving import resolve
from ddcore.runs import states
from ddcore.runs.folder import create_run, list_runs
from ddcore.runs.launch import launch

ROOT = Path(__file__).resolve().parents[2]
LONG = 60_000  # milliseconds; a worker takes seconds to load PyTorch
SETTINGS = {"dataset": "digits", "ipc": 1, "width": 8, "batch_real": 16, "device": "cpu", "init": "noise"}


@pytest.fixture(autouse=True)
def few_threads(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def server(own_folders, tmp_path, token):
    """A server that can be ended and started again at one address: `server()` (re)starts it and gives the address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = []

    def end() -> None:
        while running:
            process = running.pop()
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)

    def start() -> str:
        end()
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
        with (tmp_path / "server.txt").open("ab") as log:
            env = os.environ | {"DDCORE_TOKEN": token}
            running.append(subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True))
        _wait_until_up(f"http://127.0.0.1:{port}/_stcore/health")
        return f"http://127.0.0.1:{port}"

    yield start
    end()


def _wait_until_up(url: str) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            assert time.monotonic() < end, "the server did not come up"
            time.sleep(0.1)


@pytest.fixture
def begin():
    """`begin(**settings) -> run`: one that is at work; none is left behind."""

    def started(**settings):
        run = create_run(resolve(SETTINGS | settings))
        launch(run)
        return run

    yield started
    for run in list_runs():
        status = run.status()
        if states.alive(status["pid"], status["started"]):
            os.kill(status["pid"], signal.SIGKILL)


def step_shown(page) -> int:
    words = page.locator(".where").inner_text(timeout=LONG)
    return int(re.match(r"step ([\d,]+) of", words)[1].replace(",", ""))


def ask(page, action: str) -> None:
    """Press one of the run's buttons; Streamlit, the player and other jobs have some of the same name."""
    page.locator("[class*=st-key-run-controls]").get_by_role("button", name=action, exact=True).click()


def badge(page, word: str) -> None:
    expect(page.get_by_test_id("stMain").get_by_text(re.compile(rf"^\W+ {word}$")).first).to_be_visible(timeout=LONG)


@pytest.mark.slow
def test_a_live_run_outlives_page_and_server(server, begin, page_of):
    address = server()
    run = begin(steps=20_000, snapshot_every=10, evaluate_every=0)
    page = page_of(f"{address}/watch?run={run.id}")

    badge(page, "running")
    expect(page.locator(".where")).to_have_text(re.compile(r"step [1-9][\d,]* of 20,000"), timeout=LONG)
    before = step_shown(page)
    expect(page.locator(".where")).not_to_have_text(f"step {before:,} of 20,000", timeout=LONG)
    assert step_shown(page) > before  # images arrive, and the cursor follows them

    ask(page, "Pause")
    badge(page, "paused")
    held = run.status()["step"]
    ask(page, "One step")
    expect(page.get_by_text(f"step {held + 1:,} of 20,000").first).to_be_visible()
    page.wait_for_timeout(1500)
    assert run.status()["step"] == held + 1
    ask(page, "Resume")
    badge(page, "running")

    page.reload()
    badge(page, "running")
    assert f"run={run.id}" in page.url

    server()  # the worker goes on without it, and the page finds its way back
    assert run.state() == "running"
    page.reload()
    badge(page, "running")

    ask(page, "Stop")
    badge(page, "stopped")
    stopped_at = run.status()["step"]
    ask(page, "Resume")
    badge(page, "running")
    expect(page.locator(".where")).to_have_text(re.compile(r"step [\d,]+ of 20,000"), timeout=LONG)
    page.context.close()  # closing the tab changes nothing
    end = time.monotonic() + 60
    while run.status()["step"] <= stopped_at:
        assert time.monotonic() < end, "the resumed run does not go on"
        time.sleep(0.2)
    assert run.state() == "running"


@pytest.mark.slow
def test_a_run_ends_on_the_page_and_a_second_is_laid_beside(server, begin, page_of):
    address = server()
    first = begin(steps=20, evaluate_every=10)
    page = page_of(f"{address}/watch?run={first.id}")
    badge(page, "finished")
    expect(page.get_by_text("as many random ones").first).to_be_visible(timeout=LONG)
    accuracies = page.locator(".js-plotly-plot", has_text="full data (n = 1)")
    expect(accuracies).to_have_count(1)  # waits while a look replaces the one before

    second = begin(steps=20, evaluate_every=10, importance="loss")
    page.goto(f"{address}/watch?run={first.id}&beside={second.id}")
    expect(page.get_by_text("B − A", exact=False).first).to_be_visible(timeout=LONG)
    expect(page.locator(".player figure")).to_have_count(2)
    expect(page.get_by_role("cell", name="Real batches are drawn by")).to_be_visible()
    page.locator(".player").focus()
    page.keyboard.press("Home")
    expect(page.locator(".where")).to_have_text("step 0 of 20")


def test_start_replays_the_example_by_itself_unless_motion_is_unwanted(server, page_of):
    address = server()
    page = page_of(address)
    expect(page.get_by_role("button", name="Pause")).to_be_visible(timeout=5000)
    expect(page.locator(".where")).to_have_text("step 400 of 400", timeout=30_000)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    assert page.problems == []

    still = page_of(address, reduced_motion="reduce")
    expect(still.locator(".where")).to_have_text("step 400 of 400")
    still.get_by_text("Distill your own").click()
    still.wait_for_url("**/distill")
