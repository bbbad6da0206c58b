"""What FRePo is tested with: states of the tiny dataset of `toy`, and the training of a network by PyTorch itself."""

import torch
import toy

from ddcore.distillers.frepo import NeuralFeatureRegression
from ddcore.randomness import Randomness


def made(**given):
    """FRePo with small batches, few networks and small steps."""
    return NeuralFeatureRegression(**({"batch_real": 4, "pool_size": 3, "lr_images": 0.05, "lr_network": 0.01} | given))


def started(method, problem=None, synthetic=None):
    """The state at the start of a run."""
    return method.init(problem or toy.problem(), synthetic or toy.synthetic(), Randomness(0))


def network_at(state, place):
    """A copy of the parameters of one network of the pool."""
    return {name: value[place].clone() for name, value in state["pool"]["parameters"].items()}


def equal(one, other):
    """Bit for bit, through dicts."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(equal(one[name], other[name]) for name in one)
    return torch.equal(one, other)


def assert_close(found, expected):
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4, check_dtype=False)


def torch_adam(parameters, lr):
    """Copies of `parameters` as leaves, and PyTorch's Adam over them."""
    leaves = {name: value.clone().requires_grad_(True) for name, value in parameters.items()}
    return leaves, torch.optim.Adam(leaves.values(), lr=lr)


def torch_step(network, leaves, optimizer, images, labels, weights):
    """One step of a network on a weighted set, by autograd and PyTorch's optimiser."""
    outputs = network.features(leaves, images) @ leaves["linear.weight"].T + leaves["linear.bias"]
    errors = (outputs - labels.float()).square().sum(1) / 2
    optimizer.zero_grad()
    ((weights * errors).sum() / weights.sum()).backward()
    optimizer.step()


def assert_same_network(found, expected):
    """But for biases before a norm, which takes them away: their gradient is rounding, and Adam makes much of it."""
    assert found.keys() == expected.keys()
    for name in found:
        if not (name.startswith("conv") and name.endswith("bias")):
            assert_close(found[name], expected[name].detach())
