"""Pages without a browser: `open_page("distill.py")` runs the app up to that page."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from made_scores import kept_as
from streamlit.testing.v1 import AppTest

from ddcore.commands import schema_cache
from ddcore.data.loading import load_dataset
from ddcore.files import write_npz
from ddcore.importance.scoring import importance_of
from ddcore.maps import embedding
from ddcore.maps.embedding import MapSettings, cached_map_path, embed, feature_matrix
from ddcore.places import cache_root, runs_root
from ddcore.runs import launch, states
from ddcore.runs.folder import list_runs
from ddcore.studies import study as studies
from pages.parts.explore.rank_stability import SEEDS

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


@pytest.fixture
def worker():
    """A living process to stand behind a run."""
    process = subprocess.Popen(["sleep", "60"])
    yield process.pid
    process.kill()
    process.wait()


@pytest.fixture(scope="session")
def real_schema(tmp_path_factory):
    """The answer of `python -m ddcore schema`, asked for once."""
    path = tmp_path_factory.mktemp("schema") / "schema.json"
    path.write_text(json.dumps(schema_cache._asked()))
    return path


@pytest.fixture(scope="session")
def scored_digits(tmp_path_factory):
    """A cache that holds digits and their k-means sensitivity for the seeds that Explore asks for, nothing else."""
    cache = tmp_path_factory.mktemp("digits") / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DDCORE_CACHE", str(cache))
        for seed in range(SEEDS):
            importance_of(load_dataset("digits"), "kmeans", seed)
    return cache


@pytest.fixture
def digits(scored_digits, own_folders):
    """Digits in a cache of this test's own: what pages show depends on all that is there."""
    shutil.copytree(scored_digits, cache_root(), dirs_exist_ok=True)
    return load_dataset("digits")


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
def study_page(open_page, monkeypatch, tmp_path):
    """`study_page(study="id")`: the page Study, which raised nothing; only studies that a test makes are there."""
    monkeypatch.setattr(studies, "EXAMPLES", tmp_path / "recorded")

    def opened(**query):
        page = open_page("study.py", **query)
        assert not page.exception, page.exception
        return page

    return opened


@pytest.fixture
def watch(open_page):
    """`watch(run="one")`: the page of these runs, which raised nothing."""

    def opened(**query):
        app = open_page("watch.py", **query)
        assert not app.exception, app.exception
        return app

    return opened


@pytest.fixture
def idle_workers(monkeypatch):
    """Workers that do nothing and end: what is launched is looked at, not waited for."""
    monkeypatch.setattr(launch, "WORKER", (sys.executable, "-c", "pass"))


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


@pytest.fixture
def flat_map(monkeypatch):
    """`flat_map(dataset)` puts a map in the cache whose layout is the first two principal components."""

    def draw(dataset) -> dict[str, np.ndarray]:
        monkeypatch.setattr(embedding, "umap_layout", lambda points, start, *rest: start)
        features = feature_matrix("pca", dataset.train.images, dataset.mean, dataset.std)
        arrays = embed(features, MapSettings(), dataset.hash)
        write_npz(cached_map_path(dataset.hash, MapSettings()), **arrays)
        return arrays

    yield draw
    for path in (cache_root() / "maps").glob("*.npz"):
        path.unlink()


@pytest.fixture
def explore(open_page):
    def opened(dataset: str | None = None, **query) -> AppTest:
        import streamlit as st

        st.cache_resource.clear()  # what another test had prepared
        page = open_page("explore.py", **({"dataset": dataset} if dataset else {}), **query)
        assert not page.exception
        return page

    return opened


@pytest.fixture
def ready(prepared, flat_map):
    """Digits with scores and map."""
    flat_map(prepared)
    return prepared


@pytest.fixture
def put():
    """`put(dataset, name, scores, seed=0)`: the cache holds these as the scores of that name; removed afterwards."""
    written, hidden = [], []

    def write(dataset, name, scores, seed=0):
        path = kept_as(dataset, name, seed)
        if path.exists() and path not in written:
            hidden.append((path.rename(path.with_suffix(".hidden")), path))
        write_npz(path, scores=np.asarray(scores, float) - min(0, np.min(scores)))
        written.append(path)

    yield write
    for path in written:
        path.unlink(missing_ok=True)
    for aside, path in hidden:
        aside.rename(path)
