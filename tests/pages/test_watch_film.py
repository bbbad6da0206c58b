"""The film of Watch without a browser: two fates, a run that waits, one bar for a run, and what names a run."""

import json

import numpy as np
import pytest
from made_runs import STEPS, accuracy, made_run, write_events

from ddcore.files import write_json, write_npz
from ddcore.runs.folder import RunFolder
from pages.parts import running_chip
from pages.parts.browser.player import Parting, Track, known_image
from pages.parts.run_description import RunDescription
from pages.parts.run_history import RunHistory
from pages.parts.run_words import progress
from pages.parts.tracks import tile_images
from pages.parts.watch import parting
from pages.parts.watch.parting import compare


def tracks(app) -> list[dict]:
    return json.loads(app.get("bidi_component")[0].proto.json)["tracks"]


def texts(app) -> str:
    blocks = [*app.markdown, *app.caption, *app.info, *app.warning]
    return "\n".join(str(block.value) for block in blocks)


def redrawn(run: RunFolder, since: int) -> None:
    """Other pictures from this step on."""
    for step in run.snapshot_steps():
        if step >= since:
            held = run.snapshot(step)
            write_npz(run.snapshot_path(step), view=held["view"] ^ 1, classes=held["classes"], step=np.array(step))


# -- two fates


@pytest.mark.parametrize(
    ("since", "same", "apart"), [(0, None, 0), (10, 0, 10), (30, 20, 30), (STEPS, 30, STEPS), (STEPS + 1, STEPS, None)]
)
def test_two_runs_part_at_the_first_snapshot_that_differs(since, same, apart):
    a, b = made_run("a", "finished"), made_run("b", "finished")
    redrawn(b, since)
    assert compare(a, b)[:2] == (same, apart)


def test_comparing_goes_on_where_it_ended(monkeypatch):
    a, b = made_run("a", "finished"), made_run("b", "finished")
    redrawn(b, 30)
    looked = []
    monkeypatch.setattr(parting, "MOST_AT_A_LOOK", 2)
    monkeypatch.setattr(
        parting, "_equal", lambda a, b, step, before=parting._equal: looked.append(step) or before(a, b, step)
    )
    first = compare(a, b)
    assert (first.same, first.apart, first.more) == (10, None, True)
    assert compare(a, b, first)[:2] == (20, 30)
    assert looked == [0, 10, 20, 30]


def test_a_damaged_snapshot_is_passed_over():
    a, b = made_run("a", "finished"), made_run("b", "finished")
    redrawn(b, 20)
    b.snapshot_path(20).write_bytes(b"no archive")
    assert compare(a, b)[:2] == (10, 30)


def test_runs_without_a_common_step_are_not_compared(worker):
    a, b = made_run("a", "finished"), made_run("b", "queued", pid=worker, prepared=False)
    assert compare(a, b) is None


def test_the_difference_of_a_pair_comes_with_the_address(watch):
    made_run("a", "finished")
    made_run("b", "finished", importance="loss")
    app = watch(run="a", beside="b", difference="on")
    data = json.loads(app.get("bidi_component")[0].proto.json)
    assert data["comparable"] and data["agreed"]["difference"]["value"] is True
    assert app.query_params["difference"] == "on"
    alone = watch(run="a", difference="on")
    assert "difference needs two runs" in texts(alone) and "difference" not in alone.query_params


def test_where_they_part_is_given_to_the_player(watch):
    made_run("a", "finished")
    redrawn(made_run("b", "finished", importance="loss"), 20)
    data = json.loads(watch(run="a", beside="b").get("bidi_component")[0].proto.json)
    assert data["parting"]["same"] == 10 and data["parting"]["apart"] == 20
    assert json.loads(watch(run="a").get("bidi_component")[0].proto.json)["parting"] is None


@pytest.mark.parametrize("place", [0, 1])
def test_a_run_that_waits_never_hides_the_other(watch, worker, place):
    made_run("a", "finished")
    made_run("b", "queued", pid=worker, prepared=False, step=0, tested=False)
    names = ["a", "b"] if place else ["b", "a"]
    app = watch(run=names[0], beside=names[1])
    shown = tracks(app)
    assert [track["steps"] == [] for track in shown] == [name == "b" for name in names]
    assert "waits in line" in shown[place]["noImages"] and shown[place]["badge"] == "waiting"
    assert (shown[0]["tile"], shown[0]["rows"]) == (shown[1]["tile"], shown[1]["rows"])
    assert ["player" in part.proto.component_name for part in app.get("bidi_component")].count(True) == 3


def test_a_run_that_ended_without_images_does_not_hide_the_other_either(watch):
    made_run("a", "finished")
    made_run("b", "failed", prepared=False, step=0, tested=False, status={"error": "no data"})
    app = watch(run="a", beside="b")
    assert "ended before" in tracks(app)[1]["noImages"] and tracks(app)[0]["steps"]


@pytest.mark.parametrize(("state", "badge"), [("running", "live"), ("paused", "paused"), ("finished", "")])
def test_a_run_that_is_paused_is_not_said_to_be_live(watch, worker, state, badge):
    made_run("a", state, pid=worker, step=20, tested=False)
    assert [track["badge"] for track in tracks(watch(run="a"))] == [badge]


def test_one_student_has_no_interval(watch):
    for name, importance in (("a", "uniform"), ("b", "loss")):
        run = made_run(name, "finished", tested=False, importance=importance)
        write_events(run, [accuracy(STEPS, 0.9), accuracy(0, 0.5)])
    told = texts(watch(run="a", beside="b"))
    assert "n = 1" in told and "may be chance" in told and "interval" not in told.lower()


# -- images


def test_tiles_know_their_images():
    assert tile_images([0, 0, 1, 1], 2) is None, "each is its own number"
    assert tile_images([1, 0, 1, 0], 2) == [1, 3, 0, 2]
    assert tile_images([5, 2, 5], 2) == [1, None, 0, 2]


def test_only_an_image_of_a_track_is_picked():
    bare = {"title": "", "frames": "", "steps": [], "tile": (8, 8), "loss": ([], []), "accuracy": ([], [], [])}
    track = Track("a", **bare, rows=1, columns=3, class_names=[""], random=None, full=None, repeats=None, live=False)
    assert known_image([0, 2], [track]) == [0, 2]
    for wrong in (None, [0, 3], [1, 0], [0, -1], [0, "1"], [0], {"run": 0}, [True, 1.5]):
        assert known_image(wrong, [track]) is None
    assert Parting(None, 0).more


# -- a run's progress


def seen(run, phase, step=0, within=None, state="running"):
    status = {"phase": phase, "step": step, "total": STEPS, "progress": within}
    return progress(status, state, RunHistory(run).update())


def test_a_run_has_one_bar_that_never_goes_back():
    run = made_run("a", "running", step=STEPS, tested=False)
    student = {"done": 0.5, "total": 1, "note": "student 1 of 1"}
    shares = [seen(run, "preparing", within={"done": 1, "total": 2, "note": ""})[0]]
    shares += [seen(run, phase)[0] for phase in ("scoring", "making experts", "initialising", "distilling")]
    shares += [seen(run, "distilling", step)[0] for step in (1, 20)]
    share, words = seen(run, "distilling", 20, student)
    assert share == shares[-1] and words.startswith("part 2 of 3") and "testing a student" in words
    shares += [share, seen(run, "distilling", STEPS)[0]]
    write_events(run, [{"event": "phase", "phase": "evaluating"}])
    shares.append(seen(run, "evaluating")[0])
    for event in (accuracy(STEPS, 0.9), accuracy(0, 0.5)):
        shares.append(seen(run, "evaluating", within=student)[0])
        write_events(run, [event])
        shares.append(seen(run, "evaluating", within=student | {"done": 0})[0])
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] < 1
    assert "part 3 of 3" in seen(run, "evaluating", within=student)[1]


def test_a_run_that_is_not_tested_has_two_parts():
    run = made_run("a", "running", tested=False, evaluation="none")
    share, words = seen(run, "distilling", STEPS)
    assert share == 1 and words.startswith("part 2 of 2")


# -- names


def test_the_chip_names_the_run_at_work(worker):
    made_run("early", "running", pid=worker, step=20)
    made_run("late", "queued", pid=worker, step=0)
    running_chip.live_runs.clear()
    assert [live["id"] for live in running_chip.live_runs("any")] == ["early", "late"]


def test_a_short_name_begins_with_what_sets_runs_apart():
    run = made_run("a", "finished", importance="loss", ipc=10, seed=3)
    name = RunDescription(run.config()).brief
    assert name.startswith("DM") and "loss" in name.split(" · ")[0]
    assert "digits ipc 10" in name and "seed 3" in name
    usual = RunDescription(made_run("b", "finished").config()).brief
    assert "seed" not in usual and len(usual) < 30


def test_settings_of_the_method_are_in_words_and_what_differs_is_marked(watch, prepared):
    made_run("a", "finished", batch_real=16, lr_images=1.0)
    app = watch(run="a")
    app.toggle(key="settings-a").set_value(True)
    app.run(timeout=30)
    assert not app.exception
    rows = [line for line in texts(app).splitlines() if line.startswith("|")]
    assert any("Step size of images" in row and "**" not in row for row in rows)
    assert any("**16**" in row for row in rows)


def test_settings_that_a_method_has_are_shown_without_its_defaults_being_known(watch, monkeypatch):
    monkeypatch.setattr("pages.parts.settings_words.schema", lambda: None)
    run = made_run("a", "finished", batch_real=16)
    write_json(run.path / "config.json", run.config() | {"hardware": {"cpus": 2}, "versions": {"torch": "2"}})
    app = watch(run="a")
    app.toggle(key="settings-a").set_value(True)
    app.run(timeout=30)
    assert not app.exception
    told = texts(app)
    assert "Batch real" in told and "Not known here" in told and "PyTorch 2" in told and "2 CPUs" in told
