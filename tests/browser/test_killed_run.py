"""A test run that is killed takes everything with it that it started."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from reaper import marked

ROOT = Path(__file__).resolve().parents[2]
JOURNEY = "tests/browser/test_watch_journey.py::test_a_live_run_outlives_page_and_server"
STARTED = ("streamlit", "--no-sandbox", "ddcore.runs.worker")
"""What stands in the command lines of its server, its browser and its worker."""


def commands(pids: list[int]) -> str:
    text = ""
    for pid in pids:
        with suppress(OSError):  # it has ended since
            text += Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") + "\n"
    return text


def wait_until(true, what) -> None:
    end = time.monotonic() + 120
    while not true():
        assert time.monotonic() < end, what()
        time.sleep(0.1)


@pytest.mark.slow
def test_a_killed_test_run_leaves_no_process_behind(tmp_path):
    if not Path("/proc/self/environ").exists():
        pytest.skip("the reaper of tests finds processes in /proc")
    mark = f"KILLED_RUN={tmp_path}"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", JOURNEY]
    with (tmp_path / "log.txt").open("wb") as log:
        run = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | {"KILLED_RUN": str(tmp_path)}, stdout=log, stderr=log
        )
    try:
        wait_until(
            lambda: all(part in commands(marked(mark)) for part in STARTED) or run.poll() is not None,
            lambda: commands(marked(mark)),
        )
        assert run.poll() is None, (tmp_path / "log.txt").read_text()
        run.kill()
        run.wait()
        wait_until(lambda: not marked(mark), lambda: commands(marked(mark)))
    finally:
        for pid in marked(mark):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        run.wait()
