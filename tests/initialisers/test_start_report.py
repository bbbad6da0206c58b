"""What every initialiser reports of what it found."""

from types import SimpleNamespace

import numpy as np
import pytest

from ddcore.coresets.subsets import certificate
from ddcore.data.train_set import TrainSet
from ddcore.features.making import make_features
from ddcore.initialisers import INITIALISERS, base, report
from ddcore.ridge.leverage import centred_targets


def test_certificate_is_that_of_the_chosen_images_counted_for_their_class(digits_train):
    made = INITIALISERS.make("random").start(digits_train, 4, seed=0)
    features, targets = make_features("rff", digits_train, 200, 0), centred_targets(digits_train.labels, 10)
    weights = np.bincount(digits_train.labels)[made.classes] / 4
    assert made.report["certificate"] == pytest.approx(
        certificate(features, targets, 1.0, made.indices, weights), abs=1e-5
    )


def test_own_weights_count(digits_train):
    made = INITIALISERS.make("sensitivity", weighted=True).start(
        digits_train, 4, 0, np.random.default_rng(0).random(len(digits_train.labels))
    )
    features, targets = make_features("rff", digits_train, 200, 0), centred_targets(digits_train.labels, 10)
    weights = np.bincount(digits_train.labels)[made.classes] / 4 * made.weights
    assert made.report["certificate"] == pytest.approx(
        certificate(features, targets, 1.0, made.indices, weights), abs=1e-5
    )


def test_everything_is_certified_as_itself(line):
    train = line(*range(1, 9))
    made = INITIALISERS.make("random").start(train, 8, seed=0)
    assert made.report["certificate"] == pytest.approx(0, abs=1e-6)
    assert made.report["cost"] == 0 and made.report["cost_ratio"] is None


def test_no_more_images_are_looked_at_than_stated_and_the_chosen_ones_are_among_them(monkeypatch):
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], [300, 100])
    train = TrainSet(rng.integers(0, 256, (400, 4, 4, 1), np.uint8), labels, (0.5,), (0.3,), 2)
    monkeypatch.setattr(report, "MOST_IMAGES", 50)
    seen = {}

    def watched(features, targets, ridge, indices, weights):
        seen.update(features=features, targets=targets, indices=indices, weights=weights, ridge=ridge)
        return certificate(features, targets, ridge, indices, weights)

    monkeypatch.setattr(report, "certificate", watched)
    made = INITIALISERS.make("random").start(train, 3, seed=0)
    count = len(seen["features"])
    assert 50 <= count <= 56 and seen["features"].shape[1] == 200 and seen["ridge"] == 1
    np.testing.assert_array_equal(seen["targets"][seen["indices"]], centred_targets(made.classes, 2))
    assert seen["weights"].sum() == pytest.approx(count), "the chosen images stand for all that were looked at"


def test_noise_has_a_cost_but_no_certificate(digits_train):
    noise = INITIALISERS.make("noise").start(digits_train, 2, seed=0).report
    assert noise["certificate"] is None and noise["cost_ratio"] > 1


@pytest.mark.parametrize("name", ["random", "kmeans-medoids"])
def test_seconds_are_those_of_the_choice_alone(digits_train, name, monkeypatch):
    now = [0.0]

    def slow(*given):
        now[0] += 5
        return 0.0

    monkeypatch.setattr(report, "_certificate", slow)
    monkeypatch.setattr(base, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    assert INITIALISERS.make(name).start(digits_train, 1, seed=0).report["seconds"] == 0 and now[0] == 5


def test_random_draws_every_image_alike(line):
    train, counts = line(1, 2, 3, 4), np.zeros(4)
    for seed in range(400):
        counts[INITIALISERS.make("random").start(train, 1, seed).indices] += 1
    assert counts.min() > 60
