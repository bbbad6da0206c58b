import numpy as np
import pytest

from ddcore.errors import BadInput
from ddcore.features.making import make_features
from ddcore.initialisers import INITIALISERS, solving
from ddcore.initialisers.ridge_coreset import RidgeCoreset
from ddcore.ridge.leverage import centred_targets, ridge_terms


def test_digits_are_covered_better_than_by_random_images(digits_train):
    made = [INITIALISERS.make("ridge-coreset", coreset_size=60).start(digits_train, 5, seed) for seed in range(3)]
    assert np.mean([one.report["cost_ratio"] for one in made]) < 0.93


def test_the_coreset_of_each_class_is_drawn_by_leverage_of_augmented_features(digits_train, monkeypatch):
    seen = []

    def coreset(scores, m, rng):
        seen.append((scores, m))
        return np.arange(m), np.ones(m)

    monkeypatch.setattr(solving, "sensitivity_coreset", coreset)
    RidgeCoreset(coreset_size=50, num_features=30, ridge=0.5).start(digits_train, 2, seed=4)
    features = make_features("nystroem", digits_train, 30, 4)
    terms = ridge_terms(features, centred_targets(digits_train.labels, 10), 0.5)
    scores = terms["leverage"] + terms["residual"]
    assert len(seen) == 10
    for label, (given, m) in enumerate(seen):
        assert m == 50
        np.testing.assert_allclose(given, scores[digits_train.labels == label])


def test_at_least_ten_points_an_image(digits_train, monkeypatch):
    sizes = []
    monkeypatch.setattr(
        solving, "sensitivity_coreset", lambda scores, m, rng: (sizes.append(m), (np.arange(m), np.ones(m)))[1]
    )
    RidgeCoreset(coreset_size=50, num_features=20).start(digits_train, 8, seed=0)
    assert set(sizes) == {80}


def test_pixels_and_a_coreset_of_everything_is_kmeans_medoids(digits_train):
    ours = INITIALISERS.make("ridge-coreset", solve_in="pixels", coreset_size=100_000).start(digits_train, 1, seed=0)
    np.testing.assert_array_equal(
        ours.indices, INITIALISERS.make("kmeans-medoids").start(digits_train, 1, seed=0).indices
    )


@pytest.mark.parametrize("bad", [{"ridge": -1.0}, {"num_features": 0}, {"solve_in": "sound"}, {"coreset_size": 0}])
def test_values_out_of_bounds_are_refused(bad):
    with pytest.raises(BadInput, match=f"{next(iter(bad))}="):
        RidgeCoreset(**bad)
