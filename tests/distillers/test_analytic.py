"""The analytic set: its own predictor is the ridge regression of all images, or of a coreset within its bound."""

from math import isfinite

import numpy as np
import pytest
import torch
import toy
from analytic_sets import features_and_labels, map_of, problem_of, small_problem, start, stepped, watched
from reference.analytic import cost, fit, own_predictor
from reference.ridge import certificate

from ddcore.distillers import ridge_fits
from ddcore.distillers.analytic import AnalyticRidge
from ddcore.distillers.base import set_of
from ddcore.errors import BadInput
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.predictor import KernelEvaluation
from ddcore.experiments.presets import presets
from ddcore.experiments.resolving import resolve
from ddcore.loop import distill
from ddcore.networks.base import network_of
from ddcore.randomness import Randomness
from ddcore.synthetic import SyntheticSet

# -- all images


@pytest.mark.parametrize("labels", ["fixed", "fitted"])
@pytest.mark.parametrize("ipc", [1, 3, 30])
@pytest.mark.parametrize("feature_map", ["linear", "rff"])
def test_the_stored_set_predicts_as_the_fit_of_all_images(feature_map, ipc, labels):
    """The set is stored in float32, whose rounding moves an image by 6e-8 and the map by as much, times the condition
    number of the images in the span of the map: under 100 here."""
    problem = toy.problem()
    method = AnalyticRidge(feature_map=feature_map, labels=labels, fit_ridge=1.0)
    state, metrics = stepped(method, problem, start(problem, ipc))
    features, truth, _ = features_and_labels(problem, method)
    expected = fit(features, truth, 1.0)
    assert np.abs(map_of(method, problem, state) - expected).max() < 1e-5 * np.abs(expected).max()
    optimum = cost(expected, features, truth, 1.0) / len(truth)
    assert metrics["cost/optimum"] == pytest.approx(optimum, rel=1e-10)
    assert metrics["loss"] == metrics["cost/this set"] == pytest.approx(optimum, rel=1e-6)
    assert metrics["epsilon"] == 0 and metrics["cost/bound"] == metrics["cost/optimum"] and metrics["ridge"] == 1


@pytest.mark.parametrize("settings", [
    {}, {"ipc": 10}, {"labels": "fitted", "ipc": 3}, {"feature_map": "rff"}, {"feature_map": "rff", "ipc": 10},
    {"fit_ridge": 1e-3}, {"fit_ridge": 100.0, "jitter": 1e-3}, {"init": "noise"},
], ids=str)  # fmt: skip
def test_on_digits_the_accuracy_is_that_of_the_fit_of_all_images(digits, settings):
    flat = {"distiller": "analytic", "ipc": 1, "width": 4, "init": "random", **settings}
    experiment = Experiment.choose(digits, **flat)
    method, problem = experiment.distiller, experiment.problem(None)
    *_, event = distill(problem, method, experiment.initial_set()[0], experiment.settings.steps, seed=0)
    features, truth, _ = features_and_labels(problem, method)
    solution = fit(features, truth, event.metrics["ridge"])
    test = experiment.test_images[torch.arange(len(digits.test))]
    predicted = method._see(test)(test).flatten(1).numpy() @ solution
    expected = (predicted.argmax(1) == digits.test.labels).mean()
    found = KernelEvaluation.of(experiment).test(event.synthetic)
    assert found.accuracy.values == (expected,) and expected > 0.9
    assert event.synthetic.images.abs().max() < 20, "near the range of pixels, whose largest is 2"


def test_a_set_of_images_of_any_kind_can_be_tested():
    """Random real images, by f(x) = x X^T (X X^T + l)^-1 y."""
    problem = toy.problem()
    method, (batch,) = AnalyticRidge(jitter=1e-3), problem.sampler.sweep(100)
    synthetic = SyntheticSet.of_classes(batch.images[::4], batch.labels[::4].numpy(), toy.CLASSES, "cpu")
    images = synthetic.images.flatten(1).double().numpy()
    labels = np.eye(toy.CLASSES)[synthetic.classes.numpy()] - 1 / toy.CLASSES
    expected = batch.images.flatten(1).double().numpy() @ own_predictor(images, labels, 1e-3)
    found = method.predictor(problem, synthetic, Randomness(0))(batch.images)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-10)


# -- a coreset


@pytest.mark.parametrize("coreset_by", ["sensitivity", "uniform", "importance"])
def test_the_cost_of_the_sets_own_predictor_is_within_the_bound(coreset_by):
    """The theorem, by brute force: 100 coresets of as many small problems, sizes from hopeless to large."""
    bounded = 0
    for seed in range(100):
        scores = np.random.default_rng(seed).uniform(0.1, 1, 90) if seed % 2 else None
        problem = small_problem(seed, scores=scores)
        ridge, m = 10.0 ** (seed % 4 - 1), (5, 40, 300)[seed % 3]
        if coreset_by == "importance":
            m = min(m, 75)
        method = AnalyticRidge(coreset=m, coreset_by=coreset_by, fit_ridge=ridge, jitter=1e-8)
        state, metrics = stepped(method, problem, seed=seed)
        features, truth, _ = features_and_labels(problem)
        optimum = cost(fit(features, truth, ridge), features, truth, ridge) / 90
        own = cost(map_of(method, problem, state), features, truth, ridge) / 90
        epsilon = metrics["epsilon"]
        assert metrics["cost/optimum"] == pytest.approx(optimum, rel=1e-9)
        assert metrics["loss"] == metrics["cost/this set"] == pytest.approx(own, rel=1e-5)
        assert own >= optimum * (1 - 1e-9) and all(isfinite(value) for value in metrics.values())
        assert ("cost/bound" in metrics) == (epsilon < 1)
        if epsilon < 1:
            bounded += 1
            assert metrics["cost/bound"] == pytest.approx((1 + epsilon) / (1 - epsilon) * optimum)
            assert own <= metrics["cost/bound"]
    assert 20 < bounded < 100, "both kinds were tried"


@pytest.mark.parametrize("coreset_by", ["sensitivity", "uniform", "importance"])
def test_the_set_is_the_fit_of_its_coreset(coreset_by, monkeypatch):
    """And eps is that of the coreset by the generalised eigenproblem."""
    drawn = watched(monkeypatch)
    problem = small_problem(scores=np.random.default_rng(1).uniform(0.1, 1, 90))
    method = AnalyticRidge(coreset=50, coreset_by=coreset_by, fit_ridge=0.5)
    state, metrics = stepped(method, problem)
    ((indices, weights),) = drawn
    features, truth, _ = features_and_labels(problem)
    assert len(indices) == (51 if coreset_by == "importance" else 50), "as many of each class, rounded up"
    expected = fit(features[indices], truth[indices], 0.5, weights)
    assert np.abs(map_of(method, problem, state) - expected).max() < 1e-5 * np.abs(expected).max()
    assert metrics["epsilon"] == pytest.approx(certificate(features, truth, 0.5, indices, weights), rel=1e-8)


@pytest.mark.parametrize("coreset_by", ["sensitivity", "uniform", "importance"])
@pytest.mark.parametrize("sizes", [(30, 30, 30), (70, 15, 5)])
def test_weights_estimate_the_sum_over_all_images(coreset_by, sizes, monkeypatch):
    """On average over 400 draws, whatever the sizes of the classes: within five standard errors, for each class."""
    totals = []

    def of(self, indices, weights):
        totals.append(np.bincount(labels[indices], weights, minlength=3))
        return 0.5

    monkeypatch.setattr(ridge_fits.RidgeCost, "certificate", of)
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(3), sizes)
    pixels = rng.integers(0, 256, (90, 2, 2, 1)).astype(np.uint8)
    problem = problem_of(pixels, labels, scores=rng.uniform(0.1, 1, 90))
    method = AnalyticRidge(coreset=12, coreset_by=coreset_by, fit_ridge=1.0)
    for seed in range(400):
        method._fits(problem, Randomness(seed).at(1)).of_coreset(12)
    found, error = np.mean(totals, 0), np.std(totals, 0) / 20
    assert (np.abs(found - sizes) <= 5 * error + 1e-6).all()


def test_sensitivities_find_the_images_that_carry_the_fit():
    """Five images alone show what one pixel says: of 200 drawn uniformly many draws have too few of them."""
    rng = np.random.default_rng(0)
    labels = np.arange(600, dtype=np.int64) % 3
    pixels = rng.normal(102, 5, (600, 2, 2, 1))
    pixels[:5, 0, 0, 0] = 250
    problem = problem_of(pixels.clip(0, 255).astype(np.uint8), labels)
    found = {
        by: np.mean([stepped(AnalyticRidge(coreset=200, coreset_by=by, fit_ridge=1.0), problem, seed=seed)[1]["epsilon"]
                     for seed in range(10)])
        for by in ("sensitivity", "uniform")
    }  # fmt: skip
    assert found["sensitivity"] < 0.7 * found["uniform"]


# -- the ridge, the step, the features


def test_one_in_twenty_training_images_chooses_the_ridge(monkeypatch):
    """Others for another seed, the same again for the same one."""
    seen = []

    def best(sums, held_out):
        seen.append(held_out)
        return 7.0

    monkeypatch.setattr(ridge_fits, "best_ridge", best)
    problem = small_problem(count=200, side=4)
    assert [stepped(AnalyticRidge(), problem, seed=seed)[1]["ridge"] for seed in (0, 1, 0)] == [7, 7, 7]
    features, truth, _ = features_and_labels(problem)
    chosen = [[int(np.flatnonzero((features == row).all(1))[0]) for row in held[0].numpy()] for held in seen]
    assert all(len(set(rows)) == 10 for rows in chosen) and chosen[0] == chosen[2] != chosen[1]
    np.testing.assert_array_equal(seen[0][1], truth[chosen[0]])


def test_a_second_step_changes_nothing_but_rounding():
    method, problem = AnalyticRidge(fit_ridge=1.0), toy.problem()
    events = [
        (event.metrics, event.synthetic.images.clone())
        for event in distill(problem, method, start(problem, 2), 2, seed=0)
    ]
    torch.testing.assert_close(events[2][1], events[1][1], atol=1e-4, rtol=1e-4)
    assert events[2][0]["loss"] == pytest.approx(events[1][0]["loss"], rel=1e-6)


def test_it_takes_a_step_for_each_of_its_sizes_whatever_is_asked_for():
    for preset in (None, *presets()["analytic"]):
        found = resolve({"distiller": "analytic", "steps": 200}, preset)
        assert found["steps"] == found.get("sizes", 1)


def test_the_features_are_a_function_of_their_seed_alone():
    """So that the set is tested in the features that it was made in, by whatever randomness the test has."""
    problem, method = toy.problem(), AnalyticRidge(feature_map="rff", fit_ridge=1.0)
    state, _ = stepped(method, problem)
    (batch,) = problem.sampler.sweep(100)
    one, other = (method.predictor(problem, set_of(state), Randomness(seed))(batch.images) for seed in (0, 7))
    assert torch.equal(one, other)
    reseeded = AnalyticRidge(feature_map="rff", fit_ridge=1.0, feature_seed=1)
    assert not torch.allclose(one, reseeded.predictor(problem, set_of(state), Randomness(0))(batch.images), atol=0.1)


# -- awkward data


@pytest.mark.parametrize("feature_map", ["linear", "rff"])
def test_constant_pixels_and_equal_images(feature_map):
    rng = np.random.default_rng(0)
    pixels = np.full((60, 4, 4, 1), 17, np.uint8)
    pixels[:, 1:3, 1:3] = rng.integers(0, 256, (5, 2, 2, 1)).astype(np.uint8)[np.arange(60) % 5]
    problem = problem_of(pixels, np.arange(60, dtype=np.int64) % 3)
    for labels in ("fixed", "fitted"):
        method = AnalyticRidge(feature_map=feature_map, labels=labels, coreset=30, fit_ridge=1e-2)
        state, metrics = stepped(method, problem)
        assert set_of(state).images.isfinite().all() and all(isfinite(value) for value in metrics.values())


def test_more_classes_than_pixels_and_a_coreset_that_misses_some():
    problem = small_problem(classes=12, count=120)
    for coreset in (0, 2, 60):
        method = AnalyticRidge(coreset=coreset, fit_ridge=1.0)
        state, metrics = stepped(method, problem)
        features, truth, _ = features_and_labels(problem)
        own = cost(map_of(method, problem, state), features, truth, 1.0) / 120
        assert metrics["loss"] == pytest.approx(own, rel=1e-6)
        assert coreset or own == pytest.approx(metrics["cost/optimum"], rel=1e-6)


def test_a_ridge_that_is_small_beside_the_features_is_no_lack_of_directions():
    """30 images of 144 pixels: rounding errors over the ridge are more of V than its centred labels leave out."""
    problem = small_problem(count=30, side=12)
    method = AnalyticRidge(fit_ridge=1e-6)
    state, metrics = stepped(method, problem)
    features, truth, labels = features_and_labels(problem)
    predicted = features @ map_of(method, problem, state)
    assert (predicted.argmax(1) == labels).all() and np.abs(predicted - truth).max() < 0.01
    assert all(isfinite(value) for value in metrics.values())


def test_images_of_a_start_that_are_all_equal_take_fixed_labels_only():
    problem = toy.problem()
    given = start(problem)
    same = SyntheticSet(given.images[:1].repeat(3, 1, 1, 1), given.targets, given.classes)
    stepped(AnalyticRidge(fit_ridge=1.0), problem, same)
    with pytest.raises(BadInput, match="span 1 directions, too few"):
        stepped(AnalyticRidge(fit_ridge=1.0, labels="fitted"), problem, same)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"factor": 2}, "factor=2 is not possible"),
        ({"importance": "kmeans"}, "importance='kmeans' has no effect.*real batches with coreset_by='importance' only"),
        ({"importance": "kmeans", "coreset": 20}, "importance='kmeans' has no effect"),
        ({"importance": "kmeans", "coreset_by": "importance"}, "no effect without a coreset.*coreset=1000"),
        ({"coreset_by": "uniform"}, "coreset_by='uniform' has no effect without a coreset"),
    ],
)
def test_settings_without_a_meaning_are_refused(settings, sentence):
    with pytest.raises(BadInput, match=sentence):
        Experiment.choose(toy.dataset(), distiller="analytic", ipc=1, init="random", width=4, **settings)


def test_importance_is_allowed_where_it_draws_the_coreset():
    chosen = {"importance": "kmeans", "coreset": 20, "coreset_by": "importance", "clusters": 2}
    experiment = Experiment.choose(toy.dataset(), distiller="analytic", ipc=1, init="random", width=4, **chosen)
    problem = experiment.problem(experiment.scores())
    *_, event = distill(problem, experiment.distiller, experiment.initial_set()[0], 1, seed=0)
    assert event.metrics["epsilon"] > 0


def test_images_too_large_to_solve_for_are_refused_before_anything_is_computed():
    with pytest.raises(BadInput, match="12,288 numbers is too large.*at most 8,192"):
        AnalyticRidge().check_fit(network_of("mlp:width=2,depth=1", (3, 64, 64), 3), 1)
