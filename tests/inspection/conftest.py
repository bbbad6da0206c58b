"""Real images and synthetic sets to compare, and the plainest way to compare them."""

import numpy as np
import pytest
import toy


@pytest.fixture
def dataset():
    """72 toy images of three classes."""
    return toy.dataset(24)


@pytest.fixture
def plain_pixels():
    """`plain_pixels(dataset)`: (N, D) float64, normalised image by image."""

    def pixels(dataset):
        images = np.asarray(dataset.train.images, np.float64) / 255
        return ((images - dataset.mean) / dataset.std).reshape(len(images), -1)

    return pixels


@pytest.fixture
def snapshot_of():
    """`snapshot_of(dataset, ids, noise)`: the arrays of a full snapshot of real images with noise (normalised)."""

    def made(dataset, ids, noise=0.0, seed=0):
        rng = np.random.default_rng(seed)
        view = np.asarray(dataset.train.images[ids])
        images = (view / 255 - dataset.mean) / dataset.std
        images = images + noise * rng.normal(size=images.shape)
        shown = np.rint(255 * np.clip(images * dataset.std + dataset.mean, 0, 1)).astype(np.uint8)
        stored = images.transpose(0, 3, 1, 2).astype(np.float32)
        return {"view": shown, "images": stored, "classes": dataset.train.labels[ids]}

    return made
