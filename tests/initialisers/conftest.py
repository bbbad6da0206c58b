import numpy as np
import pytest

from ddcore.data.train_set import TrainSet


@pytest.fixture(scope="session")
def digits_train():
    """scikit-learn's 1,797 digits of 8 x 8 pixels."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    pixels = (images * 255 / 16).astype(np.uint8).reshape(-1, 8, 8, 1)
    return TrainSet(pixels, labels.astype(np.int64), (0.3,), (0.37,), 10)


@pytest.fixture
def line():
    """One class of grey 1 x 1 images: their brightness is the number given."""

    def made(*brightness):
        images = np.array(brightness, np.uint8).reshape(-1, 1, 1, 1)
        return TrainSet(images, np.zeros(len(images), np.int64), (0.0,), (1 / 255,), 1)

    return made
