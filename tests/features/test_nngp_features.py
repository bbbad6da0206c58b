import numpy as np
import pytest
from reference import conv_nngp

from ddcore.features.nngp import nngp_features
from ddcore.networks.compute import Compute


@pytest.mark.parametrize("channels", [1, 3])
def test_inner_products_tend_to_the_exact_kernel(channels, train_set):
    train = train_set(2, channels)
    exact = conv_nngp.kernel(train.normalised(np.arange(6)).astype(np.float64), depth=2)
    phi = nngp_features(train, 40_000, seed=0, networks=400, width=64).astype(np.float64)
    scale = np.sqrt(np.outer(np.diag(exact), np.diag(exact)))
    np.testing.assert_allclose(phi @ phi.T / scale, exact / scale, atol=0.03)
    lengths = np.linalg.norm(phi, axis=1)
    np.testing.assert_allclose(phi @ phi.T / np.outer(lengths, lengths), exact / scale, atol=0.01)
    assert (exact / scale).min() < 0.9


def test_default_features_are_close_to_the_exact_kernel(train_set):
    train = train_set(2)
    exact = conv_nngp.kernel(train.normalised(np.arange(6)).astype(np.float64), depth=2)
    grams = [phi @ phi.T for phi in (nngp_features(train, 2000, seed).astype(np.float64) for seed in range(4))]
    np.testing.assert_allclose(np.mean(grams, axis=0), exact, rtol=0.1)


def test_networks_share_the_features_and_are_all_different(train_set):
    phi = nngp_features(train_set(), 11, seed=0, networks=4)
    assert phi.shape == (24, 11)
    assert len({column.tobytes() for column in phi.T}) == 11
    assert nngp_features(train_set(), 3, seed=0, networks=8).shape == (24, 3)


def test_a_row_does_not_depend_on_the_chunk_it_is_in(train_set, monkeypatch):
    whole = nngp_features(train_set(), 20, seed=0)
    monkeypatch.setattr(Compute, "chunk", lambda self, network: 5)
    np.testing.assert_allclose(nngp_features(train_set(), 20, seed=0), whole, atol=1e-5)
