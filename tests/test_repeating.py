"""Every method on a pretended GPU: nothing mixes devices, and nothing adds in an order that changes from run to run."""

from dataclasses import replace

import numpy as np
import pretended
import pytest
import torch
import torch.nn.functional as F
import toy

from ddcore.distillers import DISTILLERS
from ddcore.experiments.experiment import Experiment
from ddcore.experiments.predictor import KernelEvaluation
from ddcore.features.making import make_features
from ddcore.importance import SCORES
from ddcore.loop import distill
from ddcore.runs.folder import create_run
from ddcore.runs.worker import work
from ddcore.sampling.following import FOLLOWERS
from ddcore.training import protocols

FOLLOWING = {"refresh_every": 2, "candidates": 6}
BY_NETWORKS = [name for name in SCORES.names() if "device" in SCORES.get(name).__dataclass_fields__]


@pytest.fixture
def gpu():
    with pretended.a_gpu() as seen:
        yield seen


def experiment_on_gpu(**chosen):
    few = {"width": 8, "depth": 2, "ipc": 2, "init": "random", "evaluation": "quick"} | chosen
    own = toy.small("distillers", few.get("distiller", "dm"))
    return Experiment.choose(toy.dataset(), "cuda:0", **own | few)


def ran(experiment, steps=3):
    """The state after a few steps; it must be on the GPU."""
    problem = experiment.problem(experiment.scores())
    *_, last = distill(problem, experiment.distiller, experiment.initial_set()[0], steps, seed=0)
    assert {name: last.state[name].device.type for name in ("images", "targets", "classes")} == {
        "images": "cuda", "targets": "cuda", "classes": "cuda",
    }  # fmt: skip
    return last.state


@pytest.mark.parametrize("importance", ["uniform", "kmeans"])
@pytest.mark.parametrize("name", DISTILLERS.names())
def test_every_method_stays_on_its_device_and_repeats(name, importance, gpu):
    by = {} if importance == "uniform" else {"importance": importance, "mode": "emphasis", "clusters": 3}
    if name == "select" or DISTILLERS.about(name).closed_form:
        by = {}
    ran(experiment_on_gpu(distiller=name, **by))
    assert not gpu[1].unordered


VARIANTS = {
    "tiles": {"factor": 2}, "tiles of ncfm": {"distiller": "ncfm", "factor": 2, "match_in": "pool", "calibration": 0.1},
    "batch norm": {"network": "convnet:norm=batch"},
    "group norm, dsa": {"distiller": "dsa", "network": "convnet:norm=group"},
    "layer norm, dsa": {"distiller": "dsa", "network": "convnet:norm=layer"},
    "max pooling": {"network": "convnet:pooling=max"}, "an mlp": {"network": "mlp"},
    "solved": {"distiller": "kip", "labels": "solved"}, "mixed": {"distiller": "rfad", "mix_pixels": True},
    "whitened": {"zca": True}, "squared gradients": {"distiller": "dc", "distance": "mse"},
}  # fmt: skip


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_too(variant, gpu):
    ran(experiment_on_gpu(**VARIANTS[variant]))
    assert not gpu[1].unordered


@pytest.mark.parametrize("rule", FOLLOWERS.names())
@pytest.mark.parametrize("name", ["dm", "dsa", "kip", "frepo", "rfad"])
def test_batches_that_follow_too(name, rule, gpu):
    own = {key: value for key, value in FOLLOWING.items() if key in FOLLOWERS.get(rule).__dataclass_fields__}
    ran(experiment_on_gpu(distiller=name, importance=rule, **toy.small("followers", rule), **own))
    assert not gpu[1].unordered


@pytest.mark.parametrize("name", ["kip", "rfad", "frepo", "analytic"])
def test_the_sets_own_predictors_too(name, gpu):
    experiment = experiment_on_gpu(distiller=name)
    kernel, state = KernelEvaluation.of(experiment), ran(experiment, steps=1)
    assert 0 <= kernel.along_the_way(state, 1).accuracy.mean <= 1
    assert 0 <= kernel.test(experiment.initial_set()[0]).accuracy.mean <= 1
    assert kernel.certificate(experiment.random_set(0)) > 0 and not gpu[1].unordered


def test_students_and_baselines_too(gpu, monkeypatch):
    monkeypatch.setitem(protocols.PROTOCOLS, "quick", replace(protocols.PROTOCOLS["quick"], epochs=2))
    experiment = experiment_on_gpu()
    assert len(experiment.accuracy(experiment.initial_set()[0]).values) == 3
    experiment.random_accuracy(), experiment.full_accuracy()
    assert not gpu[1].unordered


@pytest.mark.parametrize("name", ["dm", "mtt", "frepo"])
def test_whole_runs_and_their_estimates_too(name, gpu, monkeypatch):
    monkeypatch.setitem(protocols.PROTOCOLS, "quick", replace(protocols.PROTOCOLS["quick"], epochs=2))
    settings = toy.run_settings(name, device="cuda", evaluate_every=3)
    estimate, run = create_run(settings, kind="estimate"), create_run(settings)
    assert work(estimate)["memory_mb"] == 123 and estimate.status()["result"]["device"] == "cuda:0"
    assert work(run)["accuracy"]["repeats"] == 3
    (told,) = [event for event in run.events()[0] if event["event"] == "memory"]
    assert told["peak_mb"] == 123 and run.config()["hardware"]["gpu"] == "pretended"
    assert run.config()["device"] == "cuda:0" and not gpu[1].unordered


@pytest.mark.parametrize(
    "score", [name for name in SCORES.names() if "device" in SCORES.get(name).__dataclass_fields__]
)
def test_scores_that_compute_on_it_too(score, gpu):
    found = SCORES.make(score, device="cuda:0", **toy.small("scores", score)).compute(toy.train_set(), seed=0)
    assert np.isfinite(found.scores).all() and not gpu[1].unordered


@pytest.mark.parametrize("features", ["nngp", "network"])
def test_features_that_compute_on_it_too(features, gpu):
    assert np.isfinite(make_features(features, toy.train_set(), 10, 0, 0.0, "cuda:0")).all()
    assert not gpu[1].unordered


def test_training_on_real_images_never_waits_for_the_gpu(gpu):
    """But where an epoch is told; so the next step is queued while one is computed."""
    experiment = experiment_on_gpu(distiller="mtt")
    training = experiment.experts(None).training
    rows = training.rows(0, 0, None)
    next(rows)
    gpu[0].waits.clear()
    next(rows), next(rows)
    assert gpu[0].waits["item"] == gpu[0].waits["cpu"] - 2 == 0 and gpu[0].waits["tolist"] == 2 * 2


# -- the pretended GPU itself


def test_it_finds_what_a_gpu_would_refuse(gpu):
    there, here = torch.ones(3, device="cuda:0"), torch.ones(3)
    assert (there + 1).device.type == (there * torch.tensor(2.0)).device.type == "cuda" and here.device.type == "cpu"
    for wrong in (lambda: there + here, lambda: there[torch.tensor([0])], lambda: torch.cat([there, here])):
        with pytest.raises(pretended.OnBoth):
            wrong()
    with pytest.raises(TypeError, match="GPU"):
        there.numpy()
    assert np.array_equal(there.cpu().numpy(), here.numpy())
    assert (there + here.to(there)).device.type == "cuda" and here.device.type == "cpu"


def test_it_finds_what_waits_and_what_adds_in_no_order(gpu):
    places, operations = gpu
    images = torch.ones(1, 1, 4, 4, device="cuda:0").requires_grad_(True)
    grid = torch.zeros(1, 4, 4, 2, device="cuda:0")
    assert not places.waits
    torch.autograd.grad(F.grid_sample(images, grid, align_corners=False).sum(), images)
    assert operations.unordered == {"grid_sampler_2d_backward"}
    images.sum().item(), torch.ones(2).to("cuda:0")
    assert places.waits == {"item": 1, "a copy to the GPU": 1}
    torch.bincount(torch.tensor([1]), weights=torch.tensor([1.0]))
    assert "bincount with weights" in operations.unordered
