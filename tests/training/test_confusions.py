"""Which classes students take for which: counted from their own predictions, whoever trains and tests beside them."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import toy

from ddcore.data.device_images import DeviceImages
from ddcore.experiments.kept_accuracies import keep_accuracy, kept_accuracy
from ddcore.kept import CONFUSIONS, RANDOM
from ddcore.networks.compute import Compute
from ddcore.randomness import Randomness
from ddcore.training import students
from ddcore.training.confusion import compact, confusion, rates
from ddcore.training.protocols import Accuracy, Protocol
from ddcore.training.students import evaluate, one_of, train_students

PROTOCOL = Protocol("test", epochs=3, repeats=5, batch=4)
PIXELS = np.random.default_rng(0).integers(0, 256, (90, 8, 8, 1)).astype(np.uint8)  # they tell nothing of a class
TEST = DeviceImages(PIXELS, toy.MEAN, toy.STD, "cpu")
LABELS = np.arange(90) % 3
NETWORK = toy.network()
SET = toy.synthetic(ipc=2)


def predicted_by(number):
    """(logits of all test images, logits of the set) by student `number`, trained alone."""
    images, targets = SET.images[None], SET.targets[None]
    alone = one_of(train_students(NETWORK, images, targets, PROTOCOL, None, Compute(), Randomness(0), number), 0)
    with torch.no_grad():
        return [NETWORK.logits(alone.parameters, shown, alone.buffers) for shown in (TEST[slice(None)], SET.images)]


def counted(numbers):
    """A loop over the test images, one by one."""
    counts = np.zeros((3, 3), int)
    for number in numbers:
        for label, predicted in zip(LABELS, predicted_by(number)[0].argmax(1).tolist(), strict=True):
            counts[label, predicted] += 1
    return counts


def evaluated(count, protocol=PROTOCOL):
    sets = [(SET.images, SET.targets)] * count
    return evaluate(NETWORK, sets, TEST, LABELS, protocol, None, Compute(), seed=0, shown=SET.images)


def test_counts_are_those_of_every_students_predictions():
    found = evaluated(2)
    expected = counted([0, 1])
    np.testing.assert_array_equal(found.confusion, expected)
    assert found.confusion.dtype == np.int64 and found.confusion.sum() == 2 * len(LABELS)
    assert (found.confusion - expected.diagonal() * np.eye(3, dtype=int)).any(), "else nothing is confused"


def test_accuracies_are_their_diagonals_exactly():
    found = evaluated(3)
    assert found.values == tuple(np.trace(counted([number])) / len(LABELS) for number in range(3))
    assert np.trace(found.confusion) / found.confusion.sum() == pytest.approx(found.mean)


def test_what_students_make_of_the_set_is_their_mean_softmax():
    expected = np.mean([predicted_by(number)[1].softmax(1).numpy() for number in range(3)], 0)
    found = evaluated(3).probabilities
    np.testing.assert_allclose(found, expected, atol=1e-6)  # sums of three float32 up to 1
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-6)


def test_several_at_once_are_counted_as_one_after_another(monkeypatch):
    assert students.students_at_once(NETWORK, 4, PROTOCOL, Compute(), 5) == 5, "else this shows nothing"
    together = evaluated(5)
    monkeypatch.setattr(students, "students_at_once", lambda *given: 1)
    alone = evaluated(5)
    np.testing.assert_array_equal(together.confusion, alone.confusion)
    np.testing.assert_allclose(together.probabilities, alone.probabilities, atol=1e-5)


def test_students_that_are_not_needed_are_not_counted(monkeypatch):
    """Five are trained at once, and three are enough."""
    monkeypatch.setattr(students, "students_at_once", lambda *given: 5)
    found = evaluated(5, replace(PROTOCOL, until=100.0))
    assert len(found.values) == 3
    np.testing.assert_array_equal(found.confusion, counted([0, 1, 2]))


def test_all_images_are_gone_through_once_a_student_and_answers_are_fetched_once(monkeypatch):
    seen, fetched, plain = [], [], torch.Tensor.cpu
    logits = type(NETWORK).logits

    def watched(self, parameters, images, buffers=None):
        seen.append(len(images))
        return logits(self, parameters, images, buffers)

    student = train_students(NETWORK, SET.images[None], SET.targets[None], PROTOCOL, None, Compute(), Randomness(0))
    monkeypatch.setattr(type(NETWORK), "logits", watched)
    monkeypatch.setattr(Compute, "chunk", lambda self, network: 10)
    monkeypatch.setattr(torch.Tensor, "cpu", lambda tensor: fetched.append(len(tensor)) or plain(tensor))
    students.predictions(NETWORK, [one_of(student, 0)] * 2, TEST, Compute())
    assert seen == [10] * 18 and fetched == [2]


def test_a_class_without_test_images_has_no_accuracy():
    counts = confusion(np.array([0, 0, 2]), np.array([0, 1, 2]), 3)
    np.testing.assert_array_equal(counts, [[1, 1, 0], [0, 0, 0], [0, 0, 1]])
    np.testing.assert_array_equal(rates(counts), [0.5, np.nan, 1.0])
    assert Accuracy.of([counts]).per_class == [0.5, None, 1.0] and Accuracy((0.5,)).per_class is None


@pytest.mark.parametrize(("largest", "kind"), [(255, np.uint8), (256, np.uint16), (65_536, np.uint32)])
def test_counts_take_the_smallest_type_that_holds_them(largest, kind):
    made = compact(np.array([[0, largest]]))
    assert made.dtype == kind and made.max() == largest


def test_a_thousand_classes_are_counted():
    labels, predicted = np.arange(1000).repeat(3), (np.arange(1000).repeat(3) + 1) % 1000
    counts = confusion(labels, predicted, 1000)
    assert counts.shape == (1000, 1000) and counts[999, 0] == 3 and counts.sum() == 3000


# -- kept


def test_a_kept_accuracy_has_its_confusion():
    path, made = RANDOM.path("one"), evaluated(2)
    keep_accuracy(RANDOM, path, made)
    found = kept_accuracy(RANDOM, path)
    assert found == made and path.suffix == ".json"
    np.testing.assert_array_equal(found.confusion, made.confusion)


def test_an_accuracy_that_an_earlier_version_kept_is_usable_without():
    path = RANDOM.path("one")
    RANDOM.write(path, [0.25, 0.75])
    found = kept_accuracy(RANDOM, path)
    assert found.values == (0.25, 0.75) and found.confusion is None


@pytest.mark.parametrize(
    "counts",
    [np.eye(3), np.eye(3, dtype=np.uint8), np.zeros((3, 3), np.uint8), np.ones((2, 3), np.uint8), np.array("x"), None],
    ids=["of floats", "of another accuracy", "of nothing", "not square", "a word", "none"],
)
def test_a_confusion_that_does_not_fit_is_none(counts):
    path = RANDOM.path("one")
    keep_accuracy(RANDOM, path, evaluated(1))
    (beside,) = CONFUSIONS.root.iterdir()
    if counts is None:
        beside.write_bytes(b"PK")
    else:
        np.savez(beside, counts=counts)
    found = kept_accuracy(RANDOM, path)
    assert found == evaluated(1) and found.confusion is None
