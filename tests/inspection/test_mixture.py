import numpy as np
import pytest

from ddcore.inspection import mixture as module
from ddcore.inspection.mixture import mixture, nonnegative_weights
from ddcore.inspection.pixels import set_images


def descended(real, row, rounds=20_000):
    """The same minimum by coordinate descent: each weight in turn, the best it can be."""
    gram, wanted = real @ real.T, real @ row
    weights = np.zeros(len(real))
    for _ in range(rounds):
        before = weights.copy()
        for j in range(len(real)):
            step = (wanted[j] - gram[j] @ weights) / gram[j, j]
            weights[j] = max(0.0, weights[j] + step)
        if np.abs(weights - before).max() < 1e-14:
            break
    return weights


def check_conditions(real, row, weights):
    """Gradient 0 where a weight is positive, not negative elsewhere, to the rounding of D products in float64."""
    gradient = real @ (weights @ real - row)
    scale = 1e-9 * np.linalg.norm(real, axis=1).max() * np.linalg.norm(row)
    assert (weights >= 0).all()
    assert np.abs(gradient[weights > 0]).max(initial=0) <= scale
    assert gradient[weights == 0].min(initial=0) >= -scale


@pytest.mark.parametrize("seed", range(4))
def test_weights_are_those_of_another_algorithm(seed):
    rng = np.random.default_rng(seed)
    real, row = rng.normal(size=(12, 30)), rng.normal(size=30)
    found = nonnegative_weights(real, row)
    check_conditions(real, row, found)
    np.testing.assert_allclose(found, descended(real, row), atol=1e-8)


@pytest.mark.parametrize("noise", [0.3, 3.0])
def test_a_mixture_is_the_best_there_is(dataset, plain_pixels, snapshot_of, noise):
    row = set_images(snapshot_of(dataset, [30], noise), dataset).rows[0]
    found, real = mixture(row, dataset), plain_pixels(dataset)
    weights = np.zeros(len(real))
    weights[found.ids] = found.weights
    rest = row - weights @ real
    # Pixels are float32 there: the minimum moves by as little.
    best = row - descended(real, row) @ real
    assert rest @ rest <= (1 + 1e-6) * (best @ best)
    np.testing.assert_allclose(found.rest, rest, atol=1e-4)
    np.testing.assert_allclose(found.residual, rest @ rest / (row @ row), rtol=1e-4)
    assert (np.diff(found.weights) <= 0).all() and found.weights.min() > 0
    assert found.shares.sum() == pytest.approx(1) and found.candidates == 72


def test_a_real_image_is_made_of_itself(dataset, snapshot_of):
    found = mixture(set_images(snapshot_of(dataset, [40]), dataset).rows[0], dataset)
    assert found.ids[0] == 40 and found.weights[0] == pytest.approx(1, abs=1e-5) and found.residual < 1e-10


def test_of_many_images_the_nearest_and_the_most_aligned_are_candidates(
    dataset, plain_pixels, snapshot_of, monkeypatch
):
    monkeypatch.setattr(module, "ALL", 50)
    monkeypatch.setattr(module, "K", 6)
    row = set_images(snapshot_of(dataset, [30], noise=1.0), dataset).rows[0]
    real = plain_pixels(dataset)
    near = np.argsort(np.linalg.norm(real - row, axis=1))[:6]
    among = np.union1d(near, np.argsort(-(real @ row))[:6])
    found = mixture(row, dataset)
    assert found.candidates == len(among) and set(found.ids) <= set(among) and found.near == 6
    weights = np.zeros(len(among))
    weights[np.searchsorted(among, found.ids)] = found.weights
    np.testing.assert_allclose(weights, descended(real[among], row), atol=1e-5)


def test_nothing_is_left_of_an_image_of_the_mean_colour(dataset):
    found = mixture(np.zeros(64, np.float32), dataset)
    assert not len(found.ids) and found.residual == 0
