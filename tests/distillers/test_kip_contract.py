"""What a KIP set predicts and says of it, going on after a stop, and what is refused."""

import copy
from functools import partial
from types import SimpleNamespace

import pytest
import torch
import toy
from reference.kernel_ridge import predictions
from reference.kip import whole_set
from test_distillers import assert_equal, check_going_on, run

from ddcore.distillers.kip import KernelInducingPoints
from ddcore.errors import BadInput
from ddcore.loop import Diverged
from ddcore.randomness import Randomness
from ddcore.ridge import kernels
from ddcore.synthetic import SyntheticSet


def test_its_view_are_the_squared_errors_of_the_current_set():
    problem, method = toy.problem(), KernelInducingPoints(batch_real=4, labels="learned", hidden=2, jitter=1e-3)
    state = run(problem, method, toy.weighted())[-1][2]
    before = copy.deepcopy(state)
    view = method.view(problem, state, Randomness(0).at(4))
    images, truth = whole_set(problem)
    losses = view.losses(images.float(), truth.argmax(1), student_steps=0)
    kernel = partial(kernels.ntk, hidden=2)
    found = predictions(kernel, state["images"].double(), state["labels"], 1e-3, state["weights"], images)
    torch.testing.assert_close(losses, ((found - truth) ** 2).sum(1) / 2, rtol=1e-3, atol=1e-6)
    assert torch.equal(view.features(images.float()), images.flatten(1))
    assert_equal(state, before)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "NTK of 1 hidden layer, ridge 1e-06"),
        ({"kernel": "nngp", "hidden": 4}, "NNGP of 4 hidden layers, ridge 1e-06"),
        ({"kernel": "rbf", "jitter": 0.01, "rbf_width": 2.0}, "RBF kernel of width 2 sqrt(D), ridge 0.01"),
    ],
)
def test_the_predictor_says_what_it_is(options, words):
    assert KernelInducingPoints(**options).predictor_in_words == words


@pytest.mark.parametrize(
    "options",
    [
        {"labels": "learned", "hidden": 3, "sample_depths": True},
        {"labels": "solved", "solve_every": 2},
        {"kernel": "rbf", "labels": "solved", "solve_every": 3},
    ],
    ids=["learned, depths sampled", "solved", "solved, rbf"],
)
@pytest.mark.parametrize("stopped_after", [0, 1, 2, 3, 5])
def test_stopping_and_going_on_is_never_having_stopped_however_labels_are_made(options, stopped_after, tmp_path):
    check_going_on(KernelInducingPoints(batch_real=4, **options), toy.problem, stopped_after, tmp_path / "checkpoint")


@pytest.mark.parametrize(
    "bad",
    [
        {"kernel": "conv"},
        {"hidden": 0},
        {"hidden": 21},
        {"rbf_width": 0.0},
        {"labels": "soft"},
        {"solve_every": 0},
        {"lr_images": -0.1},
        {"lr_images": float("nan")},
        {"jitter": -1e-9},
        {"batch_real": 0},
    ],
)
def test_kip_out_of_bounds_is_refused(bad):
    (name,) = bad
    with pytest.raises(BadInput, match=f"{name}="):
        KernelInducingPoints(**bad)


def test_a_device_without_float64_is_refused_in_a_sentence():
    images = SimpleNamespace(device=SimpleNamespace(type="mps"))
    with pytest.raises(BadInput, match="device='mps' has no float64, .*; choose cpu or cuda:0"):
        KernelInducingPoints().init(toy.problem(), SyntheticSet(images, None, None), Randomness(0))


def test_images_that_are_no_numbers_end_the_run_and_equal_ones_without_a_ridge_are_refused():
    bad = toy.synthetic()
    bad.images.fill_(float("nan"))
    with pytest.raises(Diverged, match="The loss is nan at step 1"):
        run(toy.problem(), KernelInducingPoints(batch_real=4), bad)
    blank = toy.synthetic()
    blank.images.fill_(0.0)
    with pytest.raises(BadInput, match="singular without a ridge"):
        run(toy.problem(), KernelInducingPoints(batch_real=4, jitter=0.0), blank)
