"""Students: the protocol against a plain PyTorch loop, side by side or alone, and what the accuracies say."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import toy

from ddcore.data.device_images import DeviceImages
from ddcore.networks.base import Trained
from ddcore.networks.compute import Compute
from ddcore.networks.convnet import ConvNet
from ddcore.randomness import Randomness
from ddcore.training.augmentation import Augmentation
from ddcore.training.protocols import PROTOCOLS, Accuracy, Protocol
from ddcore.training.students import _stream, evaluate, train_students
from ddcore.training.testing import accuracies

NETWORK = ConvNet((1, 8, 8), toy.CLASSES, width=4, depth=2)
PROTOCOL = Protocol("test", epochs=6, repeats=3, batch=4)


def stacked(count=3):
    s = toy.synthetic(ipc=2)
    return s.images.expand(count, *s.images.shape), s.targets.expand(count, *s.targets.shape)


def test_the_protocol_is_sgd_with_a_step_half_way():
    """Against torch.optim.SGD, made anew (momentum lost) one epoch after half, as published."""
    images, targets = stacked(1)
    ours = train_students(NETWORK, images, targets, PROTOCOL, None, Compute(), Randomness(5))
    stream = _stream(Randomness(5), 0)
    theirs = {k: v.clone().requires_grad_(True) for k, v in NETWORK.init(stream.torch("student-network")).items()}
    for epoch in range(PROTOCOL.epochs):
        if epoch in (0, PROTOCOL.epochs // 2 + 1):
            lr = 0.01 if epoch == 0 else 0.001
            optimizer = torch.optim.SGD(theirs.values(), lr=lr, momentum=0.9, weight_decay=5e-4)
        order = stream.at(epoch).numpy("student-epoch").permutation(6)
        for chosen in (order[:4], order[4:]):
            optimizer.zero_grad()
            F.cross_entropy(NETWORK.logits(theirs, images[0][chosen]), targets[0][chosen]).backward()
            optimizer.step()
    for name, value in theirs.items():
        torch.testing.assert_close(ours.parameters[name][0], value.detach(), atol=1e-6, rtol=1e-5)


def test_students_side_by_side_are_the_same_as_one_by_one():
    images, targets = stacked(3)
    together = train_students(NETWORK, images, targets, PROTOCOL, Augmentation(), Compute(), Randomness(0))
    for number in range(3):
        alone = train_students(
            NETWORK, images[:1], targets[:1], PROTOCOL, Augmentation(), Compute(), Randomness(0), first=number
        )
        for name, value in alone.parameters.items():
            torch.testing.assert_close(together.parameters[name][number], value[0], atol=1e-5, rtol=1e-4)


def test_students_differ_from_one_another():
    images, targets = stacked(2)
    both = train_students(NETWORK, images, targets, PROTOCOL, None, Compute(), Randomness(0))
    weights = both.parameters["conv0.weight"]
    assert not torch.equal(weights[0], weights[1])


def test_accuracy_counts_what_is_right():
    images, labels = toy.images_and_labels(per_class=5)
    test = DeviceImages(images, toy.MEAN, toy.STD, "cpu")
    parameters = NETWORK.init(Randomness(0).torch("network"))
    parameters["linear.weight"].zero_()
    parameters["linear.bias"].copy_(torch.tensor([0.0, 1.0, 0.0]))
    assert accuracies(NETWORK, [Trained(parameters)], test, labels, Compute()) == (pytest.approx(1 / 3),)


def test_students_learn_the_toy_from_its_own_images():
    images, labels = toy.images_and_labels(per_class=6)
    pool = DeviceImages(images, toy.MEAN, toy.STD, "cpu")
    given = (pool[torch.arange(len(pool))], F.one_hot(torch.as_tensor(labels), toy.CLASSES).float())
    test_images, test_labels = toy.images_and_labels(per_class=6, seed=9)
    test = DeviceImages(test_images, toy.MEAN, toy.STD, "cpu")
    protocol = Protocol("test", epochs=60, repeats=2, lr_student=0.05)
    found = evaluate(NETWORK, [given] * 2, test, test_labels, protocol, None, Compute(), seed=0)
    assert found.mean > 0.8 and found.to_json()["repeats"] == 2


def test_mean_and_standard_deviation():
    accuracy = Accuracy((0.5, 0.7))
    assert accuracy.mean == pytest.approx(0.6) and accuracy.std == pytest.approx(np.std([0.5, 0.7], ddof=1))
    assert Accuracy((0.5,)).std == 0


def test_quick_differs_from_published_in_epochs_and_repeats_only():
    quick, published = PROTOCOLS["quick"], PROTOCOLS["published"]
    same = replace(quick, name=published.name, epochs=published.epochs, repeats=published.repeats)
    assert same == published and "300 epochs" in quick.describe() and "1000 epochs" in published.describe()
