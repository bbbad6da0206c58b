"""Ridge regression from sums, against least squares on the images themselves."""

import numpy as np
import pytest
import torch
from reference.analytic import cost, fit
from reference.kernel_ridge import normal

from ddcore.errors import BadInput
from ddcore.ridge.regression import centred_one_hot
from ddcore.ridge.sums import RIDGES, RidgeSums, best_ridge


def rows(count=60, features=7, classes=3, seed=0):
    labels = centred_one_hot(torch.arange(count) % classes, classes)
    means = normal(classes, features, seed=99)
    return normal(count, features, seed=seed) + means[torch.arange(count) % classes], labels, torch.ones(count).double()


def parts(features, labels, weights, size=13):
    return zip(features.split(size), labels.split(size), weights.split(size), strict=True)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("ridge", [1e-3, 1.0, 1e3])
def test_solution_and_cost(ridge, weighted):
    features, labels, weights = rows()
    weights = torch.rand(60, generator=torch.Generator().manual_seed(0)).double() if weighted else weights
    sums = RidgeSums.of(parts(features, labels, weights))
    found = sums.solution(ridge)
    np.testing.assert_allclose(found, fit(features.numpy(), labels.numpy(), ridge, weights.numpy()), atol=1e-13)
    root = weights.sqrt()[:, None]
    for solution in (found, normal(7, 3)):
        expected = cost(solution.numpy(), (root * features).numpy(), (root * labels).numpy(), ridge)
        assert sums.cost(solution, ridge) == pytest.approx(expected, rel=1e-12)
    assert sums.mass == pytest.approx(weights.sum().item())


def test_sums_without_some_images_are_those_of_the_others():
    features, labels, weights = rows()
    some = RidgeSums.of([(features[:20], labels[:20], weights[:20])])
    rest = RidgeSums.of([(features[20:], labels[20:], weights[20:])])
    found = RidgeSums.of([(features, labels, weights)]).without(some)
    torch.testing.assert_close(found.gram, rest.gram, atol=1e-12, rtol=0)
    torch.testing.assert_close(found.cross, rest.cross, atol=1e-12, rtol=0)
    assert (found.squares, found.mass) == (pytest.approx(rest.squares), rest.mass)


def test_the_ridge_chosen_is_best_on_what_was_held_out():
    """Most right, then the least squared error; tried one after another on the other images alone."""
    features, labels, weights = rows(features=25)
    held = (features[:12], labels[:12], weights[:12])
    X, Y = features.numpy(), labels.numpy()

    def judged(ridge):
        predicted = X[:12] @ fit(X[12:], Y[12:], ridge)
        return -(predicted.argmax(1) == Y[:12].argmax(1)).sum(), ((predicted - Y[:12]) ** 2).sum()

    chosen = best_ridge(RidgeSums.of([(features, labels, weights)]), held)
    assert chosen == min(RIDGES, key=judged) and len({judged(ridge)[0] for ridge in RIDGES}) > 1
    assert RIDGES[0] == pytest.approx(1e-3) and RIDGES[-1] == pytest.approx(10**5.5) and len(RIDGES) == 18


def test_constant_and_equal_columns_need_a_ridge_that_rounding_does_not_swallow():
    features, labels, weights = rows()
    features = torch.cat([features, features, torch.zeros(60, 2).double()], 1) * 1e6
    sums = RidgeSums.of([(features, labels, weights)])
    assert sums.solution(1.0).isfinite().all()
    with pytest.raises(BadInput, match="ridge of 1e-30 is lost in rounding"):
        sums.solution(1e-30)
