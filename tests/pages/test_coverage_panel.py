"""Coverage under the film: counts under the images, the worst real images, a pair, and what cannot be compared."""

import json

import numpy as np
import pytest
from inside_runs import images_like, of_classes, real_ids, set_run, sheets, shown_rows
from made_runs import made_run
from test_watch import texts

from pages.parts.watch import coverage


@pytest.fixture
def covered(watch):
    """`covered(**query)`: Watch with the panel chosen."""

    def opened(**query):
        app = watch(**query)
        app.segmented_control(key="watch_look").set_value("coverage").run()
        assert not app.exception
        return app

    return opened


def apart(digits, run, step):
    real, synthetic = (shown_rows(digits, view) for view in (digits.train.images, run.snapshot(step)["view"]))
    return np.linalg.norm(real[:, None] - synthetic[None], axis=2)


def test_counts_and_the_worst_are_what_brute_force_finds(digits, covered):
    run = set_run("one", digits, {0: images_like(digits, of_classes(digits), 0.7)})
    app, distances = covered(run=run.id), apart(digits, run, 0)
    owners = distances.argmin(axis=1)
    (counts,) = [sheet for sheet in sheets(app) if any("own" in caption for caption in sheet["captions"])]
    for place, caption in zip(counts["ids"], counts["captions"], strict=True):
        number = caption.split("\n")[0]
        assert int(number.replace(",", "")) == (owners == place).sum()
    (worst,) = real_ids(app)
    assert worst == np.argsort(-distances.min(axis=1))[: coverage._WORST].tolist()
    mean, astray = (json.loads(chart.proto.spec)["data"][0] for chart in app.get("plotly_chart")[:2])
    labels = digits.train.labels
    own = [distances.min(axis=1)[labels == k].mean() for k in range(10)]
    np.testing.assert_allclose(values_of(mean), own, rtol=1e-4)
    wrong = [100 * (owners[labels == k] != k).mean() for k in range(10)]
    np.testing.assert_allclose(values_of(astray), wrong)


def values_of(trace):
    import base64

    x = trace["x"]
    return np.frombuffer(base64.b64decode(x["bdata"]), x["dtype"]) if isinstance(x, dict) else x


def test_two_runs_share_the_axes_and_have_their_own_sheets(digits, covered):
    first = set_run("one", digits, {0: images_like(digits, of_classes(digits), 0.7)})
    second = set_run("two", digits, {0: images_like(digits, of_classes(digits), 0.7, seed=1)})
    app = covered(run=first.id, beside=second.id)
    traces = json.loads(app.get("plotly_chart")[0].proto.spec)["data"]
    assert [trace["name"] for trace in traces] == ["A", "B"]
    worst = [np.argsort(-apart(digits, run, 0).min(axis=1))[: coverage._WORST].tolist() for run in (first, second)]
    assert real_ids(app) == worst


def test_a_run_that_cannot_be_compared_hides_no_other(digits, covered):
    made_run("far", "finished")
    run = set_run("one", digits, {0: images_like(digits, of_classes(digits), 0.7)})
    app = covered(run=run.id, beside="far")
    assert len(real_ids(app)) == 1 and "not prepared on this machine" in texts(app)
    damaged = set_run("two", digits, {0: images_like(digits, of_classes(digits), 0.7)})
    damaged.snapshot_path(0).write_bytes(b"PK")
    app = covered(run=run.id, beside=damaged.id)
    assert len(real_ids(app)) == 1 and "step 0 is damaged" in texts(app)


def test_where_everything_is_covered_it_says_so(digits, covered):
    every = np.sort(np.concatenate([np.flatnonzero(digits.train.labels == k) for k in range(10)]))
    order = every[np.argsort(digits.train.labels[every], kind="stable")]
    app = covered(run=set_run("one", digits, {0: images_like(digits, order, 0.0)}, ipc=2).id)
    assert real_ids(app) == [] and "There are none" in texts(app)


def test_of_many_synthetic_images_those_with_the_most_are_shown(digits, covered, monkeypatch):
    monkeypatch.setattr(coverage, "_MOST_IMAGES", 5)
    run = set_run("one", digits, {0: images_like(digits, of_classes(digits), 0.7)})
    app = covered(run=run.id)
    counts = np.bincount(apart(digits, run, 0).argmin(axis=1), minlength=10)
    (shown,) = [sheet for sheet in sheets(app) if any("own" in caption for caption in sheet["captions"])]
    assert shown["ids"] == np.argsort(-counts, kind="stable")[:5].tolist() and "5 images with the most" in texts(app)
