import numpy as np
import pytest
import torch

from ddcore.formation import decode
from ddcore.maps.tiles import enlarged_tiles


@pytest.mark.parametrize("shape", [(3, 8, 8, 1), (2, 7, 5, 3), (1, 4, 9, 1)])
@pytest.mark.parametrize("factor", [1, 2, 3, 4])
def test_tiles_are_those_that_networks_see(shape, factor):
    images = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    expected = decode(torch.as_tensor(images.transpose(0, 3, 1, 2)), factor).numpy().transpose(0, 2, 3, 1)
    np.testing.assert_allclose(enlarged_tiles(images, factor), expected, atol=1e-6)


def test_at_factor_one_they_are_the_images_themselves():
    images = np.zeros((2, 4, 4, 1), np.float32)
    assert enlarged_tiles(images, 1) is images
