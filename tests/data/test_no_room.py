"""Preparing data where there is no room: one line that says what is missing, and nothing left behind."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ddcore.runs import launch, states

ROOT = Path(__file__).resolve().parents[2]
LIMITED = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536)); "
RUN = "from ddcore.commands import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 64 kB; where no one may mount one, the caller limits the size of files instead."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    mounted = shutil.which("mount") is not None and subprocess.run(mount, capture_output=True).returncode == 0
    yield folder if mounted else None
    if mounted:
        subprocess.run(["umount", str(folder)], check=True)


def prepare(code: str, cache) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", code + RUN, "importance", "--dataset", "digits", "--score", "uniform"]
    command += ["--out", str(cache.parent / "scores.npz")]
    environment = os.environ | {"DDCORE_CACHE": str(cache)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def assert_told(done, cache, reason):
    assert done.returncode == 2, done.stderr
    line = done.stderr.splitlines()[-1]
    assert line.startswith(f"error: {cache}") and "115 kB are needed" in line and reason in line
    assert [path for path in cache.rglob("*") if path.is_file()] == []
    assert not list((cache / "datasets").iterdir())


def test_a_full_disk(small_disk, tmp_path):
    if small_disk is None:
        return assert_told(prepare("import sys; " + LIMITED, tmp_path), tmp_path, "File too large")
    return assert_told(prepare("import sys; ", small_disk), small_disk, "No space left on device")


def test_a_bound_on_the_size_of_files(tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    assert_told(prepare(LIMITED, cache), cache, "File too large")


def test_a_job_of_the_app_says_why_it_failed(small_disk, tmp_path, monkeypatch):
    cache = small_disk or tmp_path / "cache"
    monkeypatch.setenv("DDCORE_CACHE", str(cache))
    limit = "" if small_disk else LIMITED
    code = f"import sys; {limit}from ddcore.runs.worker import main; sys.exit(main(sys.argv[1:]))"
    monkeypatch.setattr(launch, "WORKER", (sys.executable, "-c", code))
    job = launch.ensure_job("prepare", {"dataset": "digits", "size": None, "variant": None})
    while job.state() in states.LIVE:
        time.sleep(0.1)
    assert job.state() == "failed", job.log_tail()
    assert "has no room for the prepared images: 115 kB are needed" in job.status()["error"]
    assert list((cache / "datasets").iterdir()) == []
