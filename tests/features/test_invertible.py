"""Random Fourier features with pre-images."""

import math

import numpy as np
import torch
from reference.kernel_ridge import normal

from ddcore.features.invertible import InvertibleFourier
from ddcore.features.rbf_kernel import rbf
from ddcore.randomness import Randomness


def drawn(size=40, width=6.0, seed=0):
    return InvertibleFourier.draw(size, width, Randomness(seed), "cpu")


def test_every_feature_is_a_scaled_cosine_of_orthogonal_frequencies():
    of, images = drawn(), normal(5, 1, 8, 5)
    frequencies = (of.lengths[:, None] * of.directions).numpy()
    expected = np.array([[math.cos(a @ x + b) for a, b in zip(frequencies, of.phases.numpy(), strict=True)]
                         for x in images.flatten(1).numpy()]) * math.sqrt(2 / 40)  # fmt: skip
    np.testing.assert_allclose(of.of(images), expected, atol=1e-14)
    gram = frequencies @ frequencies.T
    np.testing.assert_allclose(gram, np.diag(np.diag(gram)), atol=1e-14)


def test_inner_products_are_those_of_the_kernel_on_average():
    """Orthogonal rows leave the expectation as it is: 2,000 draws of 10 features, each product within 2/10 of 0. By
    Hoeffding's bound for independent draws, at a chance of failure of 1e-6 for all pairs."""
    points = normal(6, 10).float()
    found = sum(of @ of.T for of in (drawn(10, 3.0, seed).of(points) for seed in range(2000))) / 2000
    bound = math.sqrt(8 / 2000 * math.log(2 * 36 / 1e-6))
    assert np.abs(found.numpy() - rbf(points.numpy(), points.numpy(), 3.0)).max() < bound / 2


def test_features_within_bounds_have_a_pre_image():
    of = drawn()
    wanted = (2 * torch.rand(30, 40, generator=torch.Generator().manual_seed(1)).double() - 1) * math.sqrt(2 / 40)
    images, shrunk = of.images_with(wanted, normal(30, 40))
    assert shrunk == 1 and (of.of(images) - wanted).abs().max() < 5e-12


def test_features_out_of_bounds_are_reached_up_to_one_factor():
    of, wanted = drawn(), normal(30, 40)
    images, shrunk = of.images_with(wanted, normal(30, 40))
    assert shrunk == wanted.abs().max().item() / math.sqrt(2 / 40) > 1
    assert (of.of(images) * shrunk - wanted).abs().max() < 5e-12


def test_the_pre_image_of_an_images_own_features_is_the_image():
    """Whatever turns its phases have made: of all pre-images it is the nearest to itself."""
    of, images = drawn(width=0.5), 3 * normal(30, 40)
    found, _ = of.images_with(of.of(images), images)
    assert (found - images).abs().max() < 1e-6, "arccos near 1 loses half of the digits"
