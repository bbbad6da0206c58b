"""DC and DSA against their equations and loops, their identities, and what they show."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import toy
from reference.dc import naive_run
from test_distillers import run

from ddcore.data.device_images import DeviceImages
from ddcore.distillers import DISTILLERS, class_gradients
from ddcore.distillers.class_gradients import distances, groups, matching_loss
from ddcore.networks.base import Network, Trained, calibrated
from ddcore.networks.compute import Compute
from ddcore.randomness import Randomness
from ddcore.sampling.batches import Batch, BatchSampler
from ddcore.sampling.law import SamplingLaw
from ddcore.synthetic import SyntheticSet

K = toy.CLASSES
BATCH_NORM = "convnet:norm=batch,width=4,depth=2"


def made(name="dc", **given):
    return DISTILLERS.make(name, **toy.small("distillers", name) | given)


@pytest.fixture(params=["side by side", "one by one"])
def pace(request, monkeypatch):
    """How classes are taken; toy sizes would go side by side."""
    if request.param == "one by one":
        monkeypatch.setattr(class_gradients, "SIDE_BY_SIDE", 0)


def uneven():
    """Classes of 8, 8 and 2 real images, and of 2, 1 and 3 synthetic ones."""
    images, labels = toy.images_and_labels(8)
    few = np.flatnonzero((labels < 2) | (np.arange(len(labels)) % 4 == 0))
    sampler = BatchSampler(DeviceImages(images[few], toy.MEAN, toy.STD, "cpu"), labels[few], None, SamplingLaw())
    return replace(toy.problem(), sampler=sampler)


def uneven_set():
    given = toy.synthetic(3)
    rows = [0, 1, 3, 6, 7, 8]
    return SyntheticSet(given.images[rows], given.targets[rows], given.classes[rows])


CASES = {
    "as it is": (toy.problem, toy.synthetic, {}),
    "corrected": (lambda: toy.problem(np.arange(24.0) + 1, SamplingLaw("corrected")), toy.synthetic, {}),
    "weighted start": (toy.problem, toy.weighted, {}),
    "uneven classes": (uneven, uneven_set, {}),
    "tiles": (lambda: replace(toy.problem(), factor=2), toy.synthetic, {}),
    "mse": (toy.problem, toy.synthetic, {"distance": "mse"}),
    "cos": (toy.problem, toy.weighted, {"distance": "cos"}),
    "mlp": (lambda: toy.problem(through="mlp:width=6,depth=2"), toy.synthetic, {}),
    "batch norm": (lambda: toy.problem(through=BATCH_NORM), toy.synthetic, {}),
    "layer norm": (
        lambda: toy.problem(through="convnet:norm=layer,width=4,depth=2"),
        toy.synthetic,
        {"batch_real": 20},
    ),
}


@pytest.mark.parametrize("name", ["dc", "dsa"])
@pytest.mark.parametrize("case", CASES)
def test_steps_are_those_of_the_papers(name, case, pace):
    """Over two networks, each of which serves three steps and learns between them."""
    problem, synthetic, given = CASES[case]
    problem, synthetic = problem(), synthetic()
    method = made(name, lr_network=0.1, **given)
    expected = naive_run(problem, method, synthetic, steps=4)
    for (_, metrics, state), (by_layer, images) in zip(run(problem, method, synthetic, 4)[1:], expected, strict=True):
        assert metrics["loss"] == pytest.approx(sum(by_layer.values()), rel=1e-4)
        assert list(metrics.values())[1:] == pytest.approx(list(by_layer.values()), rel=1e-4)
        torch.testing.assert_close(state["images"], images, atol=1e-4, rtol=1e-4)


# -- one step, exactly


def doubled(problem, seed=0):
    """A network, a batch and a state in float64, as `matching_loss` takes them."""
    rng = Randomness(seed).at(1)
    network = {name: value.double() for name, value in problem.network.init(rng.torch("network")).items()}
    drawn = problem.sampler.draw(rng, 5)
    batch = Batch(drawn.indices, drawn.images.double(), drawn.labels, drawn.weights.double())
    given = toy.weighted()
    state = {"images": given.images.double(), "targets": given.targets.double(), "classes": given.classes}
    return Trained(network), batch, state


def as_they_are(images, classes):
    return images


@pytest.mark.parametrize("factor", [1, 2])
@pytest.mark.parametrize("distance", ["layers", "mse", "cos"])
def test_the_gradient_is_that_of_differences(distance, factor, pace):
    problem = replace(toy.problem(through="convnet:width=3,depth=2,activation=swish"), factor=factor)
    network, batch, state = doubled(problem)

    def value(images):
        by_layer, gradient = matching_loss(problem, network, batch, state | {"images": images}, distance, as_they_are)
        return sum(by_layer.values()), gradient

    _, gradient = value(state["images"])
    for seed in range(4):
        direction = torch.randn(gradient.shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        ahead, behind = (value(state["images"] + sign * 1e-5 * direction)[0] for sign in (1, -1))
        assert (gradient * direction).sum().item() == pytest.approx((ahead - behind) / 2e-5, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("text", [text for text in toy.networks() if toy.network(text).second_order_vmap])
def test_side_by_side_is_one_by_one_for_networks_that_say_so(text, monkeypatch):
    """They differ in rounding alone: 1e-12 in float64, and not more than 1e-5 of the largest in float32."""
    problem = toy.problem(through=text)
    for kind, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-5)):
        found = []
        for limit in (0, 2**16):
            monkeypatch.setattr(class_gradients, "SIDE_BY_SIDE", limit)
            network, batch, state = doubled(problem)
            network = Trained({name: value.to(kind) for name, value in network.parameters.items()})
            network = calibrated(problem.network, network.parameters, batch.images.to(kind))
            batch = batch._replace(images=batch.images.to(kind), weights=batch.weights.to(kind))
            state |= {name: state[name].to(kind) for name in ("images", "targets")}
            sizes = [group.classes for group in groups(problem, batch.labels, state["classes"])]
            assert sizes == ([K] if limit else [1] * K)
            found.append(matching_loss(problem, network, batch, state, "layers", as_they_are))
        (one, gradient), (other, same) = found
        assert other == pytest.approx(one, rel=tolerance)
        assert (gradient - same).abs().max() <= tolerance * gradient.abs().max()


def test_who_does_not_say_so_is_taken_one_by_one():
    problem = toy.problem(through="convnet:norm=layer,width=4,depth=2")
    _, batch, state = doubled(problem)
    assert [group.classes for group in groups(problem, batch.labels, state["classes"])] == [1] * K


def test_no_graph_holds_more_images_than_fit_at_once_and_the_result_is_the_same(monkeypatch):
    """Of real images and of synthetic ones."""
    monkeypatch.setattr(class_gradients, "SIDE_BY_SIDE", 0)
    problem, seen, logits = toy.problem(per_class=9), [], Network.logits

    def watched(self, parameters, images, buffers=None):
        seen.append(len(images))
        return logits(self, parameters, images, buffers)

    monkeypatch.setattr(Network, "logits", watched)
    network, batch, _ = doubled(problem)
    state = {name: getattr(toy.synthetic(5), name) for name in ("images", "targets", "classes")}
    state |= {name: state[name].double() for name in ("images", "targets")}
    found = []
    for chunk in (1000, 2):
        monkeypatch.setattr(Compute, "chunk", lambda self, network, size=chunk: size)
        seen.clear()
        found.append(matching_loss(problem, network, batch, state, "layers", as_they_are))
        assert max(seen) == (5 if chunk > 5 else 2)
    assert found[1][0] == pytest.approx(found[0][0], rel=1e-12)
    torch.testing.assert_close(found[1][1], found[0][1], atol=1e-14, rtol=1e-10)


# -- identities


def some_gradients(size=1.0):
    generator = torch.Generator().manual_seed(0)
    shapes = [(K, 4, 1, 3, 3), (K, 3, 16)]
    return [size * torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]


def test_equal_and_opposite_gradients():
    """A row of length r adds eps / (r^2 + eps) to equal gradients, so one of zeros adds 1."""
    gradients = some_gradients(1e-3)
    gradients[0][1, 2] = 0
    rows = K * (4 + 3)
    squares = torch.cat([one.flatten(2).square().sum(2).flatten() for one in gradients])
    least = (1e-6 / (squares + 1e-6)).sum().item()
    assert least > 1

    def distance(one, other):
        return distances("layers", ["one", "two"], one, other).sum().item()

    assert distance(gradients, gradients) == pytest.approx(least, rel=1e-9)
    assert distance(gradients, [-one for one in gradients]) == pytest.approx(2 * rows - least, rel=1e-9)


@pytest.mark.parametrize("distance", ["layers", "cos"])
def test_angles_do_not_depend_on_how_large_gradients_are(distance):
    one, other = some_gradients(), [gradient.roll(1, 0) for gradient in some_gradients()]
    value, larger = (distances(distance, ["a", "b"], one, [c * g for g in other]).sum() for c in (1.0, 7.0))
    assert larger.item() == pytest.approx(value.item(), rel=1e-5)
    assert (
        distances("mse", ["a", "b"], one, other).sum() < distances("mse", ["a", "b"], one, [7 * g for g in other]).sum()
    )


def test_a_set_of_the_real_images_has_the_least_loss(pace):
    problem = toy.problem(per_class=4)
    network, batch, state = doubled(problem)
    batch = batch._replace(weights=torch.ones_like(batch.weights))
    hard = torch.nn.functional.one_hot(batch.labels, K).double()
    equal = {"images": batch.images, "targets": hard, "classes": batch.labels}
    by_layer, gradient = matching_loss(problem, network, batch, equal, "mse", as_they_are)
    assert sum(by_layer.values()) == pytest.approx(0, abs=1e-20)
    assert gradient.abs().max() < 1e-12
    least, _ = matching_loss(problem, network, batch, equal, "layers", as_they_are)
    other, _ = matching_loss(problem, network, batch, state, "layers", as_they_are)
    assert sum(least.values()) < 0.1 * sum(other.values())


def test_images_of_a_class_have_no_order(pace):
    problem = toy.problem()
    network, batch, state = doubled(problem)
    by_layer, gradient = matching_loss(problem, network, batch, state, "layers", as_they_are)
    order = torch.tensor([1, 0, 3, 2, 5, 4])
    turned = {name: state[name][order] for name in state}
    same, moved = matching_loss(problem, network, batch, turned, "layers", as_they_are)
    assert same == pytest.approx(by_layer, rel=1e-12)
    torch.testing.assert_close(moved, gradient[order])


def test_real_images_get_no_gradient(pace, monkeypatch):
    real = []

    def watched(distance, titles, one, other):
        real.extend(one)
        return distances(distance, titles, one, other)

    monkeypatch.setattr(class_gradients, "distances", watched)
    network, batch, state = doubled(toy.problem())
    batch.images.requires_grad_(True)
    _, gradient = matching_loss(toy.problem(), network, batch, state, "layers", as_they_are)
    assert real and not any(one.requires_grad for one in real) and not gradient.requires_grad


# -- loops


# -- what is shown
