"""RFAD against its equations, written once more without parts, features side by side or an optimiser of ours."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import toy
from reference import conv_nngp
from test_distillers import check_going_on, run

import ddcore.distillers.kernel_method
from ddcore.distillers.rfad import RandomFeatureDistillation
from ddcore.errors import BadInput
from ddcore.networks.compute import Compute
from ddcore.networks.convnet import ConvNet
from ddcore.networks.random_conv_net import RandomConvNet
from ddcore.randomness import Randomness
from ddcore.sampling.law import SamplingLaw
from ddcore.synthetic import SyntheticSet

SMALL = {"random_networks": 3, "random_width": 5, "batch_real": 4}
EVERYTHING = SMALL | {"labels": "learned", "mix_pixels": True}


def importance_problem():
    """Real batches with correction weights that are not all one."""
    return toy.problem(np.arange(24.0) + 1, SamplingLaw("corrected"))


# -- the step


def naive_features(layers, image):
    """(F,) of one square image (C, H, H) by one network: patches times weights, cut off below zero, averaged over
    squares; of an odd side the last row and column are left out."""
    for weight, bias in layers:
        size, half = image.shape[-1], image.shape[-1] // 2
        patches = torch.nn.functional.unfold(image[None], 3, padding=1)[0]
        image = (weight.flatten(1) @ patches + bias[:, None]).clamp(min=0).view(-1, size, size)
        image = image[:, : 2 * half, : 2 * half].reshape(-1, half, 2, half, 2).mean((2, 4))
    return image.flatten()


def naive_kernel(networks, one, other):
    """Mean over networks of 2 <F(x), F(y)> / dim + 0.01, pair by pair."""

    def see(images):
        return [[naive_features(layers, image) for layers in networks] for image in images]

    rows = [
        [sum(2 * f @ g / len(f) + 0.01 for f, g in zip(a, b, strict=True)) / len(networks) for b in see(other)]
        for a in see(one)
    ]
    return torch.stack([torch.stack(row) for row in rows])


def naive_loss(method, networks, batch, leaves, weights):
    """The whole loss in one graph, float64."""
    images = leaves["unmixed"] @ leaves["mixing"] if method.mix_pixels else leaves["images"]
    images, real = images.view(-1, 1, 8, 8), batch.images.double()
    within = naive_kernel(networks, images, images)
    ridge = method.jitter * torch.trace(within) / len(images)
    inverse = torch.linalg.inv(within + ridge * torch.diag(1 / weights))
    predictions = naive_kernel(networks, real, images) @ inverse @ leaves["labels"]
    total = 0.0
    for row, label, weight in zip(predictions, batch.labels, batch.weights, strict=True):
        if method.loss == "platt":
            scores = torch.exp(leaves["log_scale"]) * row
            one = -torch.log(torch.exp(scores[label]) / torch.exp(scores).sum())
        else:
            one = sum((row[c] - (float(c == label) - 1 / toy.CLASSES)) ** 2 for c in range(toy.CLASSES)) / 2
        total = total + weight.double() * one / len(batch.labels)
    return total


def step_sizes(method):
    sizes = {"labels": method.lr_images, "images": method.lr_images}
    if method.mix_pixels:
        sizes |= {"unmixed": method.lr_images, "mixing": method.lr_mixing}
        del sizes["images"]
    return sizes | ({"log_scale": method.lr_scale} if method.loss == "platt" else {})


@pytest.mark.parametrize("mix_pixels", [False, True])
@pytest.mark.parametrize("loss", ["platt", "squared"])
def test_a_step_is_its_equations(loss, mix_pixels):
    sizes = {"lr_images": 0.01, "lr_mixing": 0.002, "lr_scale": 0.03, "jitter": 0.05}
    method = RandomFeatureDistillation(**SMALL, **sizes, loss=loss, mix_pixels=mix_pixels, labels="learned")
    problem, synthetic, rng = importance_problem(), toy.weighted(), Randomness(5).at(1)
    state = method.init(problem, synthetic, Randomness(5))
    if loss == "platt":
        state["log_scale"] += 0.7
    if mix_pixels:
        state["mixing"] += 0.02 * torch.randn(64, 64, generator=torch.Generator().manual_seed(0))
    learned = step_sizes(method)
    before = {name: state[name].clone() for name in learned}
    metrics = method.step(problem, state, rng)

    generator, batch = rng.torch("random-networks"), problem.sampler.draw_across(rng, 4)
    assert batch.weights.std() > 0.1
    net = RandomConvNet((1, 8, 8), 5, 2)
    networks = [[(w.double(), b.double()) for w, b in net.init(generator)] for _ in range(3)]
    leaves = {name: value.double().requires_grad_(True) for name, value in before.items()}
    value = naive_loss(method, networks, batch, leaves, synthetic.targets.double().sum(1))
    gradients = dict(zip(leaves, torch.autograd.grad(value, list(leaves.values())), strict=True))

    assert metrics["loss"] == pytest.approx(value.item(), rel=1e-5)
    for name, gradient in gradients.items():
        found = state["moments"][name]["first"].double() / 0.1  # AdaBelief's first running mean
        torch.testing.assert_close(found, gradient, atol=1e-4 * gradient.abs().max().item(), rtol=1e-3)
        surprise = (0.001 * (0.9 * found).square() + 1e-16) / 0.001
        moved = before[name].double() - learned[name] * found / (surprise.sqrt() + 1e-16)
        if name == "labels":
            moved = moved - moved.mean(1, keepdim=True)
        torch.testing.assert_close(state[name].double(), moved, atol=1e-6, rtol=1e-5)
    rows = state["unmixed"] @ state["mixing"] if mix_pixels else state["images"].flatten(1)
    assert torch.equal(state["images"].flatten(1), rows) and not torch.equal(state["images"], synthetic.images)
    torch.testing.assert_close(
        state["targets"].double(), synthetic.targets.double().sum(1, keepdim=True) * (state["labels"] + 1 / 3)
    )


@pytest.mark.parametrize("rows", [1, 5, 7])
def test_a_step_does_not_depend_on_the_parts_it_is_taken_in(rows, monkeypatch):
    """Neither the parts of the real batch, nor the chunks of networks, nor activations computed a second time."""
    found = []
    for small in (False, True):
        if small:
            monkeypatch.setattr(ddcore.distillers.kernel_method, "ROWS", rows)
            monkeypatch.setattr(Compute, "chunk", lambda self, network: 2)
        problem, method = importance_problem(), RandomFeatureDistillation(**EVERYTHING)
        state = method.init(problem, toy.weighted(), Randomness(0))
        found.append((method.step(problem, state, Randomness(0).at(1)), state))
    (metrics, state), (metrics_again, state_again) = found
    assert metrics == pytest.approx(metrics_again, rel=1e-6)
    for name, moments in state["moments"].items():
        again = state_again["moments"][name]["first"]
        torch.testing.assert_close(moments["first"], again, atol=1e-5 * again.abs().max().item(), rtol=1e-4)


def test_a_set_larger_than_a_chunk_keeps_no_activations(monkeypatch):
    """What the graph holds on to of a set does not grow with the width of the networks' first blocks."""
    method = RandomFeatureDistillation(random_networks=2, random_width=16)
    images = toy.synthetic(ipc=4).images.requires_grad_(True)

    def kept(chunk):
        sizes = []
        monkeypatch.setattr(Compute, "chunk", lambda self, network: chunk)
        see = method._networks(toy.problem(), Randomness(0))
        layers = {value.data_ptr() for layers in see.layers for pair in layers for value in pair}

        def pack(value):
            if value.data_ptr() not in layers:
                sizes.append(value.numel())
            return value

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda value: value):
            see(images).sum().backward()
        return sum(sizes)

    assert kept(chunk=100) > 20 * kept(chunk=4)


def test_noise_becomes_a_set_that_predicts():
    method = RandomFeatureDistillation(random_networks=2, random_width=8, batch_real=8, lr_images=0.1, lr_scale=0.1)
    problem, noise = toy.problem(), toy.synthetic(ipc=1)
    images, labels = toy.images_and_labels(seed=1)
    pixels = torch.as_tensor(images).permute(0, 3, 1, 2).float() / 255
    unseen = (pixels - toy.MEAN[0]) / toy.STD[0]

    def accuracy(synthetic):
        predictors = [method.predictor(problem, synthetic, Randomness(99).at(draw)) for draw in range(5)]
        return np.mean([(p(unseen).argmax(1).numpy() == labels).mean() for p in predictors])

    state = run(problem, method, noise, steps=25)[-1][2]
    assert accuracy(noise) < 0.6
    assert accuracy(SyntheticSet(state["images"], state["targets"], state["classes"])) > 0.9


# -- pixel mixing


def test_pixel_mixing_starts_from_the_identity():
    state = RandomFeatureDistillation(mix_pixels=True).init(toy.problem(), toy.synthetic(), Randomness(0))
    assert torch.equal(state["mixing"], torch.eye(64))
    assert torch.equal(state["images"], toy.synthetic().images)
    assert torch.equal(state["unmixed"], toy.synthetic().images.flatten(1))


def test_a_matrix_that_is_not_learned_mixes_nothing():
    plain = run(importance_problem(), RandomFeatureDistillation(**SMALL), toy.weighted())
    mixed = run(
        importance_problem(), RandomFeatureDistillation(**SMALL, mix_pixels=True, lr_mixing=0.0), toy.weighted()
    )
    for (_, metrics, state), (_, metrics_mixed, state_mixed) in zip(plain, mixed, strict=True):
        assert metrics_mixed == pytest.approx(metrics, rel=1e-6)
        torch.testing.assert_close(state_mixed["images"], state["images"], atol=1e-6, rtol=1e-6)


def test_the_matrix_is_learned_and_the_set_is_what_it_makes():
    state = run(toy.problem(), RandomFeatureDistillation(**EVERYTHING), toy.synthetic())[-1][2]
    assert not torch.equal(state["mixing"], torch.eye(64))
    assert not torch.equal(state["images"].flatten(1), state["unmixed"])
    assert torch.equal(state["images"].flatten(1), state["unmixed"] @ state["mixing"])


# -- predictors and views


def test_the_kernel_tends_to_that_of_infinitely_wide_networks():
    method = RandomFeatureDistillation(random_networks=60, random_width=96)
    images = torch.cat([toy.synthetic().images, toy.problem().sampler.draw(Randomness(0), 1).images])
    exact = conv_nngp.kernel(images.double().numpy(), depth=2)
    predictor = method.predictor(toy.problem(), toy.synthetic(), Randomness(0))
    seen = predictor.see(images)
    found = predictor.kernel(seen, seen).numpy()
    scale = np.sqrt(np.outer(exact.diagonal(), exact.diagonal()))
    np.testing.assert_allclose(found / scale, exact / scale, atol=0.03)
    assert (exact / scale).min() < 0.8


def test_a_predictor_is_that_of_its_random_networks():
    method, problem = RandomFeatureDistillation(**SMALL), toy.problem()
    images = problem.sampler.draw(Randomness(0), 3).images
    one, same, other = (method.predictor(problem, toy.synthetic(), Randomness(seed))(images) for seed in (0, 0, 1))
    assert torch.equal(one, same) and not torch.allclose(one, other)
    assert method.predictor_in_words == "kernel of 3 random conv nets of width 5, ridge 0.005"
    assert replace(method, random_networks=1).predictor_in_words.startswith("kernel of 1 random conv net of width 5")


@pytest.mark.parametrize("loss", ["platt", "squared"])
def test_a_view_has_the_losses_that_the_step_will_have(loss):
    """By the very networks of the step, and by the scale learned so far."""
    method, problem = RandomFeatureDistillation(**EVERYTHING, loss=loss, lr_scale=0.5), toy.problem()
    state = run(problem, method, toy.weighted())[-1][2]
    rng = Randomness(0).at(4)
    batch = problem.sampler.draw_across(rng, 4)
    view = method.view(problem, state, rng)
    losses, features = view.losses(batch.images, batch.labels, 0), view.features(batch.images)
    net, generator = RandomConvNet((1, 8, 8), 5, 2), rng.torch("random-networks")
    expected = [net.features(net.init(generator), batch.images) for _ in range(3)]
    torch.testing.assert_close(features, torch.cat(expected, 1))
    assert losses.shape == (12,) and losses.std() > 0
    assert losses.mean().item() == pytest.approx(method.step(problem, state, rng)["loss"], rel=1e-6)


@pytest.mark.parametrize(
    "options", [EVERYTHING, EVERYTHING | {"loss": "squared"}, SMALL], ids=["all", "squared", "few"]
)
def test_stopping_and_going_on_is_never_having_stopped(options, tmp_path):
    check_going_on(RandomFeatureDistillation(**options), toy.problem, 3, tmp_path / "checkpoint")


# -- the networks


def test_layers_are_gaussian_and_of_their_own():
    net = RandomConvNet((3, 16, 12), width=40, depth=2, outputs=7)
    layers = net.init(torch.Generator().manual_seed(0))
    assert [tuple(weight.shape) for weight, _ in layers] == [(40, 3, 3, 3), (40, 40, 3, 3), (7, net.num_features)]
    assert net.num_features == 40 * 4 * 3
    for weight, _ in layers:
        fan_in = weight[0].numel()
        assert (weight.std() * (fan_in / 2) ** 0.5).item() == pytest.approx(1, abs=0.1)
    biases = torch.cat([bias for _, bias in layers])
    assert biases.std().item() == pytest.approx(0.1, abs=0.02) and len(biases.unique()) == 87


def test_the_readout_sees_the_features():
    net = RandomConvNet((1, 28, 28), width=4, depth=3, outputs=6)
    layers = net.init(torch.Generator().manual_seed(0))
    images = torch.randn(2, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    features = net.features(layers, images)
    assert features.shape == (2, net.num_features) == (2, 4 * 3 * 3)
    weight, bias = layers[-1]
    torch.testing.assert_close(net(layers, images), features @ weight.T + bias)
    torch.testing.assert_close(features[1], naive_features(layers[:-1], images[1]))


def test_a_depth_that_pools_everything_away_is_refused():
    """28-pixel images are padded to 32 by the network that students have, not by these."""
    problem = replace(toy.problem(), network=ConvNet((1, 28, 28), 3, width=4, depth=5))
    images = torch.zeros(3, 1, 28, 28)
    synthetic = SyntheticSet.of_classes(images, [0, 1, 2], 3, "cpu")
    with pytest.raises(
        BadInput, match="depth=5 does not fit random networks of 28x28 images; choose a depth from 1 to 4"
    ):
        RandomFeatureDistillation().init(problem, synthetic, Randomness(0))
