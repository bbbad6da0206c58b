"""The analytic set on coresets of several sizes: one a step, each with its certificate, the last as if alone."""

from math import isfinite

import numpy as np
import pytest
import torch
import toy
from analytic_sets import features_and_labels, map_of, small_problem, start, watched
from reference.analytic import cost, fit

from ddcore.distillers import ridge_fits
from ddcore.distillers.analytic import AnalyticRidge
from ddcore.distillers.base import set_of
from ddcore.errors import BadInput
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.resolving import complete, resolve
from ddcore.loop import distill

BY = pytest.mark.parametrize("coreset_by", ["sensitivity", "uniform", "importance"])


def scored(seed=0):
    return small_problem(seed, scores=np.random.default_rng(seed).uniform(0.1, 1, 90))


def steps_of(method, problem, seed=0, synthetic=None, resume_from=None):
    """(metrics, state) after every step; tensors are copies."""
    given = None if resume_from else synthetic or start(problem)
    return [
        (event.metrics, {name: tensor.clone() for name, tensor in event.state.items()})
        for event in distill(problem, method, given, method.sizes, seed, resume_from)
        if event.step
    ]


@BY
@pytest.mark.parametrize("settings", [{}, {"feature_map": "rff"}, {"labels": "fitted"}], ids=str)
def test_the_last_step_is_what_a_run_of_that_size_alone_does(coreset_by, settings):
    """Bit for bit, with the ridge chosen on held-out images."""
    several = AnalyticRidge(coreset=70, coreset_by=coreset_by, sizes=4, **settings)
    alone = AnalyticRidge(coreset=70, coreset_by=coreset_by, **settings)
    *_, (metrics, state) = steps_of(several, scored(), seed=3)
    ((expected, other),) = steps_of(alone, scored(), seed=3)
    assert metrics == expected
    for name in ("images", "targets", "classes"):
        assert torch.equal(state[name], other[name])


@pytest.mark.parametrize("coreset", [1, 8, 9, 21, 64, 300])
def test_sizes_double_up_to_the_one_asked_for(coreset):
    most = coreset.bit_length()
    events = steps_of(AnalyticRidge(coreset=coreset, sizes=most, fit_ridge=1.0), small_problem())
    sizes = [metrics["coreset"] for metrics, _ in events]
    assert sizes == [int(np.ceil(coreset / 2**halvings)) for halvings in reversed(range(most))]
    assert sizes[0] in (1, 2) and sizes[-1] == coreset and all(a < b for a, b in zip(sizes, sizes[1:], strict=False))


@pytest.mark.parametrize("coreset_by", ["sensitivity", "uniform"])
def test_a_smaller_coreset_is_the_beginning_of_a_larger_one(coreset_by, monkeypatch):
    drawn = watched(monkeypatch)
    steps_of(AnalyticRidge(coreset=80, coreset_by=coreset_by, sizes=5, fit_ridge=1.0), small_problem())
    assert [len(indices) for indices, _ in drawn] == [5, 10, 20, 40, 80]
    largest, weights = drawn[-1]
    for indices, weighted in drawn:
        assert np.array_equal(indices, largest[: len(indices)])
        np.testing.assert_allclose(weighted * len(indices), weights[: len(indices)] * 80, rtol=1e-12)


@BY
def test_the_theorem_holds_at_every_step(coreset_by):
    """By brute force: cost, optimum and bound of the stored set against naive forms, for 10 problems of 5 sizes."""
    bounded = []
    for seed in range(10):
        problem, ridge = scored(seed), 10.0 ** (seed % 4 - 1)
        method = AnalyticRidge(coreset=75, coreset_by=coreset_by, sizes=5, fit_ridge=ridge, jitter=1e-8)
        features, truth, _ = features_and_labels(problem)
        optimum = cost(fit(features, truth, ridge), features, truth, ridge) / 90
        for metrics, state in steps_of(method, problem, seed):
            own = cost(map_of(method, problem, state), features, truth, ridge) / 90
            epsilon = metrics["epsilon"]
            assert all(isfinite(value) for value in metrics.values())
            assert metrics["cost/this set"] == metrics["loss"] == pytest.approx(own, rel=1e-5)
            assert metrics["cost/optimum"] == pytest.approx(optimum, rel=1e-9)
            assert ("cost/bound" in metrics) == (epsilon < 1)
            if epsilon < 1:
                assert own <= metrics["cost/bound"] == pytest.approx((1 + epsilon) / (1 - epsilon) * optimum)
            bounded.append(epsilon < 1)
    assert 10 < sum(bounded) < 45, "both kinds were tried"


def test_every_step_writes_from_the_same_start():
    problem, method = toy.problem(), AnalyticRidge(coreset=60, sizes=3, fit_ridge=1.0)
    synthetic = start(problem, 2)
    for _, state in steps_of(method, problem, synthetic=synthetic):
        assert torch.equal(state["start"], synthetic.images)


@BY
@pytest.mark.parametrize("stopped_after", [0, 1, 2, 3])
def test_going_on_after_a_stop_is_never_having_stopped(coreset_by, stopped_after):
    """With problems of their own, so that nothing computed before the stop is at hand."""
    method = AnalyticRidge(coreset=40, coreset_by=coreset_by, sizes=4)
    whole = steps_of(method, scored())
    events = distill(scored(), method, start(scored()), 4, 0)
    state = next(event.state for event in events if event.step == stopped_after)
    rest = steps_of(method, scored(), resume_from=(stopped_after, state))
    assert len(rest) == 4 - stopped_after
    for (metrics, state), (again, state_again) in zip(whole[stopped_after:], rest, strict=True):
        assert metrics == again and state.keys() == state_again.keys()
        assert all(torch.equal(state[name], state_again[name]) for name in state)


def test_what_all_sizes_share_is_computed_once_and_let_go_at_the_end(monkeypatch):
    made = []
    best = ridge_fits.best_ridge
    monkeypatch.setattr(ridge_fits, "best_ridge", lambda *given: made.append(1) or best(*given))
    method = AnalyticRidge(coreset=40, sizes=4)
    steps_of(method, scored())
    assert len(made) == 1
    steps_of(method, scored())
    assert len(made) == 2, "another problem"


def test_two_runs_that_take_turns_do_not_meet():
    """Whatever is kept between the steps of one is not the other's."""
    method = AnalyticRidge(coreset=40, sizes=3)
    problems = scored(0), scored(1)
    both = [distill(problem, method, start(problem), 3, 0) for problem in problems]
    turns = [[dict(event.metrics) for event in pair] for pair in zip(*both, strict=True)]
    for place, problem in enumerate(problems):
        assert [pair[place] for pair in turns[1:]] == [metrics for metrics, _ in steps_of(method, problem)]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"sizes": 3}, "sizes=3 has no effect without a coreset"),
        ({"sizes": 5, "coreset": 15}, "sizes=5 halves coreset=15 to less than one image.*at most sizes=4"),
        ({"sizes": 0, "coreset": 15}, "sizes=0 is not allowed"),
        ({"sizes": 13, "coreset": 10_000}, "sizes=13 is not allowed"),
        ({"sizes": "many", "coreset": 15}, "sizes='many' is not allowed"),
    ],
)
def test_sizes_without_a_meaning_are_refused(settings, sentence):
    with pytest.raises(BadInput, match=sentence):
        Experiment.choose(toy.dataset(), distiller="analytic", ipc=1, init="random", width=4, **settings)


def test_a_run_takes_a_step_for_each_size_and_tests_no_student_along_the_way():
    flat = complete(resolve({"distiller": "analytic", "coreset": 40, "sizes": 5, "steps": 7, "init": "random"}))
    assert flat["steps"] == 5
    experiment = Experiment.of(flat, toy.dataset(), "cpu")
    assert experiment.settings.evaluation_steps == [] and experiment.settings.snapshot_interval == 1


def test_a_run_of_an_earlier_version_has_one_size():
    recorded = complete(resolve({"distiller": "analytic", "coreset": 40, "init": "random"}))
    del recorded["sizes"]
    flat = complete(recorded, begun=True)
    assert flat["sizes"] == flat["steps"] == 1


def test_its_steps_are_timed_as_runs_of_the_full_size():
    first, later = AnalyticRidge(coreset=40, sizes=4).kinds_of_step(4)
    assert first == (AnalyticRidge(coreset=40), 1) and later == (AnalyticRidge(coreset=40, sizes=4), 3)


def test_the_state_of_one_size_is_as_it_was():
    problem = toy.problem()
    ((_, state),) = steps_of(AnalyticRidge(coreset=40, fit_ridge=1.0), problem)
    assert set(state) == {"images", "targets", "classes"} and len(set_of(state).classes) == 3
