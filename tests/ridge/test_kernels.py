"""Infinite-width kernels against their recursion in 60 digits and wide random networks; the others against numpy.

What may differ from 60 digits is rounding, by no more than `reference.rounding` says.
"""

import numpy as np
import pytest
import torch
from reference.kernels import of_random_network, precise, recursion
from reference.rounding import gamma, of_kernels

from ddcore.errors import BadInput
from ddcore.ridge import infinite_width
from ddcore.ridge.kernels import empirical, nngp, ntk, random_features, rbf

BOTH = pytest.mark.parametrize("kernel", [nngp, ntk], ids=["nngp", "ntk"])
WHICH = {nngp: 0, ntk: 1}


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def hard_pairs(dtype):
    """`x` (4, D) and `z` (5, D): the same image, its opposite, one close by, a multiple, and another."""
    x, z = normal(4, 6).to(dtype), normal(5, 6, seed=1).to(dtype)
    z[0], z[1], z[2], z[3] = x[1], -x[2], x[3] * (1 + 1e-3), 3 * x[0]
    return x, z


# -- values


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("hidden", [0, 1, 2, 3, 5])
def test_kernels_are_their_recursion(hidden, dtype):
    x, z = hard_pairs(dtype)
    expected = np.array([[precise(a, b, hidden)[0] for b in z] for a in x])
    within = np.array([[of_kernels(a, b, hidden)[0] for b in z] for a in x])
    assert (within < 500 * torch.finfo(dtype).eps * abs(expected).max()).all(), "a test that could not fail"
    for kernel, place in WHICH.items():
        assert kernel(x, z, hidden).dtype == dtype
        for found in (kernel(x, z, hidden), kernel(z, x, hidden).T):
            assert (np.abs(found.double().numpy() - expected[..., place]) <= within[..., place]).all()


def test_the_recursion_by_hand():
    """x = z = (1, 1): S = 2.01 and T = 2.01; behind a ReLU K = 1.005 and T / 2, so S = 2.02 and T = 2.02 + 2.01."""
    x = torch.ones(1, 2).double()
    assert [nngp(x, x, 0).item(), ntk(x, x, 0).item()] == pytest.approx([2.01, 2.01], rel=1e-13)
    assert [nngp(x, x, 1).item(), ntk(x, x, 1).item()] == pytest.approx([2.02, 4.03], rel=1e-13)
    assert recursion([1, 1], [1, 1], 1) == pytest.approx((2.02, 4.03), abs=1e-7)


@pytest.mark.parametrize(("hidden", "width"), [(1, 2048), (2, 512), (3, 512), (5, 512)])
def test_kernels_are_the_limit_of_random_networks(hidden, width):
    """Within five standard errors of 12 networks (the bias of a finite width is of order 1 / width, well below); one
    layer more or less is told apart."""
    x = normal(4, 7, seed=2)
    x[1], x[2] = -x[0], x[0] + 0.05 * x[3]
    generator = torch.Generator().manual_seed(hidden)
    draws = torch.stack([torch.stack(of_random_network(x, hidden, width, generator)) for _ in range(12)])
    mean, error = draws.mean(0), draws.std(0) / 12**0.5

    def off(layers):
        return (mean - torch.stack([nngp(x, x, layers), ntk(x, x, layers)])).abs() / error

    assert (error / mean.abs().amax((1, 2), keepdim=True)).max() < 0.1, "a test that could not fail"
    assert off(hidden).max() < 5
    assert off(hidden - 1).max() > 5 and off(hidden + 1).max() > 5


@BOTH
@pytest.mark.parametrize("hidden", [1, 3])
def test_kernel_matrices_are_positive(kernel, hidden):
    x = normal(12, 18)
    x[5] = x[4]
    x[6] = x[4] + 1e-9
    K = kernel(x, x, hidden)
    within = torch.tensor([[of_kernels(a, b, hidden)[0][WHICH[kernel]] for b in x] for a in x])
    assert ((K[4] - K[5]).abs() <= 2 * within[4]).all() and ((K - K.T).abs() <= 2 * within).all()
    values = torch.linalg.eigvalsh(K)
    assert values[0] > -within.norm() - gamma(12 * 12, K.dtype) * values[-1], "no matrix moves an eigenvalue further"


@BOTH
def test_many_equal_images_are_compared_in_parts(kernel):
    """60 x 60 pairs of one image, more than are taken at a time."""
    x = normal(1, 5).repeat(60, 1)
    expected, within = (of(x[0], x[0], 2)[0][WHICH[kernel]] for of in (precise, of_kernels))
    assert ((kernel(x, x, 2) - expected).abs() <= within).all()


# -- gradients


def errors(kernel, x, z, hidden):
    """How wrong `kernel` and its slope by `x` are for two images (D,), over what rounding may do to them."""
    x = x.clone().requires_grad_(True)
    found = kernel(x[None], z[None], hidden)[0, 0]
    (slope,) = torch.autograd.grad(found, x)
    (values, slopes), (value_off, slope_off) = precise(x.detach(), z, hidden), of_kernels(x.detach(), z, hidden)
    place = WHICH[kernel]
    return (
        abs(found.item() - values[place]) / value_off[place],
        ((slope.double() - slopes[place]).norm() / slope_off[place]).item(),
    )


@BOTH
@pytest.mark.parametrize("hidden", [1, 2, 5])
@pytest.mark.parametrize(("dtype", "apart"), [
    (torch.float64, [1e-1, 1e-3, 1e-5, 1e-7, 1e-9, 1e-11]), (torch.float32, [1e-1, 1e-2, 1e-3, 1e-4]),
])  # fmt: skip
def test_kernels_and_their_slopes_are_right_as_two_images_meet(kernel, hidden, dtype, apart):
    """Against 60 digits, of the very numbers that the kernel sees; the slope of the NTK jumps where they meet."""
    z, direction = normal(6).to(dtype), normal(6, seed=1).to(dtype)
    for distance in apart:
        assert max(errors(kernel, z + distance * direction, z, hidden)) <= 1, distance


@pytest.mark.parametrize("hidden", [1, 2, 5])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_without_the_difference_of_two_images_their_ntk_is_wrong(hidden, dtype, monkeypatch):
    """Beyond what rounding may do: 1 - cos is then a multiple of eps / 2, whatever is the order of the sums."""
    monkeypatch.setattr(infinite_width, "_first_gap", lambda x, z, cross, roots: 1 - cross / (roots[0] * roots[1]))
    z, direction = normal(6).to(dtype), normal(6, seed=1).to(dtype)
    near = 0.3 * torch.finfo(dtype).eps ** 0.5  # 1 - cos is about a tenth of eps
    assert errors(ntk, z + near * direction, z, hidden)[0] > 3


@BOTH
@pytest.mark.parametrize("hidden", [1, 2, 5])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_the_slope_at_equal_images_is_the_mean_of_both_sides(kernel, hidden, dtype):
    z = normal(6).to(dtype)
    assert max(errors(kernel, z, z, hidden)) <= 1


@BOTH
@pytest.mark.parametrize("hidden", [0, 1, 2, 5])
def test_gradients_of_infinite_networks_are_slopes(kernel, hidden):
    x, z = normal(3, 4), normal(2, 4, seed=1)
    assert torch.autograd.gradcheck(lambda a, b: kernel(a, b, hidden), (x.requires_grad_(True), z.requires_grad_(True)))
    assert torch.autograd.gradcheck(lambda a: kernel(a, a, hidden), x), "as in K_SS, whose diagonal is smooth"


@BOTH
@pytest.mark.parametrize(("hidden", "dtype"), [(1, torch.float64), (3, torch.float64), (3, torch.float32)])
def test_blocks_of_rows_change_nothing(kernel, hidden, dtype, monkeypatch):
    """But for rounding: sums over images are taken in another order, and vector instructions end elsewhere."""
    x, z = (normal(count, 6, seed=count).to(dtype).requires_grad_(True) for count in (4, 5))
    slope = normal(4, 5, seed=2).to(dtype)

    def found():
        K = kernel(x, z, hidden)
        return K, *torch.autograd.grad(K, (x, z), slope)

    whole = found()
    monkeypatch.setattr(infinite_width, "_BLOCK", 1)
    for one, other in zip(found(), whole, strict=True):
        assert (one - other).norm() <= 100 * torch.finfo(dtype).eps * other.norm()


@BOTH
def test_no_image_has_no_kernel_and_no_slope(kernel):
    none, some = torch.empty(0, 6).requires_grad_(True), normal(3, 6).float().requires_grad_(True)
    for pair in ((none, some), (some, none)):
        K = kernel(*pair, 2)
        slopes = torch.autograd.grad(K.sum(), (none, some))
        assert K.shape == (len(pair[0]), len(pair[1])) and slopes[0].shape == (0, 6) and not slopes[1].any()


@pytest.mark.parametrize("kernel", [rbf, empirical, random_features], ids=lambda kernel: kernel.__name__)
def test_gradients_of_other_kernels_are_slopes(kernel):
    x, z = normal(3, 4).requires_grad_(True), normal(2, 4, seed=1).requires_grad_(True)
    assert torch.autograd.gradcheck(kernel, (x, z))
    assert torch.autograd.gradcheck(lambda a: kernel(a, a), x)


@BOTH
def test_gradients_stay_finite_at_blank_and_equal_and_opposite_images(kernel):
    for dtype in (torch.float64, torch.float32):
        x = torch.tensor([[0.0, 0.0], [0.0, 0.0], [1.0, 2.0], [-1.0, -2.0], [1.0, 2.0], [1e6, 0.0], [-1e6, 0.0]])
        x = x.to(dtype).requires_grad_(True)
        K = kernel(x, x, 2)
        (gradient,) = torch.autograd.grad(K.sum(), x)
        assert K.isfinite().all() and gradient.isfinite().all() and gradient[2].abs().min() > 0


@BOTH
def test_second_derivatives_are_slopes_of_slopes(kernel):
    x, z = normal(2, 3).requires_grad_(True), normal(2, 3, seed=1).requires_grad_(True)
    assert torch.autograd.gradgradcheck(lambda a, b: kernel(a, b, 2), (x, z))


# -- the others


@pytest.mark.parametrize("width", [0.3, 1.0, 2.5])
def test_rbf_is_its_definition(width):
    x, z = normal(4, 2, 3, 1), normal(3, 2, 3, 1, seed=1)
    z[0] = x[1]
    expected = np.empty((4, 3))
    for i, a in enumerate(x.numpy()):
        for j, b in enumerate(z.numpy()):
            expected[i, j] = np.exp(-(np.linalg.norm(a - b) ** 2) / (2 * width**2 * 6))
    # what is wrong with an exponent: D + 6 roundings of (|x| + |z|)^2 / (2 width^2 D), which |x - z|^2 is taken from
    lengths = [v.flatten(1).norm(dim=1).numpy() for v in (x, z)]
    within = gamma(12, x.dtype) * np.add.outer(*lengths) ** 2 / (2 * width**2 * 6) + gamma(4, x.dtype)
    assert (np.abs(rbf(x, z, width).numpy() - expected) <= within * expected).all()
    assert torch.linalg.eigvalsh(rbf(x, x, width))[0] > 0 and rbf(x, x, width).max() <= 1


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_kernels_of_features_are_inner_products_in_float64(dtype):
    x = torch.tensor([[1.0, 2.0], [0.0, 3.0]], dtype=dtype)
    assert torch.equal(empirical(x, x), torch.tensor([[5.0, 6.0], [6.0, 9.0]]).double())
    found = random_features(x, x)  # 2 <x, z> / 2 + 0.01
    assert found.dtype == torch.float64
    torch.testing.assert_close(
        found, torch.tensor([[5.01, 6.01], [6.01, 9.01]], dtype=torch.float64), rtol=1e-15, atol=0
    )


def test_more_images_than_features_can_be_told_apart_with_a_small_ridge():
    x = (normal(400, 64) + 3).relu().float()  # features are positive, and rounded
    matrix = empirical(x, x)
    mean = matrix.diagonal().mean()
    assert torch.linalg.eigvalsh(matrix)[0] > -1e-10 * mean, "below zero by less than the usual ridge, 1e-6"
    labels = x.double() @ normal(64, 2, seed=1)  # what a linear function of the features fits without an error
    fitted = matrix @ torch.linalg.solve(matrix + 1e-6 * mean * torch.eye(400).double(), labels)
    assert (fitted - labels).abs().max() < 1e-3 * labels.abs().max()


def test_random_features_of_a_wide_layer_tend_to_the_nngp():
    x, hidden = normal(3, 5), 20_000
    generator = torch.Generator().manual_seed(3)
    weights = torch.randn(5, hidden, generator=generator, dtype=torch.float64)
    biases = torch.randn(hidden, generator=generator, dtype=torch.float64)
    features = ((2 / 5) ** 0.5 * x @ weights + 0.1 * biases).relu()
    shares = torch.stack([random_features(part, part) for part in features.split(1000, 1)])
    error = shares.std(0) / len(shares) ** 0.5
    assert ((random_features(features, features) - nngp(x, x)).abs() < 5 * error).all()


def test_what_no_kernel_can_be_is_refused():
    x = normal(2, 3)
    with pytest.raises(BadInput, match="hidden=-1"):
        ntk(x, x, hidden=-1)
    for width in (0, -1.0):
        with pytest.raises(BadInput, match=f"width={width}"):
            rbf(x, x, width)
