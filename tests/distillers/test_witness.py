"""One step as a witness sees it: what the optimiser makes of the gradient it was told is what the step did."""

import copy

import pytest
import torch
import toy

from ddcore.distillers import DISTILLERS
from ddcore.distillers.witness import watched_step
from ddcore.loop import distill
from ddcore.randomness import Randomness
from ddcore.training.optimisers import adabelief, adam, lamb

OPTIMISERS = {"ncfm": adam, "kip": adam, "frepo": lamb, "rfad": adabelief}
"""Of the images; the other methods that follow a gradient take SGD with momentum."""
TELL = {"dm", "dc", "dsa", "mtt", "datm", *OPTIMISERS}
"""Methods that tell their gradient: all of ours that follow one; a method of someone's own may keep it to itself."""
WITHOUT_GRADIENT = [
    name for name in DISTILLERS.names() if (about := DISTILLERS.about(name)).closed_form or not about.distills
]


def made(name, **given):
    return DISTILLERS.make(name, **toy.small("distillers", name) | given)


def after_a_step(name, method):
    """A problem, the state after its first step, and the randomness of the second: moments are not zero there."""
    problem, rng = toy.problem(), Randomness(0)
    state = method.init(problem, toy.synthetic(), rng)
    method.step(problem, state, rng.at(1))
    return problem, state, rng.at(2)


def moved(name, method, before, gradient):
    """The images that the optimiser makes of those in the state `before`."""
    images = before["images"].clone()
    if name in OPTIMISERS:
        OPTIMISERS[name](images, gradient, copy.deepcopy(before["moments"]["images"]), method.lr_images)
        return images
    return images - method.lr_images * (method.momentum * before["velocity"] + gradient)


def test_every_method_tells_its_gradient_or_has_none():
    assert sorted([*TELL, *WITHOUT_GRADIENT]) == DISTILLERS.names(), "say in TELL how the images of a new one move"


@pytest.mark.parametrize("name", sorted(TELL))
def test_the_images_moved_as_the_optimiser_moves_them_along_the_gradient(name):
    method = made(name)
    problem, state, rng = after_a_step(name, method)
    before = copy.deepcopy(state)
    _, seen = watched_step(problem, method, state, rng)
    assert torch.equal(seen.before, before["images"]) and not torch.equal(state["images"], before["images"])
    torch.testing.assert_close(state["images"], moved(name, method, before, seen.gradient), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["dm", "dc", "dsa", "mtt", "datm"])
def test_without_momentum_the_change_is_minus_the_step_size_times_the_gradient(name):
    method = made(name, momentum=0.0)
    problem, state, rng = after_a_step(name, method)
    before = state["images"].clone()
    _, seen = watched_step(problem, method, state, rng)
    assert torch.equal(state["images"], before.sub(seen.gradient, alpha=method.lr_images))


def test_the_gradient_of_mixed_images_is_that_by_the_images_themselves():
    """The rows that are learned are mixed to images X A: their gradient is that of the images times A transposed."""
    method = made("rfad", mix_pixels=True)
    problem, state, rng = after_a_step("rfad", method)
    before = copy.deepcopy(state)
    _, seen = watched_step(problem, method, state, rng)
    rows = before["unmixed"].clone()
    by_rows = seen.gradient.flatten(1) @ before["mixing"].T
    adabelief(rows, by_rows, before["moments"]["unmixed"], method.lr_images)
    torch.testing.assert_close(state["unmixed"], rows, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", WITHOUT_GRADIENT)
def test_a_method_without_a_gradient_tells_none(name):
    method, problem, rng = made(name), toy.problem(), Randomness(0)
    state = method.init(problem, toy.synthetic(), rng)
    _, seen = watched_step(problem, method, state, rng.at(1))
    assert seen.gradient is None


@pytest.mark.parametrize("name", DISTILLERS.names())
def test_who_looks_on_changes_no_bit_and_sees_what_was_drawn(name):
    method, drawn = made(name), []
    alone = [copy.deepcopy(event.state) for event in distill(toy.problem(), method, toy.synthetic(), 3, 0)]
    problem = toy.problem()
    for place, event in enumerate(distill(problem, method, toy.synthetic(), 3, 0, watched=lambda: True)):
        same(event.state, alone[place])
        if event.seen and event.seen.batch:
            drawn += event.seen.batch.indices.tolist()
    if method.batch_real:
        counted = torch.as_tensor(problem.sampler.drawn)
        assert torch.equal(counted, torch.tensor(drawn).bincount(minlength=24)), "here, a step draws one batch"


def same(one, other):
    assert one.keys() == other.keys()
    for name, value in one.items():
        same(value, other[name]) if isinstance(value, dict) else torch.testing.assert_close(
            value, other[name], rtol=0, atol=0
        )


@pytest.mark.parametrize(
    ("name", "given", "through"),
    [
        ("ncfm", {"match_in": "pool", "pool_size": 2, "pool_steps": 3}, "convnet:width=4,depth=2"),
        ("dc", {}, "convnet:norm=batch,width=4,depth=2"),
    ],
)
def test_a_step_that_draws_for_its_networks_too_shows_and_counts_the_batch_of_its_loss(name, given, through):
    """Of the networks' batches only the number is told."""
    method, problem, rng = made(name, **given), toy.problem(through=through), Randomness(0)
    state = method.init(problem, toy.synthetic(), rng)
    _, seen = watched_step(problem, method, state, rng.at(1))
    assert torch.equal(seen.batch.indices, toy.problem().sampler.draw(rng.at(1), method.batch_real).indices)
    assert seen.others > 0
    assert problem.sampler.drawn.tolist() == seen.batch.indices.bincount(minlength=24).tolist()
