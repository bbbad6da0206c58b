"""Characteristic functions of features against complex arithmetic, and what is known of their distance."""

import math

import pytest
import torch
from reference import ncfm as naive

from ddcore.distillers import characteristic as module
from ddcore.distillers.characteristic import characteristic, class_shares, discrepancy, squared_parts

SHARES = pytest.mark.parametrize("share", [0.1, 0.5, 0.9])


def points(count, size=5, seed=0):
    return torch.randn(count, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def weights(count, seed=0):
    return points(count, 1, seed)[:, 0].exp()


def function(features, given, frequencies):
    """(2,1,F) of one class."""
    return characteristic(features, frequencies, (given / given.sum())[:, None])


def uniform(features, frequencies):
    return function(features, torch.ones(len(features), dtype=torch.float64), frequencies)


def distance(one, other, share=0.5):
    return discrepancy(*squared_parts(one, other), share).item()


@SHARES
def test_the_distance_is_that_of_complex_numbers(share):
    """What is under roots is 1e-3 at least here, so the 1e-12 added to it changes a root by less than 1e-10."""
    real, synthetic, t = points(9), points(4, seed=1), points(16, seed=2)
    given, mine = weights(9, seed=3), weights(4, seed=4)
    expected = naive.discrepancy((real, given.tolist()), (synthetic, mine.tolist()), t, share)
    assert distance(function(real, given, t), function(synthetic, mine, t), share) == pytest.approx(expected, abs=1e-9)


@SHARES
def test_the_order_of_points_does_not_matter_nor_do_constant_weights_or_repeated_points(share):
    real, t, order = points(9), points(16, seed=2), torch.randperm(9)
    usual = uniform(real, t)
    others = [
        uniform(real[order], t),
        uniform(real.repeat(3, 1), t),
        function(real, torch.full((9,), 7.0, dtype=torch.float64), t),
    ]
    for other in others:
        assert distance(usual, other, share) <= 1.1e-6, "the root of what is added under it"
        torch.testing.assert_close(other, usual)


@SHARES
def test_the_distance_is_symmetric(share):
    one, other = (uniform(points(6, seed=seed), points(16, seed=2)) for seed in (0, 1))
    assert distance(one, other, share) == pytest.approx(distance(other, one, share), rel=1e-12)


def test_a_function_is_at_most_one_and_is_one_at_zero():
    t = torch.cat([torch.zeros(1, 5, dtype=torch.float64), points(50, seed=2)])
    sizes = function(points(9), weights(9), t).square().sum(0).sqrt()[0]
    assert sizes[0].item() == pytest.approx(1, abs=1e-12) and (sizes <= 1 + 1e-12).all() and (sizes[1:] < 1).all()


def test_amplitudes_and_phases_add_up_to_the_squared_distance():
    one, other = uniform(points(9), points(30, seed=2)), uniform(points(4, seed=1), points(30, seed=2))
    amplitudes, phases = squared_parts(one, other)
    torch.testing.assert_close(amplitudes + phases, (one - other).square().sum(0))
    assert (phases >= 0).all() and (amplitudes >= 0).all()


def test_the_mean_squared_distance_is_the_kernels_maximum_mean_discrepancy():
    """E_t |Phi_r - Phi_s|^2 = MMD^2 with kernel exp(-|x - y|^2 / 2), within five standard errors."""
    x, y, t = points(7, 3), points(5, 3, seed=1), points(200_000, 3, seed=2)
    squared = (uniform(x, t) - uniform(y, t)).square().sum(0)[0]

    def kernel(one, other):
        return torch.exp(-(one[:, None] - other[None]).square().sum(2) / 2).mean()

    expected = kernel(x, x) + kernel(y, y) - 2 * kernel(x, y)
    assert (squared.mean() - expected).abs() < 5 * squared.std() / math.sqrt(len(t))


def test_two_points_that_are_close_are_as_far_apart_as_that():
    """C -> delta / sqrt(pi) for two single points at distance delta; of its mean over t, five standard errors."""
    t, delta = points(100_000, 3, seed=2), 0.05
    one = torch.zeros(1, 3, dtype=torch.float64)
    amplitudes, phases = squared_parts(uniform(one, t), uniform(one + torch.tensor([delta, 0, 0]), t))
    assert amplitudes.max() < 1e-20
    spread = (0.5 * phases).sqrt().std().item() / math.sqrt(len(t))
    curvature = delta**3 / 10  # 2 sin(x / 2) = x - x^3 / 24, and E |n|^3 = 2 E |n|
    expected = delta / math.sqrt(math.pi)
    assert discrepancy(amplitudes, phases, 0.5).item() == pytest.approx(expected, abs=5 * spread + curvature)


def test_two_normal_clouds_are_as_far_apart_as_their_formula_says():
    """2 (1 + 2 s^2)^(-d/2) (1 - exp(-|delta|^2 / (2 (1 + 2 s^2)))): n points are off by about 1 / sqrt(n)."""
    n, d, s = 20_000, 2, 0.5
    shift = torch.tensor([1.0, 0.5], dtype=torch.float64)
    t = points(2_000, d, seed=2)
    squared = (uniform(s * points(n, d), t) - uniform(s * points(n, d, seed=1) + shift, t)).square().sum(0)[0]
    wide = 1 + 2 * s**2
    expected = 2 * wide ** (-d / 2) * (1 - math.exp(-shift.square().sum().item() / (2 * wide)))
    errors = 5 * squared.std().item() / math.sqrt(len(t)) + 4 * math.sqrt(expected / n)
    assert squared.mean().item() == pytest.approx(expected, abs=errors)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 1.0])
def test_the_gradient_is_that_of_the_loss(share):
    t, real = points(6, seed=2), uniform(points(9), points(6, seed=2))

    def loss(features):
        return discrepancy(*squared_parts(real, uniform(torch.nn.functional.normalize(features), t)), share)

    assert torch.autograd.gradcheck(loss, points(4, seed=1).requires_grad_(True))


def test_the_gradient_near_a_match_is_good_in_single_precision():
    """Two per mille: float32 sums of hundreds of terms, 1e-6, at a distance of 1e-2, and a margin of 20."""
    centre, t = points(1, 200), points(100, 200, seed=2)
    real, mine, found = centre + 0.01 * points(20, 200, seed=1), centre + 0.01 * points(3, 200, seed=3), []
    for kind in (torch.float64, torch.float32):
        features = mine.to(kind).requires_grad_(True)
        sides = []
        for side in (real.to(kind), features):
            shares = side.new_full((len(side), 1), 1 / len(side))
            sides.append(characteristic(torch.nn.functional.normalize(side), t.to(kind), shares))
        loss = discrepancy(*squared_parts(*sides), 0.5).sum()
        found.append(torch.autograd.grad(loss, features)[0].double())
    assert (found[1] - found[0]).norm() < 2e-3 * found[0].norm()


def test_a_single_point_has_amplitude_one():
    sizes = uniform(points(1), points(50, seed=2)).square().sum(0).sqrt()
    torch.testing.assert_close(sizes, torch.ones_like(sizes))


def test_shares_are_those_of_the_image_in_its_class():
    found = class_shares(torch.tensor([0, 0, 2]), torch.tensor([1.0, 3.0, 5.0]), 3)
    assert found.tolist() == [[0.25, 0, 0], [0.75, 0, 0], [0, 0, 1]]


def test_how_many_images_are_taken_at_once_does_not_change_the_sum(monkeypatch):
    usual = uniform(points(20), points(6, seed=2))
    monkeypatch.setattr(module, "at_once", lambda frequencies: 3)
    torch.testing.assert_close(uniform(points(20), points(6, seed=2)), usual)
