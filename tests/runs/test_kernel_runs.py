"""Runs of kernel methods: what they tell of their own predictor, and that telling it changes nothing."""

import json
from dataclasses import replace

import numpy as np
import pytest
from kernel_runs import IN_STEPS, MEASURES, a_run, final_set, told

from ddcore.commands import main
from ddcore.experiments import experiment
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.predictor import KernelEvaluation
from ddcore.runs.folder import send
from ddcore.runs.worker import work
from ddcore.training import protocols as evaluation
from ddcore.training.experts import ExpertSchedule


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setitem(evaluation.PROTOCOLS, "quick", replace(evaluation.PROTOCOLS["quick"], epochs=2))
    monkeypatch.setitem(experiment.FULL_SCHEDULES, "quick", ExpertSchedule(2))


@pytest.mark.parametrize("distiller", IN_STEPS)
def test_a_run_tells_what_is_promised(distiller):
    run = a_run(distiller, snapshot_every=2)
    result = work(run)
    kernel, predictors = result["kernel"], 1 if distiller == "kip" else 2
    assert kernel["predictor"] == run.config()["kernel"] != ""
    assert result["kernel_accuracy"] == kernel["accuracy"]["mean"]
    assert [kernel[name]["repeats"] for name in ("accuracy", "initial_accuracy", "random")] == [predictors] * 2 + [2]
    events = told(run)
    assert [event["step"] for event in events] == [0, 2, 4, 6, 6, 0]
    for event in events:
        assert set(event) == {"event", "time", "step", *MEASURES}
        assert event["images"] == 24 and event["condition"] > 1 and event["certificate"] > 0
    last, first = ({name: event[name] for name in ("mean", "std", "repeats")} for event in events[-2:])
    assert last == kernel["accuracy"] and first == kernel["initial_accuracy"]
    assert [e for e in told(run, "baseline") if e["name"] == "kernel-random"][-1]["mean"] == kernel["random"]["mean"]
    if distiller == "kip":  # not random: the tests along the way were on the same 24 images
        for live, end in ((events[3], events[4]), (events[0], events[5])):
            assert [live[name] for name in MEASURES] == [end[name] for name in MEASURES]


def test_the_first_certificate_is_that_of_the_start_report():
    run = a_run(init="ridge-coreset", ipc=2, evaluation="none")
    work(run)
    (report,) = (event["report"] for event in told(run, "initialised"))
    assert told(run)[0]["certificate"] == pytest.approx(report["certificate"], rel=1e-4)


def test_other_methods_tell_nothing_of_it():
    run = a_run("dm")
    result = work(run)
    assert result["kernel"] is result["kernel_accuracy"] is run.config()["kernel"] is None
    assert told(run) == [] and "kernel-random" not in [event["name"] for event in told(run, "baseline")]


@pytest.mark.parametrize("distiller", IN_STEPS)
def test_testing_more_often_changes_no_image_label_or_final_accuracy(distiller):
    seldom, often = a_run(distiller, snapshot_every=6), a_run(distiller, snapshot_every=1)
    results = [work(run) for run in (seldom, often)]
    assert len(told(seldom)) == 4 and len(told(often)) == 9
    for name in ("images", "targets"):
        np.testing.assert_array_equal(final_set(seldom)[name], final_set(often)[name])
    for name in ("accuracy", "kernel"):
        assert results[0][name] == results[1][name]


@pytest.mark.parametrize("distiller", IN_STEPS)
def test_a_stopped_run_ends_as_one_that_was_not(distiller, stop_at):
    whole, part = a_run(distiller), a_run(distiller)
    expected = work(whole)
    stop_at(3)
    assert work(part) is None
    result = work(part)
    for name in ("accuracy", "initial_accuracy", "random", "full", "kernel_accuracy", "kernel"):
        assert result[name] == expected[name]
    both = [[{name: event[name] for name in ("step", *MEASURES)} for event in told(run)] for run in (whole, part)]
    assert both[0] == both[1], "every step is tested once"


def test_a_test_that_a_stop_cut_short_is_taken_after_all(monkeypatch):
    run, plain = a_run(snapshot_every=2), KernelEvaluation.along_the_way

    def cut(self, state, step, progress):
        if step == 4:
            send(run, "stop")
        return plain(self, state, step, progress)

    with monkeypatch.context() as patch:
        patch.setattr(KernelEvaluation, "along_the_way", cut)
        assert work(run) is None
    assert [event["step"] for event in told(run)] == [0, 2]
    assert run.snapshot_steps() == [0, 2, 4]
    work(run)
    assert [event["step"] for event in told(run)] == [0, 2, 4, 6, 6, 0]


def test_a_stop_between_two_pictures_tests_no_step_of_its_own(stop_at):
    run = a_run(snapshot_every=2)
    stop_at(3)
    work(run)
    work(run)
    assert [event["step"] for event in told(run)] == [0, 2, 4, 6, 6, 0]


def test_without_evaluation_condition_and_certificate_are_told_all_the_same(monkeypatch):
    monkeypatch.setattr(Experiment, "test_images", None)
    run = a_run(evaluation="none")
    result = work(run)
    assert result["kernel"] is result["kernel_accuracy"] is None and run.config()["kernel"].startswith("NTK")
    assert [event["step"] for event in told(run)] == list(range(7))
    for event in told(run):
        assert [event[name] for name in MEASURES[:4]] == [None] * 4
        assert event["condition"] > 1 and event["certificate"] > 0


def test_a_set_that_nothing_changed_is_tested_once(monkeypatch):
    tested, plain = [], KernelEvaluation.test
    monkeypatch.setattr(KernelEvaluation, "test", lambda self, *given: tested.append(1) or plain(self, *given))
    result = work(a_run(labels="fixed", lr_images=0.0))
    assert len(tested) == 1 and result["kernel"]["accuracy"] == result["kernel"]["initial_accuracy"]


def test_pictures_in_between_hold_the_labels_of_their_step():
    run = a_run()
    work(run)
    labels = [run.snapshot(step)["targets"] for step in range(7)]
    assert "images" not in run.snapshot(3)
    for before, after in zip(labels, labels[1:], strict=False):
        assert before.shape == (3, 3) and not np.array_equal(before, after)
        np.testing.assert_allclose(after.sum(1), 1, atol=1e-5)


# -- commands


def printed(capsys):
    return json.loads(capsys.readouterr().out.strip().splitlines()[-1])


def test_evaluate_finds_the_runs_own_kernel_accuracies_and_none_of_a_file(capsys):
    run = a_run(hidden=2, jitter=1e-2)
    result = work(run)
    command = ["evaluate", run.id, "--repeats", "2", "--device", "cpu"]
    assert main([*command, "--json"]) == 0
    again = printed(capsys)
    assert result["kernel"].items() <= again["kernel"].items()
    apart = ("run", "steps", "seconds", "kernel")
    assert {name: value for name, value in result.items() if name not in apart}.items() <= again.items()
    assert again["kernel"]["predictor"] == "NTK of 2 hidden layers, ridge 0.01"
    assert main(command) == 0
    block = capsys.readouterr().out.split("own predictor (NTK of 2 hidden layers, ridge 0.01)")[1]
    for label, name in (("distilled", "accuracy"), ("random images", "random")):
        assert f"{label:<18} {100 * result['kernel'][name]['mean']:.1f}" in block
    file, data = str(run.snapshot_path(6)), run.config()["dataset"]["hash"]
    command = ["evaluate", file, "--dataset", data, "--width", "4", "--repeats", "2", "--device", "cpu", "--json"]
    assert main(command) == 0
    alone = printed(capsys)
    assert alone["kernel"] is alone["kernel_accuracy"] is None
    assert alone["accuracy"] == result["accuracy"], "students read learned labels alike"


def test_evaluate_refuses_targets_without_weight(tmp_path, capsys):
    run = a_run(evaluation="none")
    work(run)
    arrays = final_set(run)
    arrays["targets"][1] = [0.5, -1.0, 0.5]
    np.savez(tmp_path / "centred.npz", **arrays)
    data = run.config()["dataset"]["hash"]
    assert main(["evaluate", str(tmp_path / "centred.npz"), "--dataset", data, "--width", "4"]) == 2
    assert "targets have a row that sums to 0" in capsys.readouterr().err
