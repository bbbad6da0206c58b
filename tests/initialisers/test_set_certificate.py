"""The certificate of synthetic images: that of the start report where they are real, and its definition where not."""

import numpy as np
import pytest
import toy

from ddcore.coresets.subsets import FixedRidgeCost, RidgeCost
from ddcore.data.dataset import Split, materialise
from ddcore.data.train_set import train_set
from ddcore.data.zca import fit_zca
from ddcore.errors import BadInput
from ddcore.initialisers import INITIALISERS, report
from ddcore.initialisers.report import SetCertificate
from ddcore.ridge.leverage import centred_targets

SHAPES = [(60, 5), (9, 20)]  # more points than features, and fewer


def cost_of(count, size, ridge=0.5, num_classes=3):
    rng = np.random.default_rng(count)
    features, classes = rng.normal(size=(count, size)), np.arange(count) % num_classes
    targets = centred_targets(classes, num_classes)
    return features, targets, FixedRidgeCost(features, targets, ridge)


def new_points(size, count=7, num_classes=3):
    """Features, centred targets that are no one-hot rows, and weights of points that the cost does not have."""
    rng = np.random.default_rng(5)
    targets = rng.normal(size=(count, num_classes))
    return rng.normal(size=(count, size)), targets - targets.mean(1, keepdims=True), rng.uniform(0.5, 4, count)


def relative_error(query, ridge, features, targets, points):
    """|cost of the points - cost| / cost of one query (w, -a), straight from the definition."""
    new, labels, weights = points
    w, a = query[: features.shape[1]], query[features.shape[1] :]
    penalty = ridge * (w**2).sum()
    full = ((features @ w + targets @ a) ** 2).sum() + penalty
    part = (weights * (new @ w + labels @ a) ** 2).sum() + penalty
    return abs(part - full) / full


@pytest.mark.parametrize("shape", SHAPES)
def test_points_of_the_cost_have_the_certificate_of_their_subset(shape):
    features, targets, cost = cost_of(*shape)
    indices, weights = np.array([0, 2, 2, 7]), np.array([3.0, 1.0, 8.0, 0.0])
    expected = RidgeCost(features, targets, 0.5).certificate(indices, weights)
    assert cost.certificate(features[indices], targets[indices], weights) == pytest.approx(expected, rel=1e-9)
    everything = cost.certificate(features, targets, np.ones(len(features)))
    assert everything == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
def test_of_new_points_it_is_the_largest_relative_error_of_any_query(shape):
    features, targets, cost = cost_of(*shape)
    points, size = new_points(shape[1]), shape[1]
    eps = cost.certificate(*points)
    rng = np.random.default_rng(0)
    for _ in range(200):
        assert relative_error(rng.normal(size=size + 3), 0.5, features, targets, points) <= eps * (1 + 1e-9)
    new, labels, weights = points
    real, other, penalty = np.hstack([features, targets]), np.hstack([new, labels]), np.diag([0.5] * size + [0.0] * 3)
    full, part = real.T @ real + penalty, (other * weights[:, None]).T @ other + penalty
    kept = np.eye(size + 3)[:, :-1]  # the targets of a row sum to zero: without the last every fit is there still
    values, vectors = np.linalg.eig(np.linalg.solve(kept.T @ full @ kept, kept.T @ (part - full) @ kept))
    worst = kept @ vectors[:, np.abs(values).argmax()].real
    assert relative_error(worst, 0.5, features, targets, points) == pytest.approx(eps, rel=1e-6)


def test_what_does_not_fit_is_refused():
    features, targets, cost = cost_of(20, 4)
    for weights in (np.ones(3), -np.ones(20), np.full(20, np.inf)):
        with pytest.raises(BadInput, match="weights do not fit 20 points"):
            cost.certificate(features, targets, weights)
    with pytest.raises(BadInput, match="ridge=0 is not allowed"):
        FixedRidgeCost(features, targets, 0)


# -- of a set of images


def train_of(channels=3, per_class=20, zca=False):
    train = Split(*toy.images_and_labels(per_class, 0, channels))
    data = materialise(f"toy{channels}", train, train, ("low", "middle", "high"), origin="made up", flip=True)
    return train_set(data, fit_zca(data) if zca else None)


@pytest.mark.parametrize("zca", [False, True])
@pytest.mark.parametrize("init", ["random", "ridge-coreset"])
def test_real_images_have_the_certificate_of_the_start_report(init, zca):
    """In colour, where the order of an image's numbers matters, and with weights of the images."""
    train = train_of(zca=zca)
    start = INITIALISERS.make(init).start(train, 2, seed=4)
    weights = np.ones(len(start.classes)) if start.weights is None else start.weights
    found = SetCertificate(train).of(start.images, centred_targets(start.classes, 3), start.classes, weights)
    assert found == pytest.approx(start.report["certificate"], rel=1e-4, abs=1e-5)
    other = SetCertificate(train).of(start.images, centred_targets(start.classes, 3), start.classes, 2 * weights)
    assert other != pytest.approx(found, rel=1e-2)


def test_labels_that_fit_the_images_no_better_than_others_cost_something():
    """The labels count: those of the neighbours in the list make a worse coreset of the very same images."""
    train = train_of()
    start = INITIALISERS.make("random").start(train, 10, seed=1)
    labels, certificate = centred_targets(start.classes, 3), SetCertificate(train)
    ones = np.ones(len(labels))
    right, wrong = (certificate.of(start.images, y, start.classes, ones) for y in (labels, np.roll(labels, 10, 0)))
    assert right < 0.7 * wrong


def test_above_the_most_images_the_cost_is_the_same_for_every_set(monkeypatch):
    train = train_of(per_class=40)
    monkeypatch.setattr(report, "MOST_IMAGES", 50)
    seen = []
    plain = FixedRidgeCost.__init__
    monkeypatch.setattr(
        FixedRidgeCost, "__init__", lambda self, features, *rest: seen.append(features) or plain(self, features, *rest)
    )
    certificates = [SetCertificate(train) for _ in range(2)]
    assert seen[0].shape == (50, 200) and np.array_equal(*seen)
    start = INITIALISERS.make("random").start(train, 2, seed=0)
    given = start.images, centred_targets(start.classes, 3), start.classes, np.ones(6)
    assert certificates[0].of(*given) == certificates[1].of(*given) > 0
