"""Pooling of our own is PyTorch's, through two derivatives, alone and side by side."""

import pytest
import torch
import torch.nn.functional as F

from ddcore.networks import pooling
from ddcore.networks.convnet import ConvNet
from ddcore.networks.pooling import average_pool
from ddcore.randomness import torch_generator


@pytest.fixture(autouse=True)
def pooled_by_us_whatever_the_size(monkeypatch):
    monkeypatch.setattr(pooling, "_SMALLEST", 0)


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
