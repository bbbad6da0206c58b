"""A real server and a real browser: `serve(script, env)` gives an address, `page_of(address)` a page of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

import pytest

ROOT = Path(__file__).resolve().parents[2]
_INSTALLED = ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium")  # the first draws no windows of its own: faster
CHROMIUM = next(filter(os.path.exists, [os.environ.get("DDCORE_CHROMIUM", ""), *_INSTALLED]), None)


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)  # of several workers, none begins the longest file last


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_healthy(url: str, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"The server did not come up:\n{log.read_text()}")


@pytest.fixture(scope="session")
def token() -> str:
    """What lets these tests into the servers they start."""
    return "of these tests"


@pytest.fixture(scope="session")
def serve(tmp_path_factory, token):
    """`serve(script_or_app, env=None) -> url`: one server for each different call, all ended with the session.

    `env` is added to this process's environment; the configuration is the project's own `.streamlit`.
    """
    running = {}

    def start(script: str | Path, env: dict[str, str] | None = None) -> str:
        call = (str(script), *sorted((env or {}).items()))
        if call in running:
            return running[call][1]
        port = _free_port()
        log = tmp_path_factory.mktemp("server") / "log.txt"
        paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
        with log.open("wb") as output:
            server = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)],
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": paths, "DDCORE_TOKEN": token} | (env or {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        running[call] = (server, f"http://127.0.0.1:{port}")
        _wait_until_healthy(running[call][1], server, log)
        return running[call][1]

    yield start
    for server, _ in running.values():
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()


@pytest.fixture(scope="module")
def chromium():
    """The system's Chromium (`DDCORE_CHROMIUM` names another), or Playwright's own where there is none.

    One a module, not one a session: while it lives, Playwright's event loop runs in this thread, and no other may.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page_of(chromium, token):
    """`page_of(url, **context options) -> page`, let in with the token, and settled.

    `page.problems` lists console errors, failed scripts and missing images.
    """
    contexts = []

    def open_page(url: str, **options):
        context = chromium.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)  # only waited for on a busy machine, or in vain
        page.problems = []
        page.on("console", lambda message: message.type == "error" and page.problems.append(message.text))
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on(
            "response", lambda answer: _is_missing_image(answer) and page.problems.append(f"no image: {answer.url}")
        )
        page.goto(f"{url}{'&' if '?' in url else '?'}{urlencode({'token': token})}")
        settled(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


def _is_missing_image(answer) -> bool:
    return answer.status >= 400 and ("/thumb/" in answer.url or "/frame/" in answer.url)


def settled(page) -> None:
    """Wait until the script has run. After an action, wait first for what it changes: a run takes a moment to begin."""
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
