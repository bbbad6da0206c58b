"""Tiles: what is stored and what networks learn from."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ddcore.formation import decode, encode, tiled

SIZES = [(8, 2), (9, 3), (28, 2), (28, 4)]
"""(side, factor) where the factor divides the side."""


def pictures(side, count=3, channels=2, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, channels, side, side, generator=generator, dtype=torch.float64)


def naive(images, factor):
    """One tile after another, cut out and enlarged."""
    count, channels, height, width = images.shape
    rows, columns = -(-height // factor), -(-width // factor)
    wide = torch.zeros(count, channels, rows * factor, columns * factor, dtype=images.dtype)
    wide[:, :, :height, :width] = images
    found = []
    for image in wide:
        for i in range(factor):
            for j in range(factor):
                tile = image[None, :, i * rows : (i + 1) * rows, j * columns : (j + 1) * columns]
                found.append(F.interpolate(tile, (height, width), mode="bilinear", align_corners=False)[0])
    return torch.stack(found)


@pytest.mark.parametrize(("side", "factor"), [*SIZES, (28, 3), (7, 2)])
def test_decoding_cuts_out_tiles_and_enlarges_them(side, factor):
    images = pictures(side)
    torch.testing.assert_close(decode(images, factor), naive(images, factor), rtol=0, atol=1e-14)


def test_one_tile_is_the_very_same_tensor():
    images = pictures(8)
    assert decode(images, 1) is images and encode(images, 1) is images and tiled(images, 1) is images


@pytest.mark.parametrize(("side", "factor"), SIZES)
def test_each_decoded_image_keeps_the_mean_of_its_tile(side, factor):
    images, tile = pictures(side), side // factor
    tiles = images.unfold(2, tile, tile).unfold(3, tile, tile).mean((-2, -1))  # (M, C, f, f)
    means = decode(images, factor).mean((-2, -1))
    torch.testing.assert_close(means, tiles.permute(0, 2, 3, 1).reshape(-1, 2), rtol=0, atol=1e-14)


@pytest.mark.parametrize(("side", "factor"), SIZES)
def test_every_stored_pixel_pulls_on_as_many_decoded_ones(side, factor):
    images = pictures(side).requires_grad_(True)
    decode(images, factor).sum().backward()
    torch.testing.assert_close(images.grad, torch.full_like(images, factor**2), rtol=0, atol=1e-12)


def test_decoding_is_linear_and_keeps_a_constant():
    one, other = pictures(8), pictures(8, seed=1)
    torch.testing.assert_close(decode(2 * one - other, 2), 2 * decode(one, 2) - decode(other, 2))
    torch.testing.assert_close(decode(torch.full_like(one, 0.7), 2), torch.full((12, 2, 8, 8), 0.7, dtype=one.dtype))


@pytest.mark.parametrize(("side", "factor"), [(8, 2), (28, 3)])
def test_encoding_puts_each_image_where_decoding_finds_it(side, factor):
    whole = torch.arange(1.0, 2 * factor**2 + 1).view(-1, 1, 1, 1).expand(-1, 1, side, side)
    stored = encode(whole, factor)
    assert stored.shape == (2, 1, side, side)
    middles = decode(stored, factor)[:, 0, side // 4, side // 4]
    torch.testing.assert_close(middles, whole[:, 0, 0, 0])


def test_encoding_smooths_what_is_finer_than_a_tile():
    stripes = torch.tensor([0.0, 1.0]).repeat(4).expand(4, 1, 8, 8)
    inside = encode(stripes, 2)[0, 0, :, 1:3]
    assert (inside - 0.5).abs().max() < 0.2, "not every second column alone"


def test_what_belongs_to_an_image_belongs_to_its_tiles():
    assert tiled(torch.tensor([3, 5]), 2).tolist() == [3] * 4 + [5] * 4
    assert np.array_equal(tiled(torch.eye(2), 2).numpy(), np.eye(2).repeat(4, 0))
