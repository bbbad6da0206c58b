"""Pooling and normalisation of our own are PyTorch's, through two derivatives, alone and side by side."""

import pytest
import torch
import torch.nn.functional as F

from ddcore.networks.convnet import ConvNet
from ddcore.networks.norms import group_norm
from ddcore.networks.pooling import average_pool
from ddcore.randomness import torch_generator


def numbers(*shape: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_(True)


@pytest.mark.parametrize("sides", [(2, 2), (4, 6), (5, 8), (8, 5), (7, 3)])
def test_average_pooling_is_pytorchs_and_its_derivatives_too(sides):
    x = numbers(2, 3, *sides)
    torch.testing.assert_close(average_pool(x), F.avg_pool2d(x, 2), rtol=1e-12, atol=1e-12)
    assert torch.autograd.gradcheck(average_pool, x)
    assert torch.autograd.gradgradcheck(average_pool, x)


def test_average_pooling_of_any_axis_side_by_side():
    x = numbers(2, 3, 4, 5, 6)
    for axis in range(3):
        several = torch.vmap(average_pool, axis)(x)
        torch.testing.assert_close(several, torch.stack([F.avg_pool2d(one, 2) for one in x.unbind(axis)]))


@pytest.mark.parametrize("groups", [1, 2, 6])
def test_group_normalisation_is_pytorchs_and_its_derivatives_too(groups):
    x, weight, bias = numbers(2, 6, 3, 4), numbers(6, seed=1), numbers(6, seed=2)
    ours = group_norm(x, groups, weight, bias)
    torch.testing.assert_close(ours, F.group_norm(x, groups, weight, bias), rtol=1e-12, atol=1e-12)

    def of(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        return group_norm(x, groups, weight, bias)

    assert torch.autograd.gradcheck(of, (x, weight, bias))
    assert torch.autograd.gradgradcheck(of, (x, weight, bias))


@pytest.mark.parametrize("wanted", ["weight", "bias", "images"])
def test_second_derivatives_of_one_first_derivative_alone(wanted):
    """Gradient matching and unrolling ask for some of the first derivatives only; each way is right by itself."""
    leaves = {"images": numbers(2, 4, 3, 3), "weight": numbers(4, seed=1), "bias": numbers(4, seed=2)}

    def twice(norm) -> tuple[torch.Tensor, ...]:
        value = norm(leaves["images"], 2, leaves["weight"], leaves["bias"]).sin().sum()
        (first,) = torch.autograd.grad(value, leaves[wanted], create_graph=True)
        return torch.autograd.grad(first.square().sum(), list(leaves.values()), materialize_grads=True)

    for ours, theirs in zip(twice(group_norm), twice(F.group_norm), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("stacked", [None, 0])
def test_second_derivatives_of_normalisation_side_by_side(stacked):
    """Batches side by side, through one weight (gradient matching) or one each (students)."""
    x, direction = numbers(3, 2, 4, 3, 3), numbers(3, 2, 4, 3, 3, seed=4).detach()
    weight, bias = (numbers(*([3] if stacked == 0 else []), 4, seed=seed) for seed in (1, 2))

    def derivatives(norm) -> list[torch.Tensor]:
        def loss(weight, bias, x, direction):
            return (norm(x, 2, weight, bias).sin() * direction).sum()

        each = torch.func.grad(loss, (0, 1, 2))
        first = torch.vmap(each, (stacked, stacked, 0, 0))(weight, bias, x, direction)
        return [*first, *torch.autograd.grad(sum(one.square().sum() for one in first), (weight, bias, x))]

    for ours, theirs in zip(derivatives(group_norm), derivatives(F.group_norm), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_network_works_in_planes_whatever_the_layout_of_its_images(channels):
    """Images with their channels side by side in memory would hand that on to every activation."""
    network = ConvNet((channels, 8, 8), 2, width=4)
    parameters = network.init(torch_generator(0, "test"))
    images = torch.randn(3, 8, 8, channels).permute(0, 3, 1, 2)
    seen = []

    class Layouts(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            result = function(*args, **(kwargs or {}))
            if function is torch.ops.aten.convolution.default:
                seen.append(result.stride())
            return result

    with Layouts():
        network.features(parameters, images)
    assert seen == [(4 * 64, 64, 8, 1), (4 * 16, 16, 4, 1)]
