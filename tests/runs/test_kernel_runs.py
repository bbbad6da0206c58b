"""Runs of kernel methods: what they tell of their own predictor, and that telling it changes nothing."""

import json
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import toy

from ddcore import evaluation, experiment, loop
from ddcore.commands import main
from ddcore.errors import BadInput
from ddcore.experiment import Experiment
from ddcore.experts import ExpertSchedule
from ddcore.kernel_evaluation import KernelEvaluation
from ddcore.progress import Stopped, silent
from ddcore.runs import estimating, kernel_timing
from ddcore.runs.archive import export_run, import_run
from ddcore.runs.folder import create_run, send
from ddcore.runs.job import Job
from ddcore.runs.worker import work
from ddcore.settings import complete, resolve

FEW = {"steps": 6, "width": 4, "batch_real": 4, "ipc": 1, "device": "cpu", "init": "random", "snapshot_every": 1}
SMALL = {
    "kip": {"labels": "learned"},
    "rfad": {"labels": "learned", "random_networks": 2, "random_width": 6},
    "frepo": {"max_online_updates": 3, "pool_size": 2},
}
MEASURES = ("mean", "std", "repeats", "images", "condition", "certificate")


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setitem(evaluation.PROTOCOLS, "quick", replace(evaluation.PROTOCOLS["quick"], epochs=2))
    monkeypatch.setitem(experiment.FULL_SCHEDULES, "quick", ExpertSchedule(2))


def settings_of(distiller="kip", **settings):
    own = {"evaluation": "quick", "repeats": 2, "evaluate_every": 0}
    flat = {"dataset": toy.dataset().hash, "distiller": distiller, **FEW, **own, **SMALL.get(distiller, {})}
    return resolve(flat | settings)


def a_run(distiller="kip", **settings):
    return create_run(settings_of(distiller, **settings))


def told(run, name="kernel"):
    return [event for event in run.events()[0] if event["event"] == name]


def final_set(run):
    return run.snapshot(run.config()["settings"]["steps"])


@pytest.fixture
def stop_at(monkeypatch):
    def arrange(step):
        plain = Job.step

        def stopping(self, number, total):
            if number == step:
                monkeypatch.setattr(Job, "step", plain)
                raise Stopped
            plain(self, number, total)

        monkeypatch.setattr(Job, "step", stopping)

    return arrange


@pytest.mark.parametrize("distiller", SMALL)
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


@pytest.mark.parametrize("distiller", SMALL)
def test_testing_more_often_changes_no_image_label_or_final_accuracy(distiller):
    seldom, often = a_run(distiller, snapshot_every=6), a_run(distiller, snapshot_every=1)
    results = [work(run) for run in (seldom, often)]
    assert len(told(seldom)) == 4 and len(told(often)) == 9
    for name in ("images", "targets"):
        np.testing.assert_array_equal(final_set(seldom)[name], final_set(often)[name])
    for name in ("accuracy", "kernel"):
        assert results[0][name] == results[1][name]


@pytest.mark.parametrize("distiller", SMALL)
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
    assert again == {name: value for name, value in result.items() if name not in ("run", "steps", "seconds")}
    assert again["kernel"]["predictor"] == "NTK of 2 hidden layers, ridge 0.01"
    assert main(command) == 0
    block = capsys.readouterr().out.split("by kernel regression (NTK of 2 hidden layers, ridge 0.01)")[1]
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


# -- estimates


@pytest.fixture
def clock(monkeypatch):
    """`clock(method, name, seconds)`: a clock that nothing moves but calls of that method."""
    now = [0.0]
    monkeypatch.setattr(kernel_timing, "time", SimpleNamespace(perf_counter=lambda: now[0]))

    def slow(method, name, seconds):
        plain = getattr(method, name)

        def slowly(self, *given, **named):
            now[0] += seconds
            return plain(self, *given, **named)

        monkeypatch.setattr(method, name, slowly)

    return slow


def made(distiller, **settings):
    return Experiment.of(complete(settings_of(distiller, **settings)), toy.dataset(), "cpu")


def estimated(distiller="kip", **settings):
    return kernel_timing.kernel_tests(SimpleNamespace(progress=silent), made(distiller, **settings))


@pytest.mark.parametrize(
    ("settings", "pictures"),
    [({"steps": 40, "snapshot_every": 1}, 41), ({"steps": 40, "snapshot_every": 7}, 7), ({"steps": 400}, 401)],
)
def test_every_picture_is_one_test_along_the_way(settings, pictures, clock):
    clock(KernelEvaluation, "along_the_way", 1.0)
    assert estimated(**settings, evaluation="none") == {"kernel tests": pictures}
    assert estimated(**settings) == {"kernel tests": pictures}


def test_accuracies_along_the_way_are_pictures_too(clock):
    clock(KernelEvaluation, "along_the_way", 1.0)
    assert estimated(steps=40, snapshot_every=20, evaluate_every=8) == {"kernel tests": len({0, 20, 40, 8, 16, 24, 32})}


def test_sets_tested_at_the_end_are_counted_and_random_ones_unless_kept(clock):
    clock(type(made("rfad").distiller), "predictor", 100.0)
    assert estimated("rfad", evaluation="none") == {"kernel tests": 700}, "those along the way use it too"
    assert estimated("rfad", repeats=3) == {"kernel tests": 700 + 100 * (2 * 3 + 3)}
    KernelEvaluation.of(made("rfad", repeats=3)).random_accuracy()
    assert estimated("rfad", repeats=3) == {"kernel tests": 700 + 100 * 2 * 3}


def test_one_predictor_is_enough_where_it_is_not_random(clock):
    clock(type(made("kip").distiller), "predictor", 100.0)
    assert estimated("kip", repeats=3) == {"kernel tests": 700 + 100 * (2 + 3)}
    assert estimated("dm") == {}


@pytest.mark.parametrize(("every", "solves"), [(1, 41), (10, 5), (15, 3), (100, 1)])
def test_every_solve_of_the_labels_is_counted(every, solves, monkeypatch):
    """On a clock that only solves move; as many as the run itself makes."""
    now, method = [0.0], type(made("kip").distiller)
    plain, counted = method._solved, []

    def slowly(self, *given):
        now[0] += 8.0
        counted.append(1)
        return plain(self, *given)

    monkeypatch.setattr(method, "_solved", slowly)
    for module in (estimating, loop):
        monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    settings = {"steps": 40, "labels": "solved", "solve_every": every, "evaluation": "none", "snapshot_every": 40}
    found = estimating._distilling(SimpleNamespace(progress=silent), made("kip", **settings))
    assert found == 8.0 * solves
    del counted[:]
    work(a_run("kip", **settings))
    assert len(counted) == solves


# -- runs from elsewhere


def changed(run, change):
    """`run` with its kernel events and result put through `change(what, dict)`."""
    lines = [json.dumps(change(event["event"], event)) + "\n" for event in run.events()[0]]
    (run.path / "events.jsonl").write_text("".join(lines))
    for name, what in (("config.json", "config"), ("status.json", "status")):
        content = json.loads((run.path / name).read_text())
        (run.path / name).write_text(json.dumps(change(what, content)))
    return run


def test_a_kernel_run_arrives_with_all_it_tells(tmp_path):
    for evaluated in ("quick", "none"):
        run = a_run(evaluation=evaluated)
        result = work(run)
        copy = import_run(export_run(run, tmp_path / f"{evaluated}.zip"))
        assert copy.status()["result"] == result and told(copy) == told(run)
        np.testing.assert_array_equal(copy.snapshot(3)["targets"], run.snapshot(3)["targets"])


WRONG = {
    "a step in words": ("kernel", {"step": "many"}),
    "an accuracy in words": ("kernel", {"mean": "good"}),
    "half an image": ("kernel", {"images": 0.5}),
    "a condition of truth": ("kernel", {"condition": True}),
    "a list of certificates": ("kernel", {"certificate": [1.0]}),
    "a predictor of numbers": ("config", {"kernel": 7}),
}


@pytest.mark.parametrize(("where", "wrong"), WRONG.values(), ids=WRONG.keys())
def test_wrong_fields_are_refused(where, wrong, tmp_path):
    run = a_run()
    work(run)
    changed(run, lambda what, fields: fields | wrong if what == where else fields)
    with pytest.raises(BadInput, match="is not that of a"):
        import_run(export_run(run, tmp_path / "run.zip"))


@pytest.mark.parametrize("name", MEASURES)
def test_events_without_a_field_are_refused(name, tmp_path):
    run = a_run()
    work(run)
    changed(run, lambda what, fields: {k: v for k, v in fields.items() if k != name} if what == "kernel" else fields)
    with pytest.raises(BadInput, match=r"events.jsonl in the zip is not that of a run"):
        import_run(export_run(run, tmp_path / "run.zip"))


@pytest.mark.parametrize(
    "wrong",
    [{"kernel_accuracy": "x"}, {"kernel": "x"}, {"kernel": {}}, {"kernel": {"predictor": "NTK", "accuracy": None}}],
)
def test_wrong_results_are_refused(wrong, tmp_path):
    run = a_run()
    work(run)
    changed(run, lambda what, c: c | {"result": c["result"] | wrong} if what == "status" else c)
    with pytest.raises(BadInput, match=r"status.json in the zip is not that of a run"):
        import_run(export_run(run, tmp_path / "run.zip"))


def test_a_condition_beyond_all_numbers_is_told_as_null(tmp_path, monkeypatch):
    plain = KernelEvaluation.along_the_way
    monkeypatch.setattr(
        KernelEvaluation, "along_the_way", lambda self, *given: replace(plain(self, *given), condition=math.inf)
    )
    run = a_run(evaluation="none")
    work(run)
    assert {event["condition"] for event in told(run)} == {None}
    assert told(import_run(export_run(run, tmp_path / "run.zip"))) == told(run)
