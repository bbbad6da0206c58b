"""One step of an optimiser at a time: Adam against torch's, AdaBelief and LAMB against the papers' algorithms."""

import copy

import pytest
import torch
from reference import optimisers as printed

from ddcore.training.optimisers import EFFICIENT_ADAM, adabelief, adam, fresh_moments, lamb, sgd

ALL = pytest.mark.parametrize("step", [adam, adabelief, lamb], ids=lambda step: step.__name__)


def normal(*shape, seed=0, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def gradients(count, *shape):
    """Of sizes from 1e-6 to 1e2, and a zero."""
    sizes = torch.logspace(-6, 2, shape[0], dtype=torch.float64).view(-1, *(len(shape) - 1) * [1])
    found = [sizes * normal(*shape, seed=1 + place) for place in range(count)]
    found[1][:] = 0
    return found


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_adam_is_that_of_torch(dtype):
    values, moments = normal(5, 3, dtype=dtype), fresh_moments(normal(5, 3, dtype=dtype))
    theirs = values.clone().requires_grad_(True)
    optimiser = torch.optim.Adam([theirs], lr=0.04)
    for gradient in gradients(12, 5, 3):
        theirs.grad = gradient.to(dtype)
        optimiser.step()
        adam(values, gradient.to(dtype), moments, 0.04)
        within = 20 * torch.finfo(dtype).eps
        torch.testing.assert_close(values, theirs.detach(), rtol=within, atol=within)


def test_adabelief_is_its_algorithm():
    values, moments = normal(5), fresh_moments(normal(5))
    given = gradients(12, 5)
    expected = [
        list(printed.adabelief(value, [g[place].item() for g in given], 1e-3))
        for place, value in enumerate(values.tolist())
    ]
    for step, gradient in enumerate(given):
        adabelief(values, gradient, moments, 1e-3)
        assert values.tolist() == pytest.approx([row[step] for row in expected], rel=1e-12)


def test_adabelief_takes_wide_steps_where_the_gradient_is_as_expected():
    """At a steady gradient g - m is g 0.9^t, far below g: the step grows beyond Adam's, which is lr."""
    values, other = torch.zeros(1).double(), torch.zeros(1).double()
    moments, others = fresh_moments(values), fresh_moments(other)
    for _ in range(30):
        adabelief(values, torch.ones(1).double(), moments, 1e-3)
        adam(other, torch.ones(1).double(), others, 1e-3)
    assert other.item() == pytest.approx(-30e-3, rel=1e-6) and values.item() < 1.5 * other.item()


def test_lamb_is_its_algorithm():
    values, moments = normal(5), fresh_moments(normal(5))
    given = gradients(12, 5)
    expected = printed.lamb(values.tolist(), [g.tolist() for g in given], 3e-4)
    for gradient, after in zip(given, expected, strict=True):
        lamb(values, gradient, moments, 3e-4)
        assert values.tolist() == pytest.approx(after, rel=1e-12)


def test_lamb_changes_by_a_share_of_the_length_of_all_values():
    values, moments = normal(4, 3, 2), fresh_moments(normal(4, 3, 2))
    for gradient in gradients(5, 4, 3, 2):
        before = values.clone()
        lamb(values, gradient, moments, 0.01)
        assert ((values - before).norm() / before.norm()).item() == pytest.approx(0.01)


def test_lamb_of_values_that_are_all_zero_steps_like_adam():
    values, moments = torch.zeros(3).double(), fresh_moments(torch.zeros(3).double())
    lamb(values, torch.tensor([1.0, -2.0, 0.0]).double(), moments, 0.1)
    torch.testing.assert_close(values, torch.tensor([-0.1, 0.1, 0.0]).double(), rtol=1e-5, atol=0)


@ALL
@pytest.mark.parametrize("start", [0.0, 1.0])
def test_without_a_gradient_nothing_moves(step, start):
    values = torch.full((3,), start)
    moments = fresh_moments(values)
    for _ in range(3):
        step(values, torch.zeros(3), moments, 0.1)
    assert torch.equal(values, torch.full((3,), start))


@ALL
def test_a_step_size_of_zero_moves_nothing_and_what_is_behind_it_is_kept(step):
    values, gradient = normal(3), normal(3, seed=1)
    moments, before, given = fresh_moments(values), values.clone(), gradient.clone()
    step(values, gradient, moments, 0.0)
    assert torch.equal(values, before) and torch.equal(gradient, given)
    assert moments["count"] == 1 and moments["first"].abs().min() > 0


@ALL
def test_moments_are_all_that_is_carried_from_step_to_step(step):
    """They, and the values, are changed in place: a state that holds them is the whole of it."""
    values, moments = normal(3), fresh_moments(normal(3))
    held = dict(moments)
    step(values, normal(3, seed=1), moments, 0.1)
    assert all(moments[name] is held[name] for name in held) and moments.keys() == held.keys()
    again, copied = values.clone(), copy.deepcopy(moments)
    step(values, normal(3, seed=2), moments, 0.1)
    step(again, normal(3, seed=2), copied, 0.1)
    assert torch.equal(values, again) and all(torch.equal(moments[name], copied[name]) for name in moments)


@pytest.mark.parametrize("optimiser", [sgd(0.9, 5e-4), sgd(0.0, 0.0), EFFICIENT_ADAM], ids=["sgd", "plain", "adam"])
def test_several_tensors_at_once_are_one_after_another_bit_for_bit(optimiser):
    shapes = [(4, 3), (5,), ()]
    together = [normal(*shape, seed=place, dtype=torch.float32) for place, shape in enumerate(shapes)]
    apart = [value.clone() for value in together]
    moments, others = ([optimiser.fresh(value) for value in values] for values in (together, apart))
    for seed in range(10, 14):
        given = [normal(*shape, seed=seed, dtype=torch.float32) for shape in shapes]
        optimiser.update_all(together, given, moments, 0.1)
        for value, gradient, own in zip(apart, given, others, strict=True):
            optimiser.update(value, gradient, own, 0.1)
    assert all(map(torch.equal, together, apart))
    for one, other in zip(moments, others, strict=True):
        assert all(torch.equal(one[name], other[name]) for name in one)


def test_sgd_is_pytorchs():
    """Momentum and decay are added in another order, so to float64 rounding."""
    optimiser, values = sgd(0.9, 5e-4), normal(4, 3)
    theirs, moments = values.clone().requires_grad_(), optimiser.fresh(values)
    torchs = torch.optim.SGD([theirs], lr=0.1, momentum=0.9, weight_decay=5e-4)
    for gradient in gradients(8, 4, 3):
        theirs.grad = gradient.clone()
        torchs.step()
        optimiser.update_all([values], [gradient], [moments], 0.1)
    torch.testing.assert_close(values, theirs.detach(), rtol=1e-12, atol=1e-12)
