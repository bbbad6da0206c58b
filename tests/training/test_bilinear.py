"""What GPUs sample with instead of `grid_sample`, beside it."""

import pytest
import torch
import torch.nn.functional as F

from ddcore.training.bilinear import sampled


@pytest.mark.parametrize("reach", [0.9, 1.0, 1.3, 4.0])
@pytest.mark.parametrize("shape", [(5, 3, 8, 8), (2, 1, 7, 11), (1, 2, 1, 1)])
def test_it_is_grid_sample_and_so_is_its_gradient(shape, reach):
    """To 1e-5: both round the place of a point, of at most 11 pixels, and four products of numbers around 1."""
    torch.manual_seed(0)
    images = torch.randn(shape)
    grid = (torch.rand(shape[0], *shape[2:], 2) * 2 - 1) * reach
    grid[0, 0, 0] = torch.tensor([-1.0, 1.0])
    weights, found = torch.randn(shape), []
    for sample in (sampled, lambda x, grid: F.grid_sample(x, grid, padding_mode="zeros", align_corners=False)):
        leaf = images.clone().requires_grad_(True)
        values = sample(leaf, grid)
        (gradient,) = torch.autograd.grad((values * weights).sum(), leaf)
        found.append((values.detach(), gradient))
    torch.testing.assert_close(found[0], found[1], atol=1e-5, rtol=0)


@pytest.mark.parametrize("edge", [-1e6, -2.0, 2.0, 1e6])
def test_what_lies_outside_is_zero(edge):
    assert not sampled(torch.ones(1, 1, 4, 4), torch.full((1, 4, 4, 2), edge)).any()
