"""Kernel ridge regression: by hand, and against its definition (its gradient: `test_kernel_ridge_gradient.py`)."""

from functools import partial

import numpy as np
import pytest
import torch
from reference.kernel_ridge import normal, predictions, problem

from ddcore.errors import BadInput
from ddcore.ridge.kernels import empirical, nngp, ntk, rbf
from ddcore.ridge.regression import (
    Predictor,
    centred_one_hot,
    labels_and_weights,
    regularised,
    solved_labels,
    targets_of,
)

KERNELS = [ntk, partial(nngp, hidden=3), rbf, empirical]
ANY_KERNEL = pytest.mark.parametrize("kernel", KERNELS, ids=["ntk", "nngp", "rbf", "empirical"])


def predict(support, labels, test, kernel=ntk, ridge=1e-6, weights=None):
    return Predictor.fit(support, labels, kernel, ridge, weights)(test)


# -- labels


def test_labels_are_one_hot_minus_their_mean():
    expected = torch.tensor([[2.0, -1.0, -1.0], [-1.0, -1.0, 2.0]]).double() / 3
    torch.testing.assert_close(centred_one_hot(torch.tensor([0, 2]), 3), expected)


def test_targets_are_labels_and_weights_and_back():
    targets = torch.tensor([[1.0, 0.0, 0.0], [0.0, 2.5, 0.0], [1.5, -0.75, -0.25]])
    labels, weights = labels_and_weights(targets)
    assert weights.tolist() == [1, 2.5, 0.5]
    assert labels[2].tolist() == pytest.approx([3 - 1 / 3, -1.5 - 1 / 3, -0.5 - 1 / 3])
    torch.testing.assert_close(labels.sum(1), torch.zeros(3).double(), atol=1e-15, rtol=0)
    assert torch.equal(targets_of(labels, weights), targets)
    assert torch.equal(labels[:2], centred_one_hot(torch.tensor([0, 1]), 3)), "a weight is no part of the label"


# -- the predictor


def test_three_points_by_hand():
    """K_SS = [[2, 1, 0], [1, 2, 1], [0, 1, 2]] and ridge 0.5 * 2 are [[3, 1, 0], [1, 3, 1], [0, 1, 3]],
    determinant 3 * 8 - 3 = 21, first column of the inverse (8, -3, 1) / 21. At k(x, S) = (1, 1, 0) labels (1, 0, 0)
    predict 5 / 21. The second image half as heavy makes the middle 2 + 2: determinant 3 * 11 - 3 = 30, column
    (11, -3, 1) / 30, prediction 8 / 30. Eigenvalues of the first matrix: 3 and 3 +- sqrt(2).
    """
    form = torch.tensor([[2.0, 1, 0, 1], [1, 2, 1, 1], [0, 1, 2, 0], [1, 1, 0, 5]]).double()
    places = torch.eye(4).double()
    given = places[:3], torch.tensor([[1.0, -1], [0, 0], [0, 0]]).double(), lambda a, b: a @ form @ b.T, 0.5
    even = Predictor.fit(*given)
    torch.testing.assert_close(even(places[3:]), torch.tensor([[5.0, -5.0]]).double() / 21)
    assert even.condition == pytest.approx((3 + 2**0.5) / (3 - 2**0.5))
    uneven = Predictor.fit(*given, weights=torch.tensor([1, 0.5, 1]))
    torch.testing.assert_close(uneven(places[3:]), torch.tensor([[8.0, -8.0]]).double() / 30)


def test_a_vanishing_ridge_interpolates_whatever_the_weights():
    support, labels, _ = problem()
    for weights in (None, torch.linspace(0.2, 3, 12)):
        errors = [
            (predict(support, labels, support, ridge=r, weights=weights) - labels).abs().max() for r in (1e-2, 1e-6, 0)
        ]
        assert errors[0] > 1e-3 > errors[1] > 1e-8 > 1e-12 > errors[2]


@ANY_KERNEL
def test_prediction_is_the_formula(kernel):
    support, labels, test = problem()
    weights = torch.linspace(0.2, 3, 12).double()
    expected = predictions(kernel, support, labels, 0.1, weights, test)
    torch.testing.assert_close(predict(support, labels, test, kernel, 0.1, weights), expected, rtol=1e-10, atol=1e-12)


def test_the_ridge_is_relative_to_the_kernel():
    support, labels, test = problem()
    scaled = predict(support, labels, test, lambda a, b: 100 * ntk(a, b), ridge=0.1)
    torch.testing.assert_close(scaled, predict(support, labels, test, ridge=0.1))


def test_the_prediction_minimises_what_the_docstring_says():
    """sum_i w_i |f(s_i) - y_i|^2 + r |f|^2 of f = k(., S) c, against c a little beside."""
    support, labels, _ = problem()
    K, weights = ntk(support, support), torch.linspace(0.2, 3, 12).double()
    best = Predictor.fit(support, labels, ntk, 0.1, weights).coefficients

    def cost(c):
        return (weights[:, None] * (K @ c - labels) ** 2).sum() + 0.1 * K.trace() / 12 * (c * (K @ c)).sum()

    for seed in range(20):
        assert cost(best + 1e-3 * normal(12, 3, seed=seed)) > cost(best)


def test_a_weight_counts_an_image_that_often():
    support, labels, test = problem()
    times = torch.tensor([3, 1, 2] + 9 * [1])
    often = support.repeat_interleave(times, 0), labels.repeat_interleave(times, 0)
    ridge = 0.1 * ntk(support, support).trace() / 12 / (ntk(often[0], often[0]).trace() / len(often[0]))
    torch.testing.assert_close(
        predict(support, labels, test, ridge=0.1, weights=times), predict(*often, test, ridge=ridge.item())
    )


def test_many_images_are_predicted_as_few():
    support, labels, test = problem()
    predictor = Predictor.fit(support, labels, ntk, 0.1)
    sizes = []

    def counted(a, b):
        sizes.append(len(a))
        return ntk(a, b)

    many = Predictor(predictor.see, counted, predictor.support, predictor.coefficients, predictor.condition)
    torch.testing.assert_close(many(test.repeat(700, 1)), predictor(test).repeat(700, 1))
    assert sum(sizes) == 4900 and len(sizes) > 1


def test_what_a_predictor_sees_is_what_its_kernel_gets():
    support, labels, test = problem()
    seen = Predictor.fit(support, labels, empirical, 0.1, see=torch.tanh)
    torch.testing.assert_close(seen(test), predict(support.tanh(), labels, test.tanh(), empirical, 0.1))


def test_condition_is_that_of_the_matrix_and_bounded_where_it_means_nothing():
    support, labels, _ = problem()
    weights = torch.linspace(0.2, 3, 12).double()
    matrix = regularised(ntk(support, support), 1e-3, weights)
    assert Predictor.fit(support, labels, ntk, 1e-3, weights).condition == pytest.approx(np.linalg.cond(matrix))
    places, form = torch.eye(2).double(), torch.diag(torch.tensor([1.0, 1e-30])).double()
    found = Predictor.fit(places, normal(2, 2), lambda a, b: a @ form @ b.T, 0.0).condition
    assert found == pytest.approx(2**52)


# -- solved labels


def solve(support, test, truth, kernel, ridge=0.01, size=50, weights=None):
    weights = torch.linspace(0.5, 2, len(support)).double() if weights is None else weights
    real = ((test[rows], truth[rows]) for rows in torch.arange(len(test)).split(size))
    matrix = regularised(kernel(support, support), ridge, weights)
    return solved_labels(kernel, support, ridge, weights, real), kernel(test, support) @ torch.linalg.inv(matrix)


@pytest.mark.parametrize("size", [3, 50, 1000])
def test_solved_labels_are_the_least_squares_solution(size):
    support, _, _ = problem()
    test, truth = normal(200, 9, seed=1), centred_one_hot(torch.arange(200) % 3, 3)
    found, explicit = solve(support, test, truth, ntk, size=size)
    expected = np.linalg.lstsq(explicit.numpy(), truth.numpy(), rcond=None)[0]
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)
    best = (explicit @ found - truth).square().sum()
    for seed in range(20):
        assert (explicit @ (found + 1e-2 * normal(12, 3, seed=seed)) - truth).square().sum() > best


@pytest.mark.parametrize("case", ["equal images", "nearly equal images", "few features", "few real images"])
def test_solved_labels_are_best_too_where_many_are(case):
    support, _, _ = problem()
    test, truth = normal(200, 9, seed=1), normal(200, 3, seed=2)
    kernel = empirical if case == "few features" else ntk
    if case == "equal images":
        support[3] = support[0]
    if case == "nearly equal images":
        support[3] = support[0] + 1e-4 * support[1]
    if case == "few real images":
        test, truth = test[:5], truth[:5]
    found, explicit = solve(support, test, truth, kernel)
    least = np.linalg.lstsq(explicit.numpy(), truth.numpy(), rcond=1e-12)[0]
    residual = np.linalg.norm(explicit.numpy() @ least - truth.numpy())
    assert (explicit @ found - truth).norm().item() == pytest.approx(residual, rel=1e-9, abs=1e-9)
    assert found.abs().max() < 1e5, "the solution of least norm does not run away"


def test_solved_labels_of_the_support_itself_are_its_labels():
    support, labels, _ = problem()
    ridge = 0.1
    found, explicit = solve(support, support, labels, ntk, ridge)
    torch.testing.assert_close(explicit @ found, labels)


# -- what is refused


def test_what_has_no_solution_is_refused():
    support, labels, test = problem()
    with pytest.raises(BadInput, match="ridge=-1 is not allowed"):
        predict(support, labels, test, ridge=-1)

    def ones(a, b):
        return torch.ones(len(a), len(b), dtype=torch.float64)

    with pytest.raises(BadInput, match="singular without a ridge"):
        predict(support, labels, test, ones, ridge=0)
    support[0] = float("nan")
    with pytest.raises(BadInput, match="no finite numbers"):
        predict(support, labels, test)
