"""A run in closed form: one step with its costs, the set's own predictor, and a stop before the step."""

from dataclasses import replace

import numpy as np
import pytest
from kernel_runs import a_run, final_set, told

from ddcore.experiments import experiment
from ddcore.runs.worker import work
from ddcore.training import protocols as evaluation
from ddcore.training.experts import ExpertSchedule

COSTS = {"loss", "cost/this set", "cost/optimum", "epsilon", "ridge"}


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setitem(evaluation.PROTOCOLS, "quick", replace(evaluation.PROTOCOLS["quick"], epochs=2))
    monkeypatch.setitem(experiment.FULL_SCHEDULES, "quick", ExpertSchedule(2))


def test_one_step_whatever_was_asked_for_with_all_its_numbers():
    run = a_run("analytic", steps=6, coreset=0, coreset_by="sensitivity")
    result = work(run)
    (step,) = told(run, "step")
    assert result["steps"] == step["step"] == 1 and set(step) >= COSTS | {"cost/bound"}
    assert step["cost/this set"] == pytest.approx(step["cost/optimum"], rel=1e-6)
    assert [event["step"] for event in told(run)] == [0, 1, 1, 0]
    assert result["kernel_accuracy"] == result["kernel"]["accuracy"]["mean"] > 0.9
    assert result["kernel"]["accuracy"]["repeats"] == 1 and result["kernel"]["predictor"].startswith("linear")


@pytest.mark.parametrize("by", ["sensitivity", "importance"])
def test_a_run_stopped_before_its_step_ends_as_one_that_was_not(by, stop_at):
    settings = {"coreset": 30, "coreset_by": by, "importance": "kmeans" if by == "importance" else "uniform"}
    whole, part = (a_run("analytic", steps=1, evaluation="none", **settings) for _ in range(2))
    work(whole)
    stop_at(0)
    assert work(part) is None and not told(part, "step")
    work(part)
    for name in ("images", "targets"):
        np.testing.assert_array_equal(final_set(whole)[name], final_set(part)[name])
    costs = [{name: event.get(name) for name in COSTS} for run in (whole, part) for event in told(run, "step")]
    assert costs[0] == costs[1] and len(costs) == 2
