"""The loops of DC and DSA: which network a step looks through, and what steps report."""

from dataclasses import replace

import pytest
import torch
import toy
from test_distillers import run
from test_gradient_matching import BATCH_NORM, made

from ddcore.distillers import DISTILLERS
from ddcore.distillers.class_gradients import layers, matched
from ddcore.errors import BadInput
from ddcore.randomness import Randomness


@pytest.mark.parametrize(
    ("ipc", "expected"), [(1, (1, 1)), (2, (10, 50)), (10, (10, 50)), (25, (30, 20)), (50, (50, 10)), (1000, (50, 10))]
)
def test_loops_are_the_published_ones_for_as_many_images_or_the_next_more(ipc, expected):
    classes = torch.arange(3).repeat_interleave(ipc)
    method = DISTILLERS.make("dc")
    assert method.loops(classes) == expected
    assert replace(method, outer=7).loops(classes) == (7, expected[1])
    assert replace(method, inner=0).loops(classes) == (expected[0], 0)


def test_a_network_learns_between_the_steps_it_serves_and_then_goes():
    states = [state for _, _, state in run(toy.problem(), made(outer=3, inner=1), toy.synthetic(), steps=4)]
    assert [int(state["outer"]) for state in states] == [0, 1, 2, 0, 1]
    assert [bool(state["network"]) for state in states] == [False, True, True, False, True]
    first, second = (state["network"]["parameters"]["linear.weight"] for state in states[1:3])
    assert 0 < (first - second).abs().max() < 0.1, "the same network, which has learned"


def test_a_network_that_does_not_learn_stays():
    states = [state for _, _, state in run(toy.problem(), made(outer=3, inner=0), toy.synthetic(), steps=2)]
    fresh = toy.problem().network.init(Randomness(0).at(1).torch("network"))
    for state in states[1:]:
        assert all(torch.equal(state["network"]["parameters"][name], fresh[name]) for name in fresh)


@pytest.mark.parametrize("text", ["convnet:width=4,depth=2", BATCH_NORM])
def test_followers_look_through_the_current_network(text):
    problem, method = toy.problem(through=text), made(outer=2, inner=3, lr_network=0.5)
    states = [state for _, _, state in run(problem, method, toy.synthetic(), steps=2)]
    images = problem.sampler.draw(Randomness(5), 4).images
    for number, state in enumerate(states):
        rng = Randomness(0).at(number + 1)
        seen = method.view(problem, state, rng).features(images)
        usual = toy.network_view(problem, toy.synthetic(), rng).features(images)
        if number == 1:
            current = state["network"]["parameters"]
            buffers = problem.network.observed(current, state["images"])[1] or None
            torch.testing.assert_close(seen, problem.network.features(current, images, buffers))
        elif text != BATCH_NORM:  # which has the statistics of the moved images
            assert torch.equal(seen, usual), "the fresh network of the next step"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("convnet:width=4,depth=2", ["conv 1", "conv 2", "linear"]),
        ("convnet:norm=layer,width=4,depth=1", ["conv 1", "norm 1", "linear"]),
        ("mlp:width=6,depth=2", ["hidden 1", "hidden 2", "linear"]),
    ],
)
def test_layers_have_names_that_people_know(text, expected):
    network = toy.network(text)
    names = matched("layers", network.init(torch.Generator().manual_seed(0)))
    assert list(dict.fromkeys(layers("layers", names))) == expected


def test_the_distances_of_layers_add_up_to_the_loss_and_have_a_chart():
    for name in ("dc", "dsa"):
        _, metrics, _ = run(toy.problem(), made(name), toy.synthetic(), steps=1)[-1]
        (curve,) = DISTILLERS.about(name).curves
        parts = {key: value for key, value in metrics.items() if key.startswith(f"{curve.key}/")}
        assert set(parts) == {"layer/conv 1", "layer/conv 2", "layer/linear"}
        assert metrics["loss"] == pytest.approx(sum(parts.values()))


@pytest.mark.parametrize("bad", [{"distance": "l1"}, {"outer": 0}, {"inner": -1}, {"lr_network": -1.0}])
def test_parameters_out_of_bounds_are_refused(bad):
    with pytest.raises(BadInput, match=next(iter(bad))):
        DISTILLERS.make("dsa", **bad)
