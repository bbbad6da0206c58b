"""Watch: one step explained, in every state."""

import numpy as np
import pytest
from watched_runs import made, panel, said

from ddcore.files import read_npz, write_json
from ddcore.importance.scoring import importance_of
from ddcore.runs.jobs import step_recording
from ddcore.runs.watched_steps import read_step
from pages.parts.watch import one_step
from pages.parts.watch.one_step import RECORDED, shown_of_batch, shown_of_set
from pages.parts.watch.picking import Picked

PANEL = "one_step:one_step_panel"


@pytest.fixture
def sheets(monkeypatch):
    """What is drawn as sheets: key's second word -> (pixels, ids, captions)."""
    drawn = {}

    def image_sheet(pixels, ids, captions, *, key):
        drawn[key.removeprefix("one-step-").partition("-")[0]] = pixels, list(ids), list(captions)

    monkeypatch.setattr(one_step, "image_sheet", image_sheet)
    return drawn


def test_where_no_step_is_recorded_it_says_how(prepared, monkeypatch, worker):
    from made_runs import made_run

    run = made(monkeypatch)
    assert "was recorded" in said(panel(PANEL, [run], 8)) and "“One step”" in said(panel(PANEL, [run], 8))
    live = made_run("live", "paused", pid=worker)
    assert "Press “Pause”, then “One step”" in said(panel(PANEL, [live], 8))


def test_the_batch_is_the_recorded_one_the_most_important_first(prepared, monkeypatch, sheets):
    run = made(monkeypatch, watched=[3], importance="kmeans", mode="corrected")
    app = panel(PANEL, [run], 8)
    _, ids, captions = sheets["batch"]
    record = read_npz(run.path / "steps" / "step_000003.npz")
    scores = importance_of(prepared, "kmeans", 0).scores
    rank = {id: place + 1 for place, id in enumerate(np.argsort(-scores, kind="stable").tolist())}
    for label in range(10):
        of_class = sorted(
            {int(id) for id, at in zip(record["indices"], record["labels"], strict=True) if at == label}, key=rank.get
        )
        assert ids[6 * label : 6 * label + 6] == of_class[:6], "six of a class, those first that matter most"
    weights = dict(zip(record["indices"].tolist(), record["weights"].tolist(), strict=True))
    assert captions[0] == f"0\n#{rank[ids[0]]:,}\nw {weights[ids[0]]:.2g}"
    assert f"{len(record['indices']):,} real images" in said(app) and f"{80 - 60} more are not shown" in said(app)


def test_the_images_and_the_gradient_are_those_of_the_step(prepared, monkeypatch, sheets):
    run = made(monkeypatch, watched=[3])
    app = panel(PANEL, [run], 8)
    record = read_step(run, 3)
    np.testing.assert_array_equal(sheets["Before"][0], record["view_before"])
    np.testing.assert_array_equal(sheets["After"][0], record["view"])
    np.testing.assert_array_equal(sheets["After"][0], run.snapshot(3)["view"], err_msg="the step is a snapshot too")
    pictures, signs = sheets["Gradient"][0].astype(int), record["gradient"].mean(1)
    bluer = pictures[..., 2] > pictures[..., 0]
    strong = np.abs(signs) > 0.2 * np.abs(signs).max()
    assert (bluer == (signs > 0))[strong].all(), "blue where raising a pixel raises the loss"
    change = np.abs(record["after"] - record["before"]).max()
    words = said(app)
    assert f"**{np.linalg.norm(record['gradient']):.3g}**" in words and f"**{change:.3g}**" in words
    (loss,) = [event["loss"] for event in run.events()[0] if event["event"] == "step" and event["step"] == 3]
    assert f"**{loss:.4g}**" in words


def test_the_nearest_step_is_shown_and_others_can_be_chosen(prepared, monkeypatch, sheets):
    run = made(monkeypatch, watched=[2, 6])
    assert "**Step 6**" in said(panel(PANEL, [run], 8)) and "**Step 2**" in said(panel(PANEL, [run], 4))
    app = panel(PANEL, [run], 8)
    app.selectbox[0].set_value(2).run()
    assert "**Step 2**" in said(app) and not app.exception


def test_the_step_that_is_chosen_is_in_the_address(prepared, monkeypatch, sheets, watch):
    run = made(monkeypatch, watched=[2, 6])
    app = watch(run=run.id, look="step")
    assert "recorded" not in app.query_params
    app.selectbox(key=RECORDED).set_value(2).run()
    assert app.query_params["recorded"] == "2" and "**Step 2**" in said(watch(**app.query_params))
    wrong = watch(run=run.id, look="step", recorded="3")
    assert "Step 3 of run" in said(wrong) and "**Step 6**" in said(wrong) and "recorded" not in wrong.query_params


def test_the_run_of_a_pair_that_is_chosen_is_in_the_address(prepared, monkeypatch, sheets, watch):
    one, two = made(monkeypatch, watched=[2]), made(monkeypatch, watched=[4])
    app = watch(run=one.id, beside=two.id, look="step")
    assert "**Step 2**" in said(app)
    app.segmented_control(key="watch_image_run").set_value("B").run()
    assert "**Step 4**" in said(app) and app.query_params["picked"] == "B0"
    assert "**Step 4**" in said(watch(**app.query_params))


def test_of_a_pair_the_run_with_a_record_is_shown_or_that_of_the_picked_image(prepared, monkeypatch, sheets):
    none, one, two = made(monkeypatch), made(monkeypatch, watched=[2]), made(monkeypatch, watched=[4])
    assert "**Step 2**" in said(panel(PANEL, [none, one], 8))
    assert "**Step 4**" in said(panel(PANEL, [one, two], 0, Picked(1, 3)))
    assert sheets["Before"][1][0] == 3, "the picked image comes first"
    assert "**Step 2**" in said(panel(PANEL, [one, two], 0))


def test_a_method_without_gradient_says_there_is_none(prepared, monkeypatch, sheets):
    for distiller, words in (("select", "Nothing is distilled"), ("analytic", "closed form")):
        sheets.clear()
        app = panel(PANEL, [made(monkeypatch, watched=[1], distiller=distiller, steps=1)], 1)
        assert words in said(app) and "Gradient" not in sheets and {"Before", "After"} <= sheets.keys()
        assert "drew no real batch" in said(app)


def test_of_a_set_too_large_there_is_the_batch_alone(prepared, monkeypatch, sheets):
    monkeypatch.setattr(step_recording, "MOST_NUMBERS", 639)  # one less than ten images of 8 x 8
    app = panel(PANEL, [made(monkeypatch, watched=[3])], 8)
    assert "too large" in said(app) and sheets.keys() == {"batch"}


def test_without_the_real_images_the_rest_is_shown(prepared, monkeypatch, sheets):
    run = made(monkeypatch, watched=[3])
    write_json(run.path / "config.json", run.config() | {"dataset": run.config()["dataset"] | {"hash": "0" * 16}})
    app = panel(PANEL, [run], 8)
    assert "not prepared on this machine" in said(app) and sheets.keys() == {"Before", "Gradient", "After"}


def test_a_damaged_record_is_told(prepared, monkeypatch, sheets):
    run = made(monkeypatch, watched=[3])
    (run.path / "steps" / "step_000003.npz").write_bytes(b"PK damaged")
    app = panel(PANEL, [run], 8)
    assert "record of step 3" in app.warning[0].value and not sheets


def test_a_batch_is_bounded_and_shows_an_image_once():
    labels, ranks = np.repeat(np.arange(100), 8), np.tile([4, 1, 1, 7, 2, 9, 5, 3], 100)
    rows = shown_of_batch(labels, ranks)
    assert len(rows) == 60 and ranks[rows].tolist() == [1, 2] * 30 and labels[rows].max() == 29
    assert len(shown_of_batch(np.zeros(3, int), np.array([5, 5, 2]))) == 2


def test_a_set_is_bounded_and_shows_every_class_it_can():
    classes = np.repeat(np.arange(10), 10)
    assert classes[shown_of_set(classes, None)].tolist() == np.repeat(np.arange(10), 2).tolist()
    assert shown_of_set(classes, 57)[:2].tolist() == [57, 0]
    assert len(shown_of_set(np.arange(300), None)) == 20
