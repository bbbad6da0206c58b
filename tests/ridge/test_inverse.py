"""Images with a given ridge regression: the identity itself, by the naive formula, whatever the shapes and ranks."""

import numpy as np
import pytest
import torch
from reference.analytic import own_predictor
from reference.kernel_ridge import normal

from ddcore.errors import BadInput
from ddcore.ridge.inverse import images_with
from ddcore.ridge.regression import centred_one_hot


def one_hot(ipc, classes):
    return centred_one_hot(torch.arange(classes).repeat_interleave(ipc), classes)


def a_map(features, classes, seed=1):
    """(F, K) of the size that fits of standardised images have, rows summing to 0 as centred labels give."""
    drawn = 0.1 * normal(features, classes, seed=seed)
    return drawn - drawn.mean(1, keepdim=True)


def error(solution, labels, ridge, near=None):
    """Of the own predictor of the images that `images_with` finds, relative to the largest number of the map."""
    return error_of(solution, *images_with(solution, labels, ridge, near), ridge)


def error_of(solution, images, labels, ridge):
    found = own_predictor(images.numpy(), labels.numpy(), ridge)
    return np.abs(found - solution.numpy()).max() / np.abs(solution.numpy()).max()


@pytest.mark.parametrize("ridge", [0, 1e-10, 1e-6, 1e-3])
@pytest.mark.parametrize("ipc", [1, 3, 20])
@pytest.mark.parametrize("labels_are", ["fixed", "fitted"])
def test_the_sets_own_predictor_is_the_map(ridge, ipc, labels_are):
    """20 images of 5 classes are more than 30 features have room for. A system of condition number up to 1 / ridge is
    solved for labels that lie in its well-conditioned part, whose error is some multiples of the machine precision."""
    solution, near = a_map(30, 5), normal(5 * ipc, 30)
    labels = one_hot(ipc, 5) if labels_are == "fixed" else near @ solution
    images, given = images_with(solution, labels, ridge, near)
    assert images.shape == near.shape and error_of(solution, images, labels, ridge) < (
        1e-12 if ridge != 1e-10 else 1e-10
    )
    torch.testing.assert_close(given, labels, atol=1e-14, rtol=0)


@pytest.mark.parametrize("size", [1e-6, 1e6])
def test_the_size_of_the_map_does_not_matter_to_the_dual_basis(size):
    solution, labels = size * a_map(30, 5), one_hot(3, 5)
    assert error(solution, labels, 1e-6) < 1e-12
    with pytest.raises(BadInput, match="too large"):  # 1e-9 of an image beside what is not seen of it
        images_with(1e9 * a_map(30, 5), labels, 1e-6, normal(15, 30))


def test_one_image_a_class_without_a_ridge_is_the_dual_basis():
    """Chen, Huang & Weng 2024: (W^T)^+, which for centred labels sums to 0."""
    solution = a_map(30, 5)
    images, _ = images_with(solution, one_hot(1, 5), 0)
    expected = np.linalg.pinv(solution.numpy().T, rcond=1e-10).T
    np.testing.assert_allclose(images.numpy(), expected, atol=1e-14)
    assert images.sum(0).abs().max() < 1e-14


def test_more_classes_than_features():
    """12 classes, 4 features: labels keep what the map has a use for."""
    solution, near = a_map(4, 12), normal(24, 4)
    for labels in (one_hot(2, 12), near @ solution):
        assert error(solution, labels, 1e-6, near) < 1e-12
        assert torch.linalg.matrix_rank(images_with(solution, labels, 1e-6, near)[1], rtol=1e-10) == 4


def test_a_map_of_lower_rank_than_its_labels_is_not_at_the_mercy_of_rounding():
    """As where classes are never seen. Images rounded to float32 still have their predictor to 1e-5; labels that the
    map has no use for would be divided by the ridge, which loses all but one digit."""
    solution = normal(30, 1) @ (torch.tensor([[1.0, -1, 0, 0, 0]]).double())
    labels, near = one_hot(3, 5), normal(15, 30)
    assert error(solution, labels, 1e-6, near) < 1e-12
    images, given = (found.float().double() for found in images_with(solution, labels, 1e-6, near))
    assert error_of(solution, images, given, 1e-6) < 1e-5 < 1e-3 < error_of(solution, images, labels, 1e-6)


def test_it_is_the_nearest_of_its_kind():
    """Another B that the labels and the map do not see gives the same predictor, farther from the start."""
    solution, near, labels = a_map(30, 5), normal(15, 30), one_hot(3, 5)
    images, _ = images_with(solution, labels, 0, near)
    off_labels = torch.eye(15).double() - labels @ torch.linalg.pinv(labels, rtol=1e-10)
    off_map = torch.eye(30).double() - solution @ torch.linalg.pinv(solution, rtol=1e-10)
    for seed in range(20):
        other = images + 0.1 * off_labels @ normal(15, 30, seed=seed + 2) @ off_map
        assert error_of(solution, other, labels, 0) < 1e-12
        assert (other - near).norm() > (images - near).norm()


def test_fitted_labels_change_only_what_goes_with_the_labels_and_does_not_predict():
    """X = X0 - Y Y^+ X0 (I - V V^+) without a ridge."""
    solution, near = a_map(30, 5), normal(15, 30)
    labels = near @ solution
    X0, Y, V = near.numpy(), labels.numpy(), solution.numpy()
    expected = X0 - Y @ np.linalg.pinv(Y, rcond=1e-10) @ X0 @ (np.eye(30) - V @ np.linalg.pinv(V, rcond=1e-10))
    np.testing.assert_allclose(images_with(solution, labels, 0, near)[0].numpy(), expected, atol=1e-12)


def test_the_ridge_is_refused_exactly_where_there_is_no_solution():
    solution, labels = a_map(30, 5), one_hot(1, 5)
    with pytest.raises(BadInput, match="jitter=10 is too large .* choose at most") as refusal:
        images_with(solution, labels, 10.0)
    most = float(str(refusal.value).rstrip(".").split()[-1])
    assert error(solution, labels, 0.97 * most) < 1e-12
    with pytest.raises(BadInput, match=f"jitter={1.05 * most:g} is too large"):
        images_with(solution, labels, 1.05 * most)


def test_labels_that_span_too_little_are_refused():
    same = normal(1, 30).repeat(5, 1)
    solution = a_map(30, 5)
    with pytest.raises(BadInput, match="labels of the 5 synthetic images span 1 directions, too few"):
        images_with(solution, same @ solution, 1e-6, same)


def test_a_map_that_says_nothing_is_refused():
    with pytest.raises(BadInput, match="0 everywhere"):
        images_with(torch.zeros(30, 5).double(), one_hot(1, 5), 1e-6, normal(5, 30))
