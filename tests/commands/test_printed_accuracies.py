"""What commands say of accuracies: the verdict of the Watch page, in letters that every terminal has."""

import json
from dataclasses import replace

import pytest
import toy

from ddcore.commands import main
from ddcore.commands.accuracies import ascii_words, print_accuracies, with_gains
from ddcore.commands.bars import percent
from ddcore.distillers import DISTILLERS
from ddcore.runs.folder import open_run
from ddcore.runs.gains import Gain, against_random, against_start
from pages.parts.run_history import RunHistory
from pages.parts.watch.honesty import accuracies

SMALL = ["--steps", "4", "--width", "4", "--ipc", "1", "--batch-real", "4", "--repeats", "2", "--device", "cpu"]


@pytest.fixture
def tested(monkeypatch, tmp_path, capsys):
    """Distil a toy set and test students for a moment; returns what was printed."""
    from ddcore.experiments import experiment
    from ddcore.training import protocols
    from ddcore.training.experts import ExpertSchedule

    monkeypatch.setitem(protocols.PROTOCOLS, "quick", replace(protocols.PROTOCOLS["quick"], epochs=3))
    monkeypatch.setitem(experiment.FULL_SCHEDULES, "quick", ExpertSchedule(3))

    def run(*more):
        assert main(["distill", "--dataset", toy.npz(tmp_path), *SMALL, *more]) == 0
        return capsys.readouterr().out

    return run


def test_the_verdict_is_that_of_the_page_and_the_object_has_its_numbers(tested, capsys):
    """`distill` says what the Watch page says of the same run, and names who was trained."""
    printed = tested()
    run = open_run(printed.partition(":")[0])
    history = RunHistory(run).update()
    found = accuracies(history, 4)
    words = against_random(found["distilled"], found["random"], found["full"])
    start = against_start(found["distilled"], found["initial"], by_itself=False)
    for sentence in (words, start):
        assert ascii_words(sentence) in printed.splitlines()
    assert "±" not in printed and printed.isascii() and "**" not in printed
    assert f"students: {history.about.students}, n = 2" in printed
    assert main(["evaluate", run.id, "--repeats", "2", "--device", "cpu", "--json"]) == 0
    again = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert again["students"] == run.config()["student_network"]
    assert again["gain"]["random"] == Gain.of(found["distilled"], found["random"]).to_json()
    assert again["gain"]["initial"] == Gain.of(found["distilled"], found["initial"]).to_json()


def test_students_that_were_never_enough_are_told_of():
    few, many = ({"mean": 0.5, "std": std, "repeats": 5, "until": 1.0} for std in (0.005, 0.05))
    assert percent(few) == "50.0 +- 0.5 % (n = 5)"
    assert percent(many).startswith("50.0 +- 5.0 % (n = 5, ") and "+-6.2" in percent(many)  # 2.776 * 5 / sqrt(5)


def test_students_that_are_stopped_early_are_counted_set_by_set(tested, capsys):
    """Of a run and of `evaluate`: the sets' own fewer, and random images all of them."""
    printed = tested("--repeats", "5", "--until", "50")
    run = open_run(printed.partition(":")[0])
    result = run.status()["result"]
    assert [result[name]["repeats"] for name in ("accuracy", "initial_accuracy", "random")] == [3, 3, 5]
    assert result["accuracy"]["until"] == 50 and "until" not in result["random"] | result["full"]
    assert "n in each row" in printed and "(n = 3)" in printed and "(n = 5)" in printed and printed.isascii()
    assert "+-50 percentage points" in run.config()["protocol"]["text"] and run.config()["protocol"]["until"] == 50
    shown = accuracies(RunHistory(run).update(), 4)
    assert [shown[name].repeats for name in ("distilled", "initial", "random")] == [3, 3, 5]
    again = ["evaluate", run.id, "--repeats", "5", "--until", "50", "--device", "cpu", "--json"]
    assert main(again) == 0
    found = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert {name: found[name] for name in ("accuracy", "random", "protocol")} == {
        name: result[name] for name in ("accuracy", "random", "protocol")
    }
    assert main(["evaluate", run.id, "--until", "50"]) == 2
    assert "until=50 has no effect with 3 students" in capsys.readouterr().err


def test_sets_together_have_a_verdict_over_sets(tested):
    together = tested("--seeds", "2").split("2 sets")[1]
    assert "as many random ones" in together and "over sets)" in together


RESULT = {
    "protocol": "quick", "accuracy": {"mean": 0.86, "std": 0.01, "repeats": 3},
    "initial_accuracy": {"mean": 0.86, "std": 0.01, "repeats": 3}, "random": {"mean": 0.7, "std": 0.01, "repeats": 3},
    "full": {"mean": 0.9, "std": 0.0, "repeats": 1}, "kernel": None, "kernel_accuracy": None,
}  # fmt: skip
PREDICTOR = {
    "predictor": "NTK", "accuracy": {"mean": 0.9, "std": 0.0, "repeats": 1}, "initial_accuracy": None,
    "random": {"mean": 0.6, "std": 0.01, "repeats": 3},
}  # fmt: skip
STUDENTS = {"name": "convnet", "width": 4}


@pytest.mark.parametrize("method", ["mtt", "dm"])
def test_a_good_start_that_gained_nothing_is_called_that_whatever_the_method(method, capsys):
    about = DISTILLERS.about(method)
    found = with_gains(RESULT, about, STUDENTS)
    print_accuracies(found, about)
    assert "Not distinguishable from the images they started from: +0.0 points" in capsys.readouterr().out
    assert found["gain"]["random"]["verdict"] == "better"
    assert found["gain"]["initial"]["verdict"] == "not distinguishable"


def test_a_selection_has_no_start_to_gain_on(capsys):
    about = DISTILLERS.about("select")
    found = with_gains(RESULT, about, STUDENTS)
    print_accuracies(found, about)
    printed = capsys.readouterr().out
    assert found["gain"]["initial"] is None and "started from" not in printed and "selected images are 16.0" in printed


def test_an_exact_predictor_has_a_verdict_of_its_own(capsys):
    about = DISTILLERS.about("kip")
    found = with_gains(RESULT | {"kernel": PREDICTOR}, about, STUDENTS)
    print_accuracies(found, about)
    assert "30.0 points better" in capsys.readouterr().out
    assert found["kernel"]["gain"]["random"]["verdict"] == "better"
    assert RESULT["kernel"] is None and "gain" not in PREDICTOR, "what was given is left as it was"
