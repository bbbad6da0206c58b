"""The ridge score of a training set: what it sees, and how classes are treated."""

import numpy as np
import pytest
from reference import ridge as reference

from ddcore.data.train_set import TrainSet
from ddcore.errors import BadInput
from ddcore.importance import score
from ddcore.importance.ridge import RidgeLeverage, class_balance
from ddcore.progress import Stopped
from ddcore.ridge.leverage import centred_targets


def train_set(count=60, classes=3, labels=None, images=None):
    images = np.random.default_rng(0).integers(0, 256, (count, 4, 4, 1)) if images is None else images
    labels = np.arange(len(images)) % classes if labels is None else np.asarray(labels)
    return TrainSet(np.asarray(images, np.uint8), labels.astype(np.int64), (0.3,), (0.4,), classes)


@pytest.mark.parametrize("features", ["pixels", "rff", "kernel"])
def test_scores_are_those_of_the_features_it_sees(features):
    train, method = train_set(), RidgeLeverage(features, num_features=20, ridge=0.5)
    found = method.compute(train, seed=3)
    seen = method.features_of(train, seed=3)
    assert seen.dtype == np.float32 and len(seen) == 60
    expected = reference.augmented(seen.astype(np.float64), centred_targets(train.labels, 3), 0.5)
    np.testing.assert_allclose(found.scores, expected, rtol=1e-4)
    assert list(found.terms) == ["leverage", "residual"]
    np.testing.assert_array_equal(found.scores, found.terms["leverage"] + found.terms["residual"])


def test_a_strange_image_is_unusual_and_a_wrong_label_badly_fitted():
    rng = np.random.default_rng(0)
    labels = np.arange(200) % 2
    images = 60 + 120 * labels[:, None, None, None] + rng.integers(0, 9, (200, 4, 4, 1))
    images[17] = rng.integers(0, 2, (4, 4, 1)) * 255
    labels[30] = 1 - labels[30]
    terms = score("ridge", features="pixels").compute(train_set(labels=labels, images=images, classes=2), 0).terms
    assert terms["leverage"].argmax() == 17
    assert set(np.argsort(terms["residual"])[-2:]) >= {30}


def test_balanced_weighs_every_class_the_same():
    labels = np.repeat([0, 1, 2], [40, 15, 5])
    weights = class_balance(labels)
    np.testing.assert_allclose(np.bincount(labels, weights=weights), 20)
    np.testing.assert_allclose(weights[[0, 40, 55]], [60 / (3 * 40), 60 / (3 * 15), 60 / (3 * 5)])
    train = train_set(labels=labels)
    found = RidgeLeverage("pixels", balanced=True).compute(train, seed=0)
    expected = reference.augmented(train.pixels.astype(float), centred_targets(labels, 3), 1.0, weights)
    np.testing.assert_allclose(found.scores, expected, rtol=1e-4)
    plain = RidgeLeverage("pixels").compute(train, seed=0).scores
    assert found.scores[55:].sum() > plain[55:].sum()


@pytest.mark.parametrize("balanced", [False, True])
def test_per_class_scores_each_class_among_its_own(balanced):
    labels = np.repeat([0, 1, 2], [35, 20, 5])
    train, weights = train_set(labels=labels), class_balance(labels) if balanced else np.ones(60)
    found = RidgeLeverage("pixels", ridge=50.0, per_class=True, balanced=balanced).compute(train, seed=0)
    for label in range(3):
        own = labels == label
        targets = centred_targets(labels, 3)[own]
        expected = reference.augmented(train.pixels[own].astype(float), targets, 50.0, weights[own])
        np.testing.assert_allclose(found.scores[own], expected, rtol=1e-4)
    np.testing.assert_allclose(found.scores, sum(found.terms.values()))


@pytest.mark.parametrize("per_class", [False, True])
@pytest.mark.parametrize("balanced", [False, True])
@pytest.mark.parametrize("features", ["pixels", "rff", "kernel"])
@pytest.mark.parametrize(
    "train",
    [
        train_set(images=np.full((9, 4, 4, 1), 7)),
        train_set(count=1),
        train_set(count=8, labels=np.ones(8)),
        train_set(count=8, classes=1),
        train_set(count=7, labels=[0, 0, 0, 0, 0, 0, 2]),
    ],
    ids=["all equal", "one point", "one of three classes", "K = 1", "a class of one image, one absent"],
)
def test_degenerate_sets(train, features, balanced, per_class):
    for ridge in (0.0, 1.0):
        method = RidgeLeverage(features, num_features=5, ridge=ridge, per_class=per_class, balanced=balanced)
        found = method.compute(train, seed=0)
        assert found.scores.shape == (len(train.labels),)
        assert np.all((found.scores >= 0) & (found.scores <= 1 + 1e-5))
        assert found.scores.any()


def test_seed_decides_and_nothing_else():
    train = train_set()
    before = np.random.get_state()[1].copy()
    first, again, other = (RidgeLeverage(num_features=10).compute(train, seed).scores for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_progress_is_told_and_may_stop():
    heard = []

    def stop(done, total, note):
        heard.append(note)
        raise Stopped

    for per_class in (False, True):
        with pytest.raises(Stopped):
            RidgeLeverage("pixels", per_class=per_class).compute(train_set(), 0, stop)
    assert all(heard)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"features": "haar"}, "features='haar' is not allowed; choose one of pixels, pca"),
        ({"ridge": -0.5}, "ridge=-0.5 is not allowed"),
        ({"num_features": 0}, "num_features=0 is not allowed; choose a whole number from 1 to 8192"),
        ({"bandwidth": -1.0}, "bandwidth=-1.0 is not allowed"),
    ],
)
def test_bad_parameters_are_refused(fields, message):
    with pytest.raises(BadInput, match=message):
        score("ridge", **fields)
