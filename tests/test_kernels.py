"""Infinite-width kernels against loops and quadrature, and kernel ridge regression against its definition."""

import math

import numpy as np
import pytest
import torch

from ddcore.errors import BadInput
from ddcore.kernel_ridge import Predictor, centred_one_hot
from ddcore.kernels import nngp, ntk


def naive(x, z, hidden):
    """One pair of images, number by number (methods of Jacot et al. and Cho & Saul)."""
    width, w2, b2 = len(x), 2.0, 0.01
    pairs = {"xx": (x, x), "xz": (x, z), "zz": (z, z)}
    kernel = {
        name: sum(float(p) * float(q) for p, q in zip(*pair, strict=True)) / width for name, pair in pairs.items()
    }
    tangent = 0.0
    for layer in range(hidden + 1):
        covariance = {name: w2 * value + b2 for name, value in kernel.items()}
        tangent = covariance["xz"] + w2 * tangent
        if layer == hidden:
            return covariance["xz"], tangent
        slope = None
        for name in kernel:
            scale = math.sqrt(covariance[name[0] * 2] * covariance[name[1] * 2])
            angle = math.acos(max(-1.0, min(1.0, covariance[name] / scale)))
            kernel[name] = scale / (2 * math.pi) * (math.sin(angle) + (math.pi - angle) * math.cos(angle))
            if name == "xz":
                slope = (math.pi - angle) / (2 * math.pi)
        tangent *= slope
    raise AssertionError


@pytest.mark.parametrize("hidden", [0, 1, 2, 5])
def test_kernels_are_their_recursion(hidden):
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(4, 6)), rng.normal(size=(3, 6))
    z[0], z[1] = x[1], -2 * x[2]  # the same image, and an opposite one
    expected = np.array([[naive(a, b, hidden) for b in z] for a in x])
    given = torch.as_tensor(x), torch.as_tensor(z)
    np.testing.assert_allclose(nngp(*given, hidden), expected[..., 0], rtol=1e-7)
    np.testing.assert_allclose(ntk(*given, hidden), expected[..., 1], rtol=1e-7)


def test_nngp_is_the_covariance_of_random_networks():
    """E relu(u) relu(v) by a fine grid over the Gaussian, not by the arc-cosine form."""
    x, z = torch.tensor([[1.0, -0.5]]).double(), torch.tensor([[0.3, 2.0]]).double()
    first = {name: 2 * float(a @ b.T) / 2 + 0.01 for name, a, b in (("xx", x, x), ("xz", x, z), ("zz", z, z))}
    grid = np.linspace(-8, 8, 1601)
    density = np.exp(-(grid**2) / 2) / math.sqrt(2 * math.pi) * (grid[1] - grid[0])
    u = math.sqrt(first["xx"]) * grid[:, None]
    slope = first["xz"] / math.sqrt(first["xx"])
    v = slope * grid[:, None] + math.sqrt(first["zz"] - slope**2) * grid
    expected = (np.maximum(u, 0) * np.maximum(v, 0) * density[:, None] * density).sum()
    assert nngp(x, z).item() == pytest.approx(2 * expected + 0.01, rel=1e-4)


def test_ntk_is_what_the_gradients_of_a_wide_network_give():
    """Mean of gradient products of random networks of width 8,192, with the weights as the NTK has them."""
    generator = torch.Generator().manual_seed(0)
    x = torch.tensor([[1.0, -0.5, 0.2], [0.3, 2.0, -1.0]]).double()
    total, rounds, width = torch.zeros(2, 2).double(), 8, 8192
    for _ in range(rounds):
        shapes = [(3, width), (width,), (width, 1), (1,)]
        parameters = [torch.randn(s, generator=generator, dtype=torch.float64, requires_grad=True) for s in shapes]
        W, b, V, c = parameters
        h = torch.relu(math.sqrt(2 / 3) * x @ W + 0.1 * b)
        out = math.sqrt(2 / width) * h @ V + 0.1 * c
        rows = [
            torch.cat([g.flatten() for g in torch.autograd.grad(out[i, 0], parameters, retain_graph=True)])
            for i in range(2)
        ]
        gradients = torch.stack(rows)
        total += gradients @ gradients.T / rounds
    np.testing.assert_allclose(ntk(x, x), total, rtol=0.05)


@pytest.mark.parametrize("kernel", [nngp, ntk])
def test_kernels_are_positive_and_their_gradients_finite_even_at_equal_images(kernel):
    x = torch.randn(12, 2, 3, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    x[5] = x[4]
    assert torch.linalg.eigvalsh(kernel(x, x, 3)).min() > -1e-10
    for dtype in (torch.float64, torch.float32):
        moved = x.to(dtype).requires_grad_(True)
        (gradient,) = torch.autograd.grad(kernel(moved, moved.detach(), 2).sum(), moved)
        assert gradient.isfinite().all() and gradient.abs().max() > 0


def test_gradient_is_the_slope():
    generator = torch.Generator().manual_seed(1)
    x, z = (torch.randn(3, 4, generator=generator, dtype=torch.float64) for _ in range(2))
    assert torch.autograd.gradcheck(lambda moved: ntk(moved, z, 2), x.requires_grad_(True))


# -- kernel ridge regression


def krr_predict(support, targets, test, kernel=ntk, ridge=1e-6, weights=None):
    return Predictor.fit(support, targets, kernel, ridge, weights)(test)


def problem(count=12, classes=3):
    generator = torch.Generator().manual_seed(0)
    support = torch.randn(count, 1, 3, 3, generator=generator, dtype=torch.float64)
    test = torch.randn(7, 1, 3, 3, generator=generator, dtype=torch.float64)
    return support, centred_one_hot(torch.arange(count) % classes, classes), test


def test_a_vanishing_ridge_interpolates_whatever_the_weights():
    support, targets, _ = problem()
    weights = torch.linspace(0.2, 3, 12)
    for given in (None, weights):
        torch.testing.assert_close(
            krr_predict(support, targets, support, ridge=1e-13, weights=given), targets, atol=1e-8, rtol=0
        )


def test_prediction_is_the_formula_and_the_ridge_relative_to_the_trace():
    support, targets, test = problem()
    K, kt = ntk(support, support), ntk(test, support)
    expected = kt @ torch.linalg.inv(K + 0.1 * K.trace() / 12 * torch.eye(12)) @ targets
    torch.testing.assert_close(krr_predict(support, targets, test, ridge=0.1), expected)
    scaled = krr_predict(support, targets, test, kernel=lambda a, b: 100 * ntk(a, b), ridge=0.1)
    torch.testing.assert_close(scaled, expected)


def test_a_weight_counts_an_image_that_often():
    support, targets, test = problem()
    weights = torch.tensor([2.0] + 11 * [1.0])
    twice = torch.cat([support[:1], support]), torch.cat([targets[:1], targets])
    K = ntk(support, support)
    ridge = 0.1 * (K.trace() / 12) / (ntk(twice[0], twice[0]).trace() / 13)  # the same absolute ridge
    torch.testing.assert_close(
        krr_predict(support, targets, test, ridge=0.1, weights=weights), krr_predict(*twice, test, ridge=ridge.item())
    )


def test_many_test_images_are_predicted_as_few():
    support, targets, test = problem()
    many = test.repeat(400, 1, 1, 1)
    torch.testing.assert_close(
        krr_predict(support, targets, many, ridge=0.1), krr_predict(support, targets, test, ridge=0.1).repeat(400, 1)
    )


def test_what_cannot_be_is_refused():
    support, targets, test = problem()
    with pytest.raises(BadInput, match="ridge=-1"):
        krr_predict(support, targets, test, ridge=-1)
    with pytest.raises(BadInput, match="hidden=-1"):
        ntk(support, test, hidden=-1)
