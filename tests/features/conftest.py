import pytest
import toy

from ddcore.data.train_set import TrainSet


@pytest.fixture
def train_set():
    """Maker of training sets of 8x8 images, 3 classes."""

    def make(per_class: int = 8, channels: int = 1) -> TrainSet:
        images, labels = toy.images_and_labels(per_class, channels=channels)
        return TrainSet(images, labels, toy.MEAN * channels, toy.STD * channels, toy.CLASSES)

    return make


@pytest.fixture
def short_training(monkeypatch):
    """The feature network learns for three steps."""
    from ddcore.training.experts import ExpertSchedule

    monkeypatch.setattr("ddcore.features.network._SCHEDULE", ExpertSchedule(3))
