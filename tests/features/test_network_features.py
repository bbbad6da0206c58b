import numpy as np
import pytest

from ddcore.features.network import network_features, trained_features


@pytest.mark.usefixtures("short_training")
def test_more_features_than_asked_for_are_cut_to_principal_components(train_set):
    train = train_set(40)
    full = trained_features(train, seed=0)
    assert full.shape == (120, 128)
    np.testing.assert_array_equal(network_features(train, 128, seed=0), full)
    cut = network_features(train, 5, seed=0)
    left, sizes, _ = np.linalg.svd(full - full.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs(cut), np.abs(left[:, :5] * sizes[:5]), atol=1e-3 * sizes[0])


def test_a_trained_network_separates_the_classes_better_than_pixels(train_set, monkeypatch):
    from ddcore.training.experts import ExpertSchedule

    monkeypatch.setattr("ddcore.features.network._SCHEDULE", ExpertSchedule(30))
    train = train_set(20)

    def separation(points):
        """Share of the variance that lies between classes."""
        means = np.stack([points[train.labels == label].mean(axis=0) for label in range(3)])
        return np.square(means - points.mean(axis=0)).sum() / 3 / points.var(axis=0).sum()

    assert separation(trained_features(train, seed=0)) > separation(train.pixels) + 0.1
