import numpy as np
import pytest

from ddcore.data.train_set import TrainSet
from ddcore.importance import score
from ddcore.importance.lightweight import lightweight_terms
from ddcore.progress import Stopped


def train_set(images):
    images = np.asarray(images, np.uint8)
    return TrainSet(images, np.zeros(len(images), np.int64), (0.3,), (0.4,), 1)


def some_images(count=40):
    return np.random.default_rng(0).integers(0, 256, (count, 4, 4, 1))


def test_terms_equal_the_formula():
    train = train_set(some_images())
    found = score("lightweight").compute(train, seed=0)
    points = [[float(value) for value in row] for row in train.pixels]
    mean = [sum(column) / 40 for column in zip(*points, strict=True)]
    away = [sum((x - m) ** 2 for x, m in zip(row, mean, strict=True)) for row in points]
    assert list(found.terms) == ["share", "distance"]
    np.testing.assert_allclose(found.terms["share"], 1 / 80)
    np.testing.assert_allclose(found.terms["distance"], [0.5 * d / sum(away) for d in away], rtol=1e-10)
    np.testing.assert_array_equal(found.scores, found.terms["share"] + found.terms["distance"])
    assert found.scores.sum() == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("images", [np.full((9, 4, 4, 1), 7), some_images(1)], ids=["all equal", "one point"])
def test_without_differences_only_the_share_is_left(images):
    found = score("lightweight").compute(train_set(images), seed=0)
    np.testing.assert_array_equal(found.terms["distance"], 0)
    np.testing.assert_allclose(found.scores, 0.5 / len(images))


def test_the_farthest_image_scores_highest():
    images = some_images(50) // 8
    images[17] = 255
    assert score("lightweight").compute(train_set(images), seed=0).scores.argmax() == 17


def test_chunks_and_seeds_change_nothing(monkeypatch):
    points = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
    whole = lightweight_terms(points)["distance"]
    train = train_set(some_images())
    np.testing.assert_array_equal(*(score("lightweight").compute(train, seed).scores for seed in (0, 1)))
    monkeypatch.setattr("ddcore.importance.lightweight._ROWS", 7)
    np.testing.assert_array_equal(lightweight_terms(points)["distance"], whole)


def test_progress_may_stop():
    def stop(done, total, note):
        raise Stopped

    with pytest.raises(Stopped):
        score("lightweight").compute(train_set(some_images()), 0, stop)
