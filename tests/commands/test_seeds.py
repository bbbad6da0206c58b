"""`distill --seeds`: ordinary runs, made once, and their accuracies together."""

import json
from dataclasses import replace

import numpy as np
import pytest
import toy

from ddcore.commands import main
from ddcore.commands.seeds import spread_words
from ddcore.files import write_json
from ddcore.runs.folder import create_run, list_runs, open_run

QUICK = ["--width", "4", "--ipc", "1", "--repeats", "2", "--device", "cpu"]
DISTILLED = ["--steps", "2", "--batch-real", "4"]


@pytest.fixture(autouse=True)
def short(monkeypatch):
    from ddcore.experiments import experiment
    from ddcore.training import protocols
    from ddcore.training.experts import ExpertSchedule

    monkeypatch.setitem(protocols.PROTOCOLS, "quick", replace(protocols.PROTOCOLS["quick"], epochs=3))
    monkeypatch.setitem(experiment.FULL_SCHEDULES, "quick", ExpertSchedule(3))


@pytest.fixture
def distil(tmp_path, capsys):
    own = toy.npz(tmp_path)

    def run(*more):
        sizes = [] if "select" in more else DISTILLED
        status = main(["distill", "--dataset", own, *QUICK, *sizes, *more])
        return status, capsys.readouterr()

    return run


def printed_json(printed):
    return json.loads(printed.out.strip().splitlines()[-1])


def test_every_seed_is_a_run_of_its_own_and_the_same_as_alone(distil):
    status, printed = distil("--seeds", "2", "--seed", "3", "--json")
    found = printed_json(printed)
    assert status == 0 and found["seeds"] == [3, 4] and len(printed.out.strip().splitlines()) == 1
    runs = [open_run(result["run"]) for result in found["runs"]]
    assert [run.config()["settings"]["seed"] for run in runs] == [3, 4]
    for run, result in zip(runs, found["runs"], strict=True):
        assert run.status()["result"].items() <= result.items()
    means = [result["accuracy"]["mean"] for result in found["runs"]]
    assert found["accuracy"]["mean"] == pytest.approx(np.mean(means))
    assert found["accuracy"]["over_sets"] == {"std": pytest.approx(np.std(means, ddof=1)), "n": 2}
    assert found["accuracy"]["over_students"]["n"] == 2
    alone = printed_json(distil("--seed", "4", "--json")[1])
    assert alone["accuracy"]["mean"] == means[1]


def test_the_convention_of_the_field_can_be_asked_for(distil):
    found = printed_json(distil("--seeds", "2", "--convention", "field", "--json")[1])
    assert found["convention"] == "field"
    assert {"n": 4, "ddof": 0}.items() <= found["accuracy"]["over_all"].items()
    text = distil("--seeds", "2", "--convention", "field")[1].out
    assert "Zhao & Bilen" in text and "(n = 4)" in text and "over sets" not in text


def test_the_two_spreads_are_named_apart(distil):
    text = distil("--seeds", "2")[1].out
    (line,) = [line for line in text.splitlines() if line.startswith("  distilled") and "over sets" in line]
    assert "over students of one set (n = 2)" in line and "over sets (n = 2)" in line


def test_the_same_command_makes_no_run_twice_and_more_seeds_make_the_rest(distil):
    first = printed_json(distil("--seeds", "2", "--json")[1])
    again = printed_json(distil("--seeds", "2", "--json")[1])
    assert again == first and len(list_runs()) == 2
    more = printed_json(distil("--seeds", "3", "--json")[1])
    assert more["runs"][:2] == first["runs"] and len(list_runs()) == 3
    distil("--seeds", "2", "--json", "--ipc", "2")
    assert len(list_runs()) == 5


def test_a_run_of_an_earlier_version_is_not_made_again(distil):
    """It has no setting that came later, and did what that is by default."""
    first = printed_json(distil("--seeds", "1", "--json")[1])
    (run,) = list_runs()
    config = run.config()
    for later in ("until", "compile", "real_precision"):
        del config["settings"][later]
    write_json(run.path / "config.json", config)
    assert printed_json(distil("--seeds", "1", "--json")[1]) == first and len(list_runs()) == 1


@pytest.mark.parametrize(("n", "words"), [(4, "(n = 4)"), ([3, 5, 4], "(n = 3 to 5)")])
def test_sets_of_which_some_were_stopped_early_have_different_numbers_of_students(n, words):
    over = {"mean": 0.5, "over_sets": {"std": 0.1, "n": 3}, "over_students": {"std": 0.01, "n": n}}
    assert spread_words(over).endswith(words) and "over sets (n = 3)" in spread_words(over)


def test_a_run_that_was_stopped_is_resumed(distil, monkeypatch, tmp_path):
    from ddcore.runs import handle

    whole = printed_json(distil("--seeds", "2", "--json", "--runs", str(tmp_path / "whole"))[1])
    step, stopped = handle.Job.step, []

    def stop_once(job, place, total):
        if job.config["settings"]["seed"] == 1 and not stopped:
            stopped.append(place)
            job.ask_to_stop()
        step(job, place, total)

    monkeypatch.setattr(handle.Job, "step", stop_once)
    status, printed = distil("--seeds", "2", "--json", "--runs", str(tmp_path / "parts"))
    assert status == 1 and "same command goes on" in printed.err and printed.out == ""
    assert [run.state() for run in list_runs()] == ["stopped", "finished"]
    status, printed = distil("--seeds", "2", "--json", "--runs", str(tmp_path / "parts"))
    found = printed_json(printed)
    assert status == 0 and len(list_runs()) == 2
    assert found["accuracy"] == whole["accuracy"]


def test_of_several_runs_of_a_seed_the_one_goes_on_that_is_nearest_to_its_end(distil):
    def status(run, **changes):
        write_json(run.path / "status.json", run.status() | changes)

    distil("--seeds", "1")
    (finished,) = list_runs()
    settings = finished.config()["settings"]
    stopped, begun, failed, live = (create_run(settings) for _ in range(4))  # the newest is at work, in this process
    for run, state, step in ((stopped, "stopped", 1), (begun, "stopped", 0), (failed, "failed", 2)):
        status(run, state=state, step=step)

    def chosen():
        printed = distil("--seeds", "1")[1]
        return next(run for run in list_runs() if f"run {run.id} in" in printed.err)

    assert chosen() == finished and len(list_runs()) == 5
    status(finished, state="failed", step=0)
    assert chosen() == stopped and stopped.state() == "finished" and len(list_runs()) == 5
    assert (begun.state(), failed.state(), live.state()) == ("stopped", "failed", "starting")


def test_untested_runs_have_no_summary(distil):
    status, printed = distil("--seeds", "2", "--evaluation", "none")
    assert status == 0 and "not tested" in printed.out
    found = printed_json(distil("--seeds", "2", "--evaluation", "none", "--json")[1])
    assert found["accuracy"] is None and found["protocol"] is None and found["full"] is None


def test_of_selected_images_there_is_one_accuracy(distil):
    text = distil("--seeds", "2", "--distiller", "select", "--init", "random")[1].out
    summary = text.split("2 sets")[1]
    assert "  selected " in summary and "distilled" not in summary and "before" not in summary


def test_own_predictors_have_their_spreads_too(distil):
    found = printed_json(distil("--seeds", "2", "--distiller", "kip", "--json")[1])["kernel"]
    assert found["accuracy"]["over_sets"]["n"] == 2
    assert found["accuracy"]["over_students"] == {"std": None, "n": 1}, "an exact predictor has no chance"


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--seeds", "0"], "--seeds 0 is not allowed"),
        (["--convention", "field"], "has no effect without --seeds"),
        (["--seeds", "2", "--seed", str(2**31 - 1)], f"seed={2**31} is not allowed"),
    ],
)
def test_what_cannot_be_is_refused_before_there_is_a_run(distil, flags, sentence):
    status, printed = distil(*flags)
    assert status == 2 and sentence in printed.err and not list_runs()
