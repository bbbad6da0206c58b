"""Takes a screenshot of every page, in both themes and at three widths: `python docs/screenshots/take.py --out FOLDER`.

It works in a home of its own (`--home`, kept for the next time): digits and Fashion-MNIST prepared and scored, with
their maps, and a few short runs, one of them stopped. The first time takes some ten minutes on two cores.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("DDCORE_CHROMIUM", "/usr/bin/chromium")
WIDTHS, THEMES = (1440, 1024, 390), ("light", "dark")
FOLD = 900  # pixels high, before the window grows to show the whole page
PAGES = {
    "start": "", "explore": "explore?dataset=fashion-mnist&score=kmeans", "bench": "bench", "distill": "distill",
    "watch": "watch", "library": "library",
    "study": "study?study=digits-importance", "budget": "study?study=digits-budget",
    "learn": "learn", **{f"learn-{name}": f"learn?lesson={name}" for name in (
        "coreset", "sensitivity", "rare", "predict", "distiller"
    )},
}  # fmt: skip
SHORT = ["--steps", "40", "--width", "16", "--repeats", "2"]
RUNS = (
    ["--dataset", "digits", "--distiller", "dm", "--importance", "kmeans", *SHORT],
    ["--dataset", "digits", "--distiller", "dm", *SHORT],
    ["--dataset", "digits", "--distiller", "kip", "--labels", "learned", *SHORT],
    ["--dataset", "fashion-mnist", "--distiller", "dm", "--init", "random", "--batch-real", "32", *SHORT],
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--home", type=Path, default=Path.home() / ".cache" / "ddcore-screenshots")
    parser.add_argument("--pages", nargs="+", choices=PAGES, default=list(PAGES))
    parser.add_argument("--widths", nargs="+", type=int, default=WIDTHS)
    parser.add_argument("--themes", nargs="+", choices=THEMES, default=THEMES)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    folders = {f"DDCORE_{kind}": str(options.home / kind.lower()) for kind in ("CACHE", "RUNS", "UPLOADS")}
    env = os.environ | folders | {"DDCORE_TOKEN": ""}
    furnish(options.home, env)
    server, url = serve(env)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM if Path(CHROMIUM).exists() else None)
            for theme, width, name in product(options.themes, options.widths, options.pages):
                path = options.out / f"{name}-{width}-{theme}.png"
                shoot(browser, f"{url}/{PAGES[name]}", path, width, theme)
            browser.close()
    finally:
        os.killpg(server.pid, signal.SIGTERM)


def furnish(home: Path, env: dict[str, str]) -> None:
    """Fill the home with what the pages show, but for maps, which Explore makes; a finished step is not repeated."""
    scores = ["importance", "--score", "kmeans", "--out", str(home / "scores.npz")]
    steps = [[*scores, "--dataset", name] for name in ("digits", "fashion-mnist")]
    steps += [["distill", *run] for run in RUNS]
    for number, step in enumerate(steps):
        done = home / f"step-{number}.done"
        if not done.exists():
            print("ddcore", *step, flush=True)
            command = [sys.executable, "-m", "ddcore", *step]
            subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
            done.touch()
    stopped = home / "stopped.done"
    if not stopped.exists():
        stop_one(env)
        stopped.touch()


def stop_one(env: dict[str, str]) -> None:
    """Begin a longer run and stop it once its first student is tested."""
    settings = ["--dataset", "digits", "--steps", "400", "--width", "16", "--repeats", "2", "--evaluate-every", "20"]
    command, known = [sys.executable, "-m", "ddcore"], set(runs(env))
    begun = subprocess.Popen([*command, "distill", *settings], cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    while begun.poll() is None:
        time.sleep(0.5)
        for run in set(runs(env)) - known:
            events = run / "events.jsonl"
            if events.exists() and '"accuracy"' in events.read_text():
                subprocess.run([*command, "stop", run.name], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
                begun.wait()


def runs(env: dict[str, str]) -> list[Path]:
    return [config.parent for config in Path(env["DDCORE_RUNS"]).glob("*/config.json")]


def serve(env: dict[str, str]) -> tuple[subprocess.Popen, str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, start_new_session=True)
    while True:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return server, f"http://127.0.0.1:{port}"
        time.sleep(0.2)


def shoot(browser: Browser, url: str, path: Path, width: int, theme: str) -> None:
    context = browser.new_context(color_scheme=theme, viewport={"width": width, "height": FOLD})
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(url)
    wait_until_still(page)
    for _ in range(3):  # what grows with the window makes the page higher
        height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        page.set_viewport_size({"width": width, "height": max(FOLD, height)})
        wait_until_still(page)
    page.wait_for_load_state("networkidle")  # images
    page.screenshot(path=path)
    print(path, flush=True)
    context.close()


def wait_until_still(page: Page, seconds: float = 900) -> None:
    """Wait for the page and for the jobs it shows, such as a map being made."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
        page.wait_for_timeout(1500)
        if not page.locator('[data-testid="stProgress"], [data-testid="stSkeleton"]').count():
            return


if __name__ == "__main__":
    main()
