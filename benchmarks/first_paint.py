"""First paint of Start, and the first picture of every lesson, beside an empty Streamlit page started the same way.

    python -m benchmarks.first_paint [--rounds 5]

In each round every page has a server of its own, just started (`streamlit run`), and a fresh browser context. Prints
medians from navigation to the text or the lesson's number, and their ratios to the empty page; then how long the lesson
on sensitivity takes from a key that moves a point to the next picture. Exits 1 if a bound is not kept.
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.environment import describe
from pages.parts.learn.lessons import LESSONS

ROOT = Path(__file__).parents[1]
ALLOWED, WITHIN, MOVE = 1.5, 2.0, 100  # times the empty page; seconds beyond that for a lesson; milliseconds
MOVES = 50
EMPTY = {
    "app.py": 'import streamlit as st\napp = st.App("pages/frame.py")\n',
    "pages/frame.py": "import streamlit as st\nst.title('Empty')\n",
}
NUMBER = "output.number[data-value]"  # told with the picture
PAGES = {"empty page": ("", "text=Empty"), "Start": ("", "text=images")}
PAGES |= {lesson.title: (f"learn?lesson={name}", NUMBER) for name, lesson in LESSONS.items()}
MOVED = """async (point, moves) => {
    const times = [];
    for (let move = 0; move < moves; move += 1) {
        const key = move % 2 ? "ArrowLeft" : "ArrowRight", begun = performance.now();
        point.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
        await new Promise(requestAnimationFrame); // the lesson draws in the same frame, before this
        await new Promise((painted) => setTimeout(painted));
        times.push(performance.now() - begun);
    }
    return times;
}"""


@contextmanager
def served(folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """The address of the app in `folder`, whose server has just come up."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--server.port", str(port), "--server.headless", "true", "--server.address", "127.0.0.1"]
    options += ["--browser.gatherUsageStats", "false", "--server.fileWatcherType", "none"]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", *options]
    server = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait()


def paint(browser: Browser, address: str, seen: str) -> float:
    """Seconds from navigation to the first element that `seen` selects."""
    page = browser.new_page()
    began = time.perf_counter()
    page.goto(address)
    page.locator(seen).first.wait_for()
    seconds = time.perf_counter() - began
    page.close()
    return seconds


def move(browser: Browser, url: str) -> list[float]:
    """Milliseconds from a key that moves a point of the lesson on sensitivity to the next picture, at its largest k."""
    page = browser.new_page()
    page.goto(f"{url}/learn?lesson=sensitivity&k=8")
    page.locator(NUMBER).wait_for()
    times = page.locator(".point").first.evaluate(MOVED, MOVES)
    page.close()
    return times


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    chromium = os.environ.get("DDCORE_CHROMIUM", "/usr/bin/chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        (Path(folder) / "pages").mkdir()
        for name, text in EMPTY.items():
            (Path(folder) / name).write_text(text)
        own = {f"DDCORE_{kind}": f"{folder}/{kind.lower()}" for kind in ("DATA", "CACHE", "RUNS")}
        own["DDCORE_TOKEN"] = ""  # all pages open to all: the door is not what is measured
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        seconds: dict[str, list[float]] = {name: [] for name in PAGES}
        for _ in range(options.rounds):
            for name, (path, seen) in PAGES.items():
                with served(Path(folder) if name == "empty page" else ROOT, os.environ | own) as url:
                    seconds[name].append(paint(browser, f"{url}/{path}", seen))
        with served(ROOT, os.environ | own) as url:
            moves = move(browser, url)
        browser.close()
    print(describe("cpu"))
    return report({name: statistics.median(found) for name, found in seconds.items()}, options.rounds, moves)


def report(medians: dict[str, float], rounds: int, moves: list[float]) -> int:
    """Print what was found, each beside its bound; 1 if one is not kept."""
    empty = medians.pop("empty page")
    print(f"empty page {empty:.2f} s (medians of {rounds})")
    kept = True
    for name, found in medians.items():
        within = ALLOWED * empty + (0 if name == "Start" else WITHIN)
        kept &= found <= within
        print(f"{name} {found:.2f} s, ratio {found / empty:.2f} (allowed {within:.2f} s)")
    middle, high = statistics.median(moves), sorted(moves)[int(0.95 * len(moves))]
    kept &= high <= MOVE
    print(
        f"sensitivity, from a key to the next picture: {middle:.1f} ms, 95 % within {high:.1f} ms (allowed {MOVE} ms)"
    )
    return not kept


if __name__ == "__main__":
    sys.exit(main())
