"""Fixtures shared by all tests: no test touches the user's folders, and prepared datasets may be shared for speed."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def pytest_configure(config):
    # UMAP's code is compiled once for all tests, not once for each cache of theirs: that takes up to a minute.
    os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / ".cache" / "numba"))
    if not hasattr(config, "workerinput"):  # pytest-xdist's own processes inherit the mark
        config.reaper = _start_reaper()


def _start_reaper() -> subprocess.Popen:
    """Whatever becomes of this test run, nothing that it starts outlives it; see `reaper.py`."""
    os.environ["TEST_RUN"] = mark = uuid.uuid4().hex
    command = [sys.executable, str(ROOT / "tests" / "reaper.py"), str(os.getpid()), f"TEST_RUN={mark}"]
    none = subprocess.DEVNULL
    return subprocess.Popen(command, env={}, stdin=none, stdout=none, stderr=none, start_new_session=True)


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """Data, cache and runs of this test alone."""
    for kind in ("DATA", "CACHE", "RUNS", "UPLOADS"):
        monkeypatch.setenv(f"DDCORE_{kind}", str(tmp_path / kind.lower()))


@pytest.fixture(scope="session")
def session_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("shared-cache")


@pytest.fixture
def shared_cache(own_folders, session_cache, monkeypatch):
    """A cache that all tests of the session share: for tests that only read what is prepared there."""
    monkeypatch.setenv("DDCORE_CACHE", str(session_cache))
    return session_cache


@pytest.fixture
def digits(shared_cache):
    """scikit-learn's digits, prepared once a session."""
    from ddcore.data.loading import load_dataset

    return load_dataset("digits")


@pytest.fixture(scope="session")
def real_data():
    """Folder of full-size real data: `DDCORE_REAL_DATA`, else `../shared/data` beside the repository."""
    beside = ROOT.parent / "shared" / "data"
    folder = Path(os.environ.get("DDCORE_REAL_DATA") or beside)
    if not (folder / "FashionMNIST" / "raw").is_dir():
        pytest.skip(f"no real data in {folder}: name a folder with FashionMNIST/raw in DDCORE_REAL_DATA")
    return folder
