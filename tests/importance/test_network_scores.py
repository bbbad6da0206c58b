"""Scores by proxy networks, against their equations read one image at a time in Python's own floats."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
import toy

from ddcore.data.device_images import DeviceImages
from ddcore.data.loading import load_dataset
from ddcore.data.train_set import TrainSet, train_set
from ddcore.errors import BadInput
from ddcore.importance import SCORES, score
from ddcore.importance.agreement import average_precision
from ddcore.importance.forgetting import Forgetting
from ddcore.importance.margin import Margin
from ddcore.importance.proxies import pass_steps
from ddcore.networks.convnet import ConvNet
from ddcore.randomness import Randomness
from ddcore.training.experts import ExpertSchedule, train_expert

NAMES = ["loss", "el2n", "grand", "forgetting", "margin", "entropy"]
QUICK = {"proxy_steps": 9, "passes": 3, "proxy_width": 4}


def toy_set(labels=None, num_classes=toy.CLASSES):
    images, own = toy.images_and_labels()
    return TrainSet(images, own if labels is None else labels, toy.MEAN, toy.STD, num_classes)


def softmax(logits):
    exponentials = [math.exp(z - max(logits)) for z in logits]
    return [e / sum(exponentials) for e in exponentials]


def naive_margin(logits, label):
    p = softmax(logits)
    return (1 - (p[label] - max(q for c, q in enumerate(p) if c != label))) / 2


def naive_el2n(logits, label):
    return math.sqrt(sum((q - (c == label)) ** 2 for c, q in enumerate(softmax(logits))))


NAIVE = {
    "loss": lambda logits, label: -math.log(softmax(logits)[label]),
    "el2n": naive_el2n,
    "margin": naive_margin,
    "entropy": lambda logits, label: -sum(q * math.log(q) for q in softmax(logits)),
}


def last_layer_gradient(network, parameters, image, label):
    """Length of the gradient of one image's cross-entropy in the last layer's weights and bias, by autograd."""
    last = [parameters[name].clone().requires_grad_(True) for name in ("linear.weight", "linear.bias")]
    logits = network.features(parameters, image) @ last[0].T + last[1]
    gradients = torch.autograd.grad(torch.nn.functional.cross_entropy(logits, torch.tensor([label])), last)
    return math.sqrt(sum(float((g.double() ** 2).sum()) for g in gradients))


def naive(name, train, seed, purpose):
    """(passes, N): what one network says of each image at each pass."""
    pool, network = DeviceImages(train.images, train.mean, train.std, "cpu"), ConvNet(train.shape, 3, 4, 2)
    rows = []
    for step, state in train_expert(network, pool, train.labels, ExpertSchedule(9), None, Randomness(seed), purpose):
        if step not in (3, 6, 9):
            continue
        p, row = state["parameters"], []
        for i, label in enumerate(train.labels.tolist()):
            if name == "grand":
                row.append(last_layer_gradient(network, p, pool[[i]], label))
            else:
                row.append(NAIVE[name](network.logits(p, pool[[i]])[0].tolist(), label))
        rows.append(row)
    return np.array(rows)


@pytest.mark.parametrize("name", ["loss", "el2n", "grand", "margin", "entropy"])
def test_scores_are_the_mean_of_the_naive_formula_over_passes_and_networks(name):
    train = toy_set()
    both = [naive(name, train, 2, purpose).mean(axis=0) for purpose in ("expert", "expert-1")]
    one, two = (score(name, networks=networks, **QUICK).compute(train, 2).scores for networks in (1, 2))
    np.testing.assert_allclose(one, both[0], rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(two, (both[0] + both[1]) / 2, rtol=1e-4, atol=1e-7)
    assert not np.allclose(both[0], both[1], rtol=1e-2), "two networks are two"


@pytest.mark.parametrize("networks", [1, 2])
def test_how_often_a_proxy_was_right_is_counted_from_its_own_predictions(networks):
    train, looks = toy_set(), []
    pool, network = DeviceImages(train.images, train.mean, train.std, "cpu"), ConvNet(train.shape, 3, 4, 2)
    for purpose in ("expert", "expert-1")[:networks]:
        training = train_expert(network, pool, train.labels, ExpertSchedule(9), None, Randomness(2), purpose)
        for step, state in training:
            if step in (3, 6, 9):
                predicted = [int(network.logits(state["parameters"], pool[[i]]).argmax()) for i in range(len(pool))]
                looks.append(np.array(predicted) == train.labels)
    found = score("margin", networks=networks, **QUICK).compute(train, 2)
    np.testing.assert_array_equal(found.right, np.mean(looks, axis=0))
    assert 0 < found.right.mean() < 1
    one_look = score("margin", **QUICK | {"passes": 1}).compute(train, 2)
    np.testing.assert_array_equal(one_look.right == 1, 1 - 2 * one_look.scores > 0)


def test_forgetting_counts_changes_from_right_to_wrong_and_the_never_right_most():
    looks = ["11111", "00111", "10101", "01010", "00000", "11110", "01110", "10000"]
    right = np.array([[float(c) for c in image] for image in looks]).T
    np.testing.assert_array_equal(Forgetting().over_passes(right), [0, 0, 2, 2, 5, 1, 1, 1])


def test_forgetting_looks_at_the_predictions():
    logits = torch.tensor([[0.0, 2.0, 1.0], [3.0, 2.0, 1.0]], dtype=torch.float64)
    assert Forgetting().measure(logits, torch.zeros(2, 1), torch.tensor([1, 1])).tolist() == [1, 0]


def test_forgetting_is_zero_for_what_is_learned_at_once():
    images = np.zeros((40, 8, 8, 1), np.uint8)
    images[20:, :, 4:] = 255
    train = TrainSet(images, np.repeat([0, 1], 20), (0.25,), (0.4,), 2)
    never_again = Forgetting(proxy_steps=60, passes=2, proxy_width=8).compute(train, 0).scores
    np.testing.assert_array_equal(never_again, 0)
    opposite = np.repeat([0, 1], 20)
    opposite[7] = 1  # its twins say otherwise: never right
    scores = Forgetting(proxy_steps=60, passes=2, proxy_width=8).compute(replace(train, labels=opposite), 0).scores
    assert scores[7] == 2 and scores.sum() == 2


@pytest.mark.parametrize(
    ("logits", "label", "expected"), [([800.0, 0, 0], 0, 0), ([800.0, 0, 0], 1, 1), ([5.0, 5.0, -800], 1, 0.5)]
)
def test_margins_are_from_certain_and_right_to_certain_and_wrong(logits, label, expected):
    measured = Margin().measure(torch.tensor([logits]).double(), torch.zeros(1, 1), torch.tensor([label]))
    assert measured.item() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("logits", [[900.0, -900, 0], [-900.0, 900, 0], [0.0, 0, 0]])
def test_extreme_logits_give_finite_numbers_that_are_not_negative(name, logits):
    measured = score(name).measure(torch.tensor([logits]).double(), torch.ones(1, 4), torch.tensor([0])).item()
    assert 0 <= measured < np.inf


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("case", ["one image", "one class", "all equal", "an absent class"])
def test_degenerate_data(name, case):
    images, labels = toy.images_and_labels()
    classes = toy.CLASSES
    if case == "one image":
        images, labels = images[:1], labels[:1]
    elif case == "one class":
        labels, classes = np.zeros_like(labels), 1
    elif case == "all equal":
        images = np.zeros_like(images)
    else:
        classes = toy.CLASSES + 1
    train = TrainSet(images, labels, toy.MEAN, toy.STD, classes)
    scores = score(name, **QUICK).compute(train, 0).scores
    assert scores.shape == labels.shape and np.isfinite(scores).all() and (scores >= 0).all()
    if case == "one class":
        np.testing.assert_allclose(scores, 0, atol=1e-12)
    if case == "all equal":
        for label in range(toy.CLASSES):
            np.testing.assert_allclose(scores[labels == label], scores[labels == label][0], rtol=1e-5)


def test_the_seed_decides_and_nothing_else():
    train, states = toy_set(), (torch.get_rng_state(), np.random.get_state()[1].copy())
    first, again, other = (score("el2n", **QUICK).compute(train, seed).scores for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert torch.equal(torch.get_rng_state(), states[0])
    np.testing.assert_array_equal(np.random.get_state()[1], states[1])


def test_progress_rises_to_its_total():
    heard = []
    score("margin", networks=2, **QUICK).compute(toy_set(), 0, lambda *call: heard.append(call))
    done = [call[0] for call in heard]
    assert done == sorted(done) and len({total for _, total, _ in heard}) == 1
    assert done[-1] == pytest.approx(heard[-1][1])


def test_passes_are_even_and_end_with_the_training():
    assert pass_steps(400, 4) == [100, 200, 300, 400]
    assert pass_steps(10, 3) == [3, 7, 10]
    assert pass_steps(2, 8) == [1, 2]
    assert score("loss", proxy_steps=2, passes=100, proxy_width=4).compute(toy_set(), 0).scores.shape == (24,)


def test_all_have_the_same_parameters():
    expected = ["proxy_steps", "passes", "networks", "proxy_width", "proxy_depth", "proxy_network", "device"]
    assert all([field.name for field in fields(SCORES.get(name))] == expected for name in NAMES)
    with pytest.raises(BadInput, match="networks=0 is not allowed; choose a whole number from 1 to 100"):
        score("grand", networks=0)


def test_wrong_labels_are_found_on_digits(shared_cache):
    """A tenth of the labels is wrong; a quarter of the default training is enough to put them on top."""
    noisy = load_dataset("digits", variant="label-noise:0.1")
    found = {
        name: average_precision(score(name, proxy_steps=100).compute(train_set(noisy), 0).scores, noisy.planted)
        for name in ("loss", "el2n", "margin", "entropy")
    }
    assert noisy.planted.mean() == pytest.approx(0.1, abs=0.001)
    assert min(found["loss"], found["el2n"], found["margin"]) > 0.8
    assert found["entropy"] < 0.3, "it does not see the labels"
