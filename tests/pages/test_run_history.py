"""Reading a run bit by bit, and turning what was read into the player's track."""

import json
from math import isnan, nan

import numpy as np
import pytest

from ddcore.files import write_json, write_npz
from ddcore.places import runs_root
from ddcore.runs.folder import BLANK_STATUS, RunFolder
from pages.parts.run_description import RunDescription
from pages.parts.run_history import KernelPoint, Measured, RunHistory
from pages.parts.tracks import no_accuracy, no_loss, track


@pytest.fixture
def run():
    run = RunFolder(runs_root() / "one")
    dataset = {"name": "own", "hash": "0" * 16, "classes": ["cat", "dog", "eel"], "shape": [3, 4, 6]}
    write_json(run.path / "config.json", {"kind": "distill", "settings": {"ipc": 2, "steps": 9}, "dataset": dataset})
    write_json(run.path / "status.json", BLANK_STATUS | {"state": "stopped"})
    return run


def write(run, *events, end="\n"):
    with (run.path / "events.jsonl").open("a") as file:
        file.write("\n".join(json.dumps({"time": 0.0} | event) for event in events) + end)


def step(number, loss, time=0.0):
    return {"event": "step", "step": number, "loss": loss, "time": time}


def test_only_what_is_new_is_read_and_the_later_line_counts(run):
    history = RunHistory(run)
    write(run, step(1, 5.0), step(2, 4.0))
    assert history.update().loss == {1: 5.0, 2: 4.0}
    seen = []
    history._take = lambda event, take=history._take: (seen.append(event["step"]), take(event))
    write(run, step(3, 3.0), step(2, 4.5))  # resumed from the checkpoint of step 1
    assert history.update().loss == {1: 5.0, 2: 4.5, 3: 3.0}
    assert seen == [3, 2]
    assert track(history, "one").loss == ([1, 2, 3], [5.0, 4.5, 3.0])


def test_an_unfinished_line_waits_for_its_end(run):
    history = RunHistory(run)
    write(run, step(1, 5.0), end="\n" + json.dumps(step(2, 4.0))[:10])
    assert history.update().loss == {1: 5.0}
    with (run.path / "events.jsonl").open("a") as file:
        file.write(json.dumps(step(2, 4.0))[10:] + "\n")
    assert history.update().loss == {1: 5.0, 2: 4.0}


def test_a_loss_that_is_no_number_is_a_gap(run):
    write(run, step(1, None))
    assert isnan(RunHistory(run).update().loss[1])


def test_accuracies_are_sorted_and_a_single_student_has_no_deviation(run):
    measured = {"event": "accuracy", "protocol": "quick"}
    write(run, measured | {"step": 9, "mean": 0.9, "std": 0.1, "repeats": 3})
    write(run, measured | {"step": 3, "mean": 0.8, "std": 0.0, "repeats": 1})
    write(run, {"event": "baseline", "name": "random", "mean": 0.5, "std": 0.2, "repeats": 3})
    shown = track(RunHistory(run).update(), "one")
    steps, means, stds = shown.accuracy
    assert (steps, means) == ([3, 9], [0.8, 0.9])
    np.testing.assert_array_equal(stds, [nan, 0.1])
    assert (shown.random, shown.full, shown.repeats) == ((0.5, 0.2, 3), None, 1)


def test_the_sheet_is_that_of_the_snapshots(run):
    history = RunHistory(run)
    expected = track(history, "one")
    assert (expected.steps, expected.tile, expected.rows, expected.columns) == ([], (4, 6), 3, 2)
    view = np.zeros((5, 4, 6, 3), np.uint8)
    write_npz(run.snapshot_path(0), view=view, classes=np.array([0, 0, 2, 2, 2]), step=np.array(0))
    shown = track(history, "one")
    assert (shown.steps, shown.rows, shown.columns, shown.class_names) == ([0], 2, 3, ["cat", "eel"])


def test_pace_and_time_left(run):
    history = RunHistory(run)
    write(run, *(step(i, 1.0, time=i / 4) for i in range(1, 9)))
    assert history.update().steps_per_second() == pytest.approx(4.0)
    progress = {"event": "progress", "phase": "evaluating", "total": 10, "note": "student 1 of 3"}
    write(run, {"event": "phase", "phase": "evaluating"}, progress | {"done": 2, "time": 10.0})
    assert history.update().steps_per_second() is None
    assert history.seconds_left_of_part() is None
    write(run, progress | {"done": 4, "time": 11.0})
    assert history.update().seconds_left_of_part() == pytest.approx(3.0)
    write(run, progress | {"done": 1, "time": 12.0})  # the next part begins
    assert history.update().seconds_left_of_part() is None


def test_lines_that_cannot_be_read_are_counted(run):
    (run.path / "events.jsonl").write_text("{broken\n" + json.dumps({"time": 0.0} | step(1, 5.0)) + "\n")
    history = RunHistory(run).update()
    assert (history.unreadable, history.loss) == (1, {1: 5.0})


@pytest.mark.parametrize(
    "damaged",
    [
        {},
        {"event": "step"},
        {"event": "step", "step": "two", "loss": 1.0},
        {"event": "step", "step": 2, "loss": [1.0]},
        {"event": "step", "step": 2, "loss": 1.0, "time": None},
        {"event": "accuracy", "step": 2, "mean": 0.5},
        {"event": "accuracy", "step": 2, "mean": None, "std": 0.0, "repeats": 1},
        {"event": "accuracy", "step": 2, "mean": 0.5, "std": 0.0, "repeats": 0},
        {"event": "baseline", "mean": 0.5, "std": 0.0, "repeats": 1},
        {"event": "progress", "phase": "evaluating", "done": "x", "total": 3},
        {"event": "unreadable"},
        {"event": "kernel", "step": 2},
        {
            "event": "kernel",
            "step": 2,
            "mean": 0.5,
            "std": 0.0,
            "repeats": 1,
            "images": 0,
            "condition": 1.0,
            "certificate": 1.0,
        },
        {"event": "kernel", "step": 2, "mean": None, "images": None, "condition": "x", "certificate": 1.0},
    ],
)
def test_damaged_events_are_skipped_and_counted(run, damaged):
    write(run, step(1, 5.0), damaged, step(3, 3.0))
    history = RunHistory(run).update()
    assert (history.unreadable, history.loss) == (1, {1: 5.0, 3: 3.0})
    assert track(history, "one").loss == ([1, 3], [5.0, 3.0])


KERNEL = {"event": "kernel", "std": 0.0, "repeats": 1, "images": 100, "condition": 20.0, "certificate": 3.0}


def test_a_predictor_has_its_own_curve_and_baseline(run):
    write(run, KERNEL | {"step": 4, "mean": 0.7}, KERNEL | {"step": 0, "mean": 0.6})
    write(
        run, KERNEL | {"step": 0, "mean": 0.65, "std": 0.02, "repeats": 3, "images": 500}
    )  # all test images, at the end
    write(run, {"event": "baseline", "name": "kernel-random", "mean": 0.5, "std": 0.2, "repeats": 3})
    history = RunHistory(run).update()
    assert history.kernel[0] == KernelPoint(Measured(0.65, 0.02, 3), 500, 20.0, 3.0)
    shown = track(history, "one")
    steps, means, stds = shown.kernel
    assert (steps, means, shown.kernel_random) == ([0, 4], [0.65, 0.7], (0.5, 0.2, 3))
    np.testing.assert_array_equal(stds, [0.02, nan])
    assert (shown.accuracy, shown.random) == (([], [], []), None)


def test_a_predictor_that_is_not_tested_has_no_curve(run):
    nothing = dict.fromkeys(("mean", "std", "repeats", "images"))
    write(run, KERNEL | nothing | {"step": 0, "condition": None})
    history = RunHistory(run).update()
    assert (history.unreadable, history.kernel[0].accuracy, history.kernel[0].certificate) == (0, None, 3.0)
    assert isnan(history.kernel[0].condition)
    assert track(history, "one").kernel == ([], [], [])


def test_a_selection_has_no_loss_to_show(run):
    config = run.config()
    write_json(run.path / "config.json", config | {"settings": config["settings"] | {"distiller": "select"}})
    write(run, step(1, 0.0))
    assert track(RunHistory(run).update(), "one").loss == ([], [])


def test_what_the_initialiser_reported_is_kept(run):
    report = {"seconds": 0.5, "cost_ratio": 0.8, "certificate": None}
    write(run, {"event": "initialised", "init": "random", "report": report, "time": 1.0})
    assert RunHistory(run).update().start == {"seconds": 0.5, "cost_ratio": 0.8}


def test_events_of_unknown_kinds_are_no_damage(run):
    write(run, {"event": "from a later version", "step": "x"})
    assert RunHistory(run).update().unreadable == 0


def about(settings):
    return RunDescription({"settings": settings})


@pytest.mark.parametrize(
    ("settings", "state", "told"),
    [
        ({"evaluate_every": 50}, "running", "first accuracy at step 50"),
        ({"evaluate_every": None}, "paused", "first accuracy at step 2,500"),
        ({"evaluate_every": 0}, "running", "first accuracy after the last step"),
        ({"evaluate_every": 50}, "lost", "not measured before it stopped"),
        ({"evaluation": "none"}, "running", "not measured in this run"),
        ({}, "finished", "not measured in this run"),
    ],
)
def test_why_there_is_no_accuracy(settings, state, told):
    assert no_accuracy(about({"steps": 10_000} | settings), state) == told


def test_measured_is_a_plain_triple():
    assert tuple(Measured(0.5, 0.1, 3)) == (0.5, 0.1, 3)


def test_why_there_is_no_loss():
    assert no_loss(about({"distiller": "dm"}), "running") == "no loss yet"
    assert no_loss(about({"distiller": "dm"}), "stopped") == "no loss recorded"
    assert no_loss(about({"distiller": "select"}), "running") == "nothing is distilled", "it will never come"
