"""First paint of the explorer's Start page beside an empty Streamlit page started the same way, in one run.

    python -m benchmarks.first_paint [--rounds 5]

Each round starts both servers afresh (`streamlit run`), opens a fresh browser context and waits until the page's text
is there. Prints medians from navigation to text and their ratio. Exits 1 above 1.5.
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
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
ALLOWED = 1.5
EMPTY = {
    "app.py": 'import streamlit as st\napp = st.App("pages/frame.py")\n',
    "frame.py": "import streamlit as st\nst.title('Empty')\n",
}


def paint(folder: Path, text: str, browser: Browser, environment: dict[str, str]) -> float:
    """Seconds from navigation to `text`, with a server that has just come up."""
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
        page = browser.new_page()
        began = time.perf_counter()
        page.goto(url)
        page.get_by_text(text).first.wait_for()
        seconds = time.perf_counter() - began
        page.close()
        return seconds
    finally:
        server.terminate()
        server.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--text", default="images", help="a word of the Start page that appears with its first paint")
    options = parser.parse_args()
    chromium = os.environ.get("DDCORE_CHROMIUM", "/usr/bin/chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        (Path(folder) / "pages").mkdir()
        (Path(folder) / "app.py").write_text(EMPTY["app.py"])
        (Path(folder) / "pages" / "frame.py").write_text(EMPTY["frame.py"])
        own = {f"DDCORE_{kind}": f"{folder}/{kind.lower()}" for kind in ("DATA", "CACHE", "RUNS")}
        own["DDCORE_TOKEN"] = ""  # both pages open to all: the door is not what is measured
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        empty, start = [], []
        for _ in range(options.rounds):
            empty.append(paint(Path(folder), "Empty", browser, os.environ | own))
            start.append(paint(ROOT, options.text, browser, os.environ | own))
        browser.close()
    ratio = statistics.median(start) / statistics.median(empty)
    times = f"empty page {statistics.median(empty):.2f} s, Start {statistics.median(start):.2f} s"
    print(f"{times} (medians of {options.rounds})")
    print(f"ratio {ratio:.2f} (allowed {ALLOWED})")
    return ratio > ALLOWED


if __name__ == "__main__":
    sys.exit(main())
