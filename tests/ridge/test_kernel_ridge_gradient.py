"""The gradient of a loss of kernel ridge predictions, made in parts, against one autograd graph and against slopes."""

from functools import partial

import pytest
import torch
from reference.kernel_ridge import normal, predictions, problem, weighted_squares

from ddcore.errors import BadInput
from ddcore.ridge.kernels import empirical, nngp, ntk, rbf
from ddcore.ridge.regression import backward, regularised

KERNELS = [ntk, partial(nngp, hidden=3), rbf, empirical]
ANY_KERNEL = pytest.mark.parametrize("kernel", KERNELS, ids=["ntk", "nngp", "rbf", "empirical"])


def weighted(truth, weights, scale):
    """The loss of a part that `backward` asks for, of predictions times a learned `scale`."""

    def loss(predicted, part):
        return weighted_squares(predicted * scale, truth[part], weights[part]) * (len(truth[part]) / len(truth))

    return loss


def in_parts(seen, size):
    return ((slice(start, start + size), seen[start : start + size]) for start in range(0, len(seen), size))


@ANY_KERNEL
@pytest.mark.parametrize("size", [1, 5, 100])
def test_value_and_gradients_are_those_of_one_graph_whatever_the_parts(kernel, size):
    support, labels, _ = problem()
    seen, truth, weights = normal(13, 9, seed=1), normal(13, 3, seed=2), normal(13, seed=3).abs()
    heavy, results = torch.linspace(0.5, 2, 12).double(), []
    seen[0] = support[0]  # as a real image that the set began with
    for naive in (True, False):
        leaves = [t.clone().requires_grad_(True) for t in (support, labels, torch.tensor(1.3).double())]
        if naive:
            predicted = predictions(kernel, *leaves[:2], 0.01, heavy, seen)
            value = weighted_squares(leaves[2] * predicted, truth, weights)
            value.backward()
        else:
            loss = weighted(truth, weights, leaves[2])
            value = backward(kernel, *leaves[:2], 0.01, heavy, in_parts(seen, size), loss)
            assert isinstance(value, float)
        results.append([torch.as_tensor(value, dtype=torch.float64).detach(), *(t.grad for t in leaves)])
    for expected, found in zip(*results, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-8, atol=1e-10)


@ANY_KERNEL
def test_gradients_are_slopes_of_the_value(kernel):
    """Central differences along one direction of everything that is learned, through the solve."""
    support, labels, _ = problem()
    seen, truth, ones = normal(13, 9, seed=1), normal(13, 3, seed=2), torch.ones(13).double()
    given = [support, labels, torch.tensor(1.3).double()]
    along = [normal(*t.shape, seed=4 + place) for place, t in enumerate(given)]

    def at(step):
        leaves = [(t + step * d).requires_grad_(True) for t, d in zip(given, along, strict=True)]
        loss = weighted(truth, ones, leaves[2])
        value = backward(kernel, *leaves[:2], 0.1, torch.ones(12), in_parts(seen, 5), loss)
        return value, [t.grad for t in leaves]

    slope = sum((g * d).sum().item() for g, d in zip(at(0)[1], along, strict=True))
    assert (at(1e-5)[0] - at(-1e-5)[0]) / 2e-5 == pytest.approx(slope, rel=1e-6)


def test_what_stands_behind_a_support_gets_the_gradient():
    """A support that a network computes of images, weights of the network included; labels that nothing learns."""
    images, labels, _ = problem()
    seen, truth, ones = normal(13, 4, seed=1), normal(13, 3, seed=2), torch.ones(13).double()
    gradients = []
    for naive in (True, False):
        leaves = [images.clone().requires_grad_(True), normal(9, 4, seed=3).requires_grad_(True)]
        support = (leaves[0] @ leaves[1]).tanh()
        if naive:
            predicted = predictions(ntk, support, labels, 0.1, torch.ones(12), seen)
            weighted_squares(predicted, truth, ones).backward()
        else:
            backward(ntk, support, labels, 0.1, torch.ones(12), in_parts(seen, 6), weighted(truth, ones, 1.0))
        gradients.append([t.grad for t in leaves])
    for expected, found in zip(*gradients, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-12)


def test_labels_alone_can_be_learned():
    support, labels, test = problem()
    learned, truth = labels.clone().requires_grad_(True), normal(7, 3, seed=2)
    backward(
        ntk, support, learned, 0.1, torch.ones(12), in_parts(test, 7), weighted(truth, torch.ones(7).double(), 1.0)
    )
    hat = ntk(test, support) @ torch.linalg.inv(regularised(ntk(support, support), 0.1))
    torch.testing.assert_close(learned.grad, hat.T @ (hat @ labels - truth) / 7)
    assert not support.requires_grad


def test_a_matrix_without_an_inverse_is_refused():
    support, labels, test = problem()

    def ones(a, b):
        return torch.ones(len(a), len(b), dtype=torch.float64)

    with pytest.raises(BadInput, match="singular without a ridge"):
        backward(ones, support, labels, 0.0, torch.ones(12), in_parts(test, 7), weighted(test, torch.ones(7), 1.0))
