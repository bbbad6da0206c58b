"""Pages without a browser: `open_page("distill.py")` runs the app up to that page."""

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ddcore import schema_cache
from ddcore.places import runs_root
from ddcore.runs import states
from ddcore.runs.folder import list_runs

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def no_worker_left():
    yield
    for run in list_runs() + list_runs(runs_root() / ".jobs"):
        status = run.status()
        if states.alive(status["pid"], status["started"]) and status["pid"] != os.getpid():
            os.kill(status["pid"], signal.SIGKILL)


@pytest.fixture(autouse=True)
def fresh_caches():
    """What pages keep for five seconds was seen by another test."""
    import streamlit as st

    st.cache_data.clear()


@pytest.fixture(scope="session")
def real_schema(tmp_path_factory):
    """The answer of `python -m ddcore schema`, asked for once."""
    path = tmp_path_factory.mktemp("schema") / "schema.json"
    path.write_text(json.dumps(schema_cache._asked()))
    return path


@pytest.fixture
def prepared(digits, real_schema, monkeypatch):
    """Digits are prepared and the schema of this code is on disk, as after `make app`; returns the dataset."""
    monkeypatch.setattr(schema_cache, "COMMAND", (sys.executable, "-c", f"print(open({str(real_schema)!r}).read())"))
    schema_cache.read_now()
    return digits


@pytest.fixture
def open_page():
    def opened(page: str, **query) -> AppTest:
        app = AppTest.from_file(str(ROOT / "pages" / "frame.py"), default_timeout=30)
        app.switch_page(page)
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    return opened


@pytest.fixture
def until():
    """Run the app again until `seen(app)`; AppTest does not tick fragments."""

    def wait(app, seen, seconds=60):
        deadline = time.monotonic() + seconds
        while not seen(app):
            assert time.monotonic() < deadline, [e.value for e in [*app.error, *app.markdown, *app.caption]]
            time.sleep(0.2)
            app.run()
        return app

    return wait
