"""What holds for every initialiser; each one's own rule is tested in tests/initialisers/."""

import json

import numpy as np
import pytest
from reference.kmeans import cost
from toy import small

from ddcore.data.train_set import TrainSet
from ddcore.errors import BadInput
from ddcore.experiments.resolving import complete, resolve
from ddcore.experiments.settings import OWN_INIT_SCORE
from ddcore.initialisers import INITIALISERS
from ddcore.progress import Stopped

EVERY = INITIALISERS.names()
BY_SCORE = list(OWN_INIT_SCORE)


def toy(classes=3, each=8, channels=2):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (classes * each, 4, 5, channels), np.uint8)
    images.flags.writeable = False
    return TrainSet(images, np.arange(classes * each) % classes, (0.4,) * channels, (0.3,) * channels, classes)


def start(name, train, ipc, seed=0, **fields):
    """With equal scores for those who go by scores."""
    return INITIALISERS.make(name, **fields).start(train, ipc, seed, scores=np.ones(len(train.labels)))


@pytest.mark.parametrize("ipc", [1, 3, 8])
@pytest.mark.parametrize("name", EVERY)
def test_contract(name, ipc):
    train = toy()
    pixels = train.images.copy()
    global_state = np.random.get_state()[1].copy()
    made = start(name, train, ipc, seed=5)
    assert made.images.shape == (3 * ipc, 2, 4, 5)
    assert made.images.dtype == np.float32
    assert np.isfinite(made.images).all()
    assert made.classes.dtype == np.int64 and made.weights is None
    np.testing.assert_array_equal(made.classes, np.repeat([0, 1, 2], ipc))
    assert (made.indices is None) == (name == "noise")
    if made.indices is not None:
        assert len(set(made.indices.tolist())) == 3 * ipc
        np.testing.assert_array_equal(train.labels[made.indices], made.classes)
        np.testing.assert_array_equal(made.images, train.normalised(made.indices))
    np.testing.assert_array_equal(made.images, start(name, train, ipc, seed=5).images)
    np.testing.assert_array_equal(train.images, pixels)
    np.testing.assert_array_equal(np.random.get_state()[1], global_state)


@pytest.mark.parametrize("name", EVERY)
def test_whether_another_seed_starts_elsewhere_is_said_truly(name):
    train = toy(each=30)
    first, second = (start(name, train, 2, seed, **small("initialisers", name)).images for seed in (0, 1))
    chance = not np.array_equal(first, second)
    assert INITIALISERS.about(name).chance == chance, f"{name}: say chance={chance} in ddcore/initialisers/__init__.py"


@pytest.mark.parametrize("name", EVERY)
def test_impossible_ipc_is_refused(name):
    train = toy()
    with pytest.raises(BadInput) as refusal:
        start(name, train, 9)
    assert str(refusal.value) == "ipc=9 exceeds the smallest class (8 images); choose ipc <= 8."
    with pytest.raises(BadInput, match="ipc=0 is not allowed; choose 1 <= ipc <= 8"):
        start(name, train, 0)
    missing = TrainSet(train.images, np.where(train.labels == 1, 2, train.labels), train.mean, train.std, 3)
    with pytest.raises(BadInput, match="Class 1 has 0 training images"):
        start(name, missing, 1)


@pytest.mark.parametrize("name", BY_SCORE)
def test_who_goes_by_scores_says_what_is_wrong_with_them(name):
    train = toy()
    with pytest.raises(BadInput, match=f"'{name}' needs scores"):
        INITIALISERS.make(name).start(train, 1, 0)
    with pytest.raises(BadInput, match=r"Scores of shape \(5,\) do not fit 24 images"):
        INITIALISERS.make(name).start(train, 1, 0, scores=np.ones(5))
    with pytest.raises(BadInput, match="1 scores are not finite"):
        INITIALISERS.make(name).start(train, 1, 0, scores=np.append(np.ones(23), np.nan))


@pytest.mark.parametrize("name", EVERY)
def test_progress_is_told_and_may_stop(name):
    def stop(done, total, note):
        raise Stopped

    with pytest.raises(Stopped):
        INITIALISERS.make(name).start(toy(), 1, seed=0, scores=np.ones(24), progress=stop)


@pytest.mark.parametrize("name", EVERY)
def test_one_image_a_class(name):
    single = TrainSet(np.zeros((2, 3, 3, 1), np.uint8), np.array([0, 1]), (0.0,), (1.0,), 2)
    made = start(name, single, 1)
    assert made.images.shape == (2, 1, 3, 3)
    json.dumps(made.report, allow_nan=False)


@pytest.mark.parametrize("ipc", [7, 20])
@pytest.mark.parametrize("name", [name for name in EVERY if name != "noise"])
def test_images_that_are_all_equal_are_still_different_ones(name, ipc):
    equal = TrainSet(np.full((40, 3, 3, 1), 9, np.uint8), np.arange(40) % 2, (0.0,), (1.0,), 2)
    made = start(name, equal, ipc, **small("initialisers", name))
    assert len(set(made.indices.tolist())) == 2 * ipc
    assert made.report["cost"] == made.report["random_cost"] == 0 and made.report["cost_ratio"] is None
    json.dumps(made.report, allow_nan=False)


@pytest.mark.parametrize("name", [name for name in EVERY if name != "noise"])
def test_more_images_than_distinct_ones(name):
    rng = np.random.default_rng(0)
    few = rng.integers(0, 256, (4, 3, 3, 1), np.uint8)
    images = np.concatenate([np.repeat(few, 100, axis=0), rng.integers(0, 256, (3, 3, 3, 1), np.uint8)])
    train = TrainSet(images, np.zeros(403, np.int64), (0.0,), (1.0,), 1)
    made = start(name, train, 10, **small("initialisers", name))
    assert len(set(made.indices.tolist())) == 10
    if name in ("kmeans-coreset", "kmeans-medoids", "k-center"):  # what seeks to cover, covers
        assert len(np.unique(made.images, axis=0)) >= 4


@pytest.mark.parametrize("name", ["noise", "random", "herding"])
def test_cost_is_the_mean_squared_distance_within_classes(name):
    train = toy()
    made, random = (start(which, train, 2, seed=3) for which in (name, "random"))
    every = train.normalised(np.arange(24))
    naive = sum(
        cost(every[train.labels == label].reshape(8, -1), made.images[made.classes == label].reshape(2, -1))
        for label in range(3)
    )
    assert made.report["cost"] == pytest.approx(naive / 24, rel=1e-6)
    assert made.report["random_cost"] == random.report["cost"]
    assert made.report["cost_ratio"] == pytest.approx(made.report["cost"] / random.report["cost"])
    assert random.report["cost_ratio"] == 1


@pytest.mark.parametrize(("init", "score"), OWN_INIT_SCORE.items())
def test_a_run_knows_the_score_of_who_goes_by_one(init, score):
    assert complete(resolve({"init": init}))["init_score"] == score
    assert complete(resolve({"init": init, "init_score": "uniform"}))["init_score"] == "uniform"
    with pytest.raises(BadInput, match="init_score='kmeans' has no effect with init='random'"):
        resolve({"init": "random", "init_score": "kmeans"})
