import json

import numpy as np
import pytest

from ddcore.errors import BadInput
from ddcore.importance import TrainSet
from ddcore.initialisers import INITIALISERS, initialiser, nearest_distinct
from ddcore.progress import Stopped

EVERY = INITIALISERS.names()


def toy(classes=3, each=8, channels=2):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (classes * each, 4, 5, channels), np.uint8)
    images.flags.writeable = False
    return TrainSet(images, np.arange(classes * each) % classes, (0.4,) * channels, (0.3,) * channels, classes)


@pytest.fixture(scope="module")
def digits_train():
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    pixels = (images * 255 / 16).astype(np.uint8).reshape(-1, 8, 8, 1)
    return TrainSet(pixels, labels.astype(np.int64), (0.3,), (0.37,), 10)


@pytest.mark.parametrize("ipc", [1, 3, 8])
@pytest.mark.parametrize("name", EVERY)
def test_contract(name, ipc):
    train = toy()
    pixels = train.images.copy()
    global_state = np.random.get_state()[1].copy()
    made = initialiser(name).start(train, ipc, seed=5, scores=np.ones(24))
    assert made.images.shape == (3 * ipc, 2, 4, 5)
    assert made.images.dtype == np.float32
    assert np.isfinite(made.images).all()
    assert made.classes.dtype == np.int64
    np.testing.assert_array_equal(made.classes, np.repeat([0, 1, 2], ipc))
    if made.indices is not None:
        assert len(set(made.indices.tolist())) == 3 * ipc
        np.testing.assert_array_equal(train.labels[made.indices], made.classes)
        np.testing.assert_array_equal(made.images, train.normalised(made.indices))
    json.dumps(made.report, allow_nan=False)
    again = initialiser(name).start(train, ipc, seed=5, scores=np.ones(24))
    np.testing.assert_array_equal(made.images, again.images)
    np.testing.assert_array_equal(train.images, pixels)
    np.testing.assert_array_equal(np.random.get_state()[1], global_state)


@pytest.mark.parametrize("name", EVERY)
def test_another_seed_starts_elsewhere(name):
    train = toy(each=30)
    first, second = (initialiser(name).start(train, 2, seed).images for seed in (0, 1))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("name", EVERY)
def test_impossible_ipc_is_refused(name):
    train = toy()
    with pytest.raises(BadInput) as refusal:
        initialiser(name).start(train, 9, seed=0)
    assert str(refusal.value) == "ipc=9 exceeds the smallest class (8 images); choose ipc <= 8."
    with pytest.raises(BadInput, match="ipc=0 is not allowed; choose 1 <= ipc <= 8"):
        initialiser(name).start(train, 0, seed=0)
    missing = TrainSet(train.images, np.where(train.labels == 1, 2, train.labels), train.mean, train.std, 3)
    with pytest.raises(BadInput, match="Class 1 has 0 training images"):
        initialiser(name).start(missing, 1, seed=0)


@pytest.mark.parametrize("name", EVERY)
def test_progress_is_told_and_may_stop(name):
    def stop(done, total, note):
        raise Stopped

    with pytest.raises(Stopped):
        initialiser(name).start(toy(), 1, seed=0, progress=stop)


@pytest.mark.parametrize("name", EVERY)
def test_one_image_a_class_and_nothing_but_duplicates(name):
    single = TrainSet(np.zeros((2, 3, 3, 1), np.uint8), np.array([0, 1]), (0.0,), (1.0,), 2)
    assert initialiser(name).start(single, 1, seed=0).images.shape == (2, 1, 3, 3)
    equal = TrainSet(np.full((40, 3, 3, 1), 9, np.uint8), np.arange(40) % 2, (0.0,), (1.0,), 2)
    made = initialiser(name).start(equal, 7, seed=0)
    if made.indices is not None:
        assert len(set(made.indices.tolist())) == 14


def test_coreset_of_mostly_duplicates_still_gives_different_images():
    rng = np.random.default_rng(0)
    few = rng.integers(0, 256, (4, 3, 3, 1), np.uint8)
    images = np.concatenate([np.repeat(few, 100, axis=0), rng.integers(0, 256, (3, 3, 3, 1), np.uint8)])
    train = TrainSet(images, np.zeros(403, np.int64), (0.0,), (1.0,), 1)
    made = initialiser("kmeans-coreset", coreset_size=20).start(train, 10, seed=0)
    assert len(set(made.indices.tolist())) == 10
    assert len(np.unique(made.images, axis=0)) >= 4


def test_centres_that_share_their_nearest_point_get_different_ones():
    points = np.array([[0.0], [5.0], [9.0], [9.5]])
    centers = np.array([[0.1], [-0.1]])
    rows = nearest_distinct(points, centers, 3, np.random.default_rng(0))
    assert set(rows[:2]) == {0, 1}
    assert rows[2] in (2, 3)


def test_random_draws_every_image_alike():
    train = toy(classes=2, each=4)
    counts = np.zeros(8)
    for seed in range(400):
        counts[initialiser("random").start(train, 1, seed).indices] += 1
    assert counts.min() > 60


def test_cost_is_the_mean_squared_distance_within_classes():
    from reference.kmeans import cost

    train = toy()
    made = initialiser("random").start(train, 2, seed=0)
    naive = sum(
        cost(train.features()[train.labels == label], train.features()[made.indices[made.classes == label]])
        for label in range(3)
    )
    assert made.report["cost"] == pytest.approx(naive / 24, rel=1e-6)


@pytest.mark.parametrize("ipc", [1, 10])
def test_kmeans_coreset_covers_digits_better_than_random(digits_train, ipc):
    reports = [
        initialiser("kmeans-coreset", coreset_size=100).start(digits_train, ipc, seed).report for seed in range(3)
    ]
    random = initialiser("random").start(digits_train, ipc, seed=0).report
    assert reports[0]["random_cost"] == random["cost"]
    gain = np.mean([report["cost"] / report["random_cost"] for report in reports])
    assert gain < 0.9


def test_solving_on_a_coreset_costs_little_more_than_solving_on_all(digits_train):
    small = initialiser("kmeans-coreset", coreset_size=100).start(digits_train, 5, seed=0).report["cost"]
    everything = initialiser("kmeans-coreset", coreset_size=10_000).start(digits_train, 5, seed=0).report["cost"]
    assert small < 1.1 * everything
