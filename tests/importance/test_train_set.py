import numpy as np
import pytest

from ddcore.data.train_set import TrainSet
from ddcore.errors import BadInput


def colour_set(count=5):
    images = np.random.default_rng(0).integers(0, 256, (count, 2, 3, 3), np.uint8)
    return TrainSet(images, np.zeros(count, np.int64), (0.1, 0.2, 0.3), (0.4, 0.5, 0.6), 1)


def test_features_are_normalised_pixels():
    train = colour_set()
    expected = (train.images / 255 - np.array(train.mean)) / np.array(train.std)
    assert train.pixels.dtype == np.float32
    np.testing.assert_allclose(train.pixels, expected.reshape(5, -1), atol=1e-6)
    assert train.pixels is train.pixels
    assert not train.pixels.flags.writeable


def test_normalised_images_have_channels_first():
    train = colour_set()
    assert train.shape == (3, 2, 3)
    chosen = train.normalised(np.array([3, 1]))
    assert chosen.dtype == np.float32
    np.testing.assert_array_equal(chosen, train.pixels[[3, 1]].reshape(2, 2, 3, 3).transpose(0, 3, 1, 2))


def test_nothing_to_see_is_refused():
    with pytest.raises(BadInput, match="0 images"):
        TrainSet(np.zeros((0, 2, 2, 1), np.uint8), np.zeros(0, np.int64), (0.0,), (1.0,), 1)
    with pytest.raises(BadInput, match="3 labels do not fit 2 images"):
        TrainSet(np.zeros((2, 2, 2, 1), np.uint8), np.zeros(3, np.int64), (0.0,), (1.0,), 1)
