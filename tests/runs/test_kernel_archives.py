"""Runs of kernel methods from elsewhere: welcome as they were written, refused with what readers cannot use."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from kernel_runs import MEASURES, a_run, told

from ddcore.errors import BadInput
from ddcore.experiments import experiment
from ddcore.experiments.predictor import KernelEvaluation
from ddcore.runs.archive import delete_run, export_run, import_run
from ddcore.runs.worker import work
from ddcore.training import protocols as evaluation
from ddcore.training.experts import ExpertSchedule


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setitem(evaluation.PROTOCOLS, "quick", replace(evaluation.PROTOCOLS["quick"], epochs=2))
    monkeypatch.setitem(experiment.FULL_SCHEDULES, "quick", ExpertSchedule(2))


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
        events, targets = told(run), run.snapshot(3)["targets"]
        out = export_run(run, tmp_path / f"{evaluated}.zip")
        delete_run(run)
        copy = import_run(out).run
        assert copy.status()["result"] == result and told(copy) == events
        np.testing.assert_array_equal(copy.snapshot(3)["targets"], targets)


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
    with pytest.raises(BadInput, match="does not belong to a"):
        import_run(export_run(run, tmp_path / "run.zip"))


@pytest.mark.parametrize("name", MEASURES)
def test_events_without_a_field_are_refused(name, tmp_path):
    run = a_run()
    work(run)
    changed(run, lambda what, fields: {k: v for k, v in fields.items() if k != name} if what == "kernel" else fields)
    with pytest.raises(BadInput, match=r"events.jsonl in the zip does not belong to a run"):
        import_run(export_run(run, tmp_path / "run.zip"))


@pytest.mark.parametrize(
    "wrong",
    [{"kernel_accuracy": "x"}, {"kernel": "x"}, {"kernel": {}}, {"kernel": {"predictor": "NTK", "accuracy": None}}],
)
def test_wrong_results_are_refused(wrong, tmp_path):
    run = a_run()
    work(run)
    changed(run, lambda what, c: c | {"result": c["result"] | wrong} if what == "status" else c)
    with pytest.raises(BadInput, match=r"status.json in the zip does not belong to a run"):
        import_run(export_run(run, tmp_path / "run.zip"))


def test_a_condition_beyond_all_numbers_is_told_as_null(tmp_path, monkeypatch):
    plain = KernelEvaluation.along_the_way
    monkeypatch.setattr(
        KernelEvaluation, "along_the_way", lambda self, *given: replace(plain(self, *given), condition=math.inf)
    )
    run = a_run(evaluation="none")
    work(run)
    assert {event["condition"] for event in told(run)} == {None}
    events, out = told(run), export_run(run, tmp_path / "run.zip")
    delete_run(run)
    assert told(import_run(out).run) == events
