import numpy as np
import pytest

from ddcore.features import rff
from ddcore.features.rbf_kernel import rbf

POINTS = np.random.default_rng(0).normal(size=(40, 12)).astype(np.float32)


def features(num_features, bandwidth=3.0, seed=0, points=POINTS):
    return rff.rff_features(points, num_features, bandwidth, np.random.default_rng(seed))


@pytest.mark.parametrize("bandwidth", [1.0, 3.0, 30.0])
def test_inner_products_are_within_hoeffdings_bound_of_the_kernel(bandwidth):
    """All pairs at once, at a chance of failure of 1e-9 if the expectation is right; the seed is fixed anyway."""
    count = 20_000
    phi = features(count, bandwidth).astype(np.float64)
    bound = np.sqrt(8 / count * np.log(2 * len(POINTS) ** 2 / 1e-9))
    error = phi @ phi.T - rbf(POINTS, POINTS, bandwidth)
    assert np.abs(error).max() < bound < 0.13
    assert abs(error[~np.eye(len(POINTS), dtype=bool)].mean()) < 0.01


def test_every_feature_is_a_scaled_cosine():
    phi = features(50)
    assert np.abs(phi).max() <= (2 / 50) ** 0.5 + 1e-7
    assert np.square(features(20_000), dtype=np.float64).sum(axis=1) == pytest.approx(1, abs=0.05)


def test_a_row_does_not_depend_on_the_chunk_it_is_in(monkeypatch):
    whole = features(30)
    monkeypatch.setattr(rff, "_ROWS", 7)
    np.testing.assert_allclose(features(30), whole, atol=2e-6)
    np.testing.assert_allclose(features(30, points=POINTS[11:13]), whole[11:13], atol=2e-6)


def test_progress_counts_rows(monkeypatch):
    monkeypatch.setattr(rff, "_ROWS", 16)
    seen = []
    rff.rff_features(POINTS, 3, 1.0, np.random.default_rng(0), lambda done, total, note: seen.append((done, total)))
    assert seen == [(16, 40), (32, 40), (40, 40)]
